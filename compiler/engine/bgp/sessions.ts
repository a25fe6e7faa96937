import type { Report } from "../../diagnostics/bag.ts";
import type { Origin } from "../../diagnostics/diagnostic.ts";
import type { BgpSession, SessionScope } from "../../ir/bgp-ir.ts";
import { IP_VERSIONS, type Ip, type Ip4, type IpVersion } from "../../net/cidr.ts";
import { byText, sessionName } from "./names.ts";
import { addressOf, type BgpNode, type Speaking } from "./nodes.ts";
import { at } from "./origins.ts";
import type { PeerPlan } from "./plans.ts";
import type { BgpSettings } from "./settings.ts";

/** One end to peer with, as one node sees it. */
interface Target {
  readonly scope: SessionScope;
  readonly address: Speaking;
  readonly port: number | undefined;
  readonly remoteAs: number;
  readonly localAs: number;
  readonly node: BgpNode | undefined;
  /** Known only where a selector found the peer; an address says nothing about it. */
  readonly clusterId: Ip4 | undefined;
  readonly passive: boolean;
  /** Generated at the far end of a BGPPeer rather than asked for by it. */
  readonly reverse: boolean;
}

export interface Gateway {
  readonly address: Ip;
  readonly gateway: Ip;
  /** BGPPeers that name it, in order of precedence. */
  readonly peers: readonly string[];
  readonly origin: Origin;
}

export interface Sessions {
  /** By name. */
  readonly sessions: readonly BgpSession[];
  readonly gateways: readonly Gateway[];
}

/** Addresses of the node's workloads that a BGPPeer's `localWorkloadSelector` matches. */
export type LocalWorkloads = (plan: PeerPlan) => readonly Speaking[];

export interface PeersOfNode {
  readonly forward: readonly PeerPlan[];
  readonly reverse: readonly PeerPlan[];
}

interface Entry {
  readonly session: BgpSession;
  readonly plan: PeerPlan | undefined;
  readonly also: string[];
}

/**
 * All sessions of one node (sheet "Expanding BGPPeer resources"): global peers, then the node's own, then those
 * that other nodes' peers imply, each by name; the first definition of an address and port is in force. The mesh
 * comes last, so that an explicit peer, which says more, replaces the mesh session with the same node.
 */
export function sessionsOf(
  self: BgpNode,
  peers: PeersOfNode,
  mesh: readonly BgpNode[],
  settings: BgpSettings,
  workloads: LocalWorkloads,
  report: Report,
): Sessions {
  const entries = new Map<string, Entry>();
  const reported = new Set<string>();

  const add = (plan: PeerPlan, target: Target): void => {
    const { version } = target.address.ip;
    const own = addressOf(self, version);
    if (own === undefined || own.text === target.address.text) return;
    const key = `${target.address.text} ${target.port ?? 179}`;
    const first = entries.get(key);
    const session = peerSession(self, own, plan, target, settings);
    if (first === undefined) {
      entries.set(key, { session, plan, also: [] });
      return;
    }
    if (first.plan === undefined || first.plan === plan || target.reverse) return;
    first.also.push(plan.peer.name);
    const pair = `${first.plan.rank} ${plan.rank}`;
    if (reported.has(pair)) return;
    reported.add(pair);
    reportDuplicate(first, first.plan, plan, session, target.address.text, report);
  };

  for (const plan of peers.forward)
    for (const target of forwardTargets(self, plan, workloads)) add(plan, target);
  for (const plan of peers.reverse) for (const target of reverseTargets(self, plan)) add(plan, target);

  const explicit = new Map<string, PeerPlan>();
  for (const { session, plan } of entries.values())
    if (plan !== undefined && session.peerNode !== undefined)
      explicit.set(`${session.peerNode} ${session.version}`, plan);
  for (const node of mesh)
    for (const version of IP_VERSIONS) {
      const own = addressOf(self, version);
      const address = addressOf(node, version);
      if (own === undefined || address === undefined || own.text === address.text) continue;
      const plan = explicit.get(`${node.name} ${version}`);
      if (plan === undefined) {
        const session = meshSession(self, own, node, address, settings);
        entries.set(session.name, { session, plan: undefined, also: [] });
      } else if (!reported.has(`mesh ${plan.rank}`)) {
        reported.add(`mesh ${plan.rank}`);
        report("bgp/mesh-and-explicit-peer", { peer: plan.peer.name, node: node.name }, plan.peer.origin);
      }
    }

  return {
    sessions: [...entries.values()]
      .map(({ session, also }) =>
        also.length === 0 ? session : { ...session, resources: [...session.resources, ...also] },
      )
      .sort((a, b) => byText(a.name, b.name)),
    gateways: gatewaysOf(entries.values()),
  };
}

function* forwardTargets(self: BgpNode, plan: PeerPlan, workloads: LocalWorkloads): Generator<Target> {
  const { remote, peer, global } = plan;
  const scope = global ? "global" : "node";
  switch (remote.kind) {
    case "address": {
      const own = addressOf(self, remote.address.ip.version);
      yield {
        scope,
        address: remote.address,
        port: remote.port,
        remoteAs: remote.asNumber,
        localAs: peer.localAsNumber ?? self.asNumber,
        node: remote.node,
        clusterId: undefined,
        // A global peer that is a node has the mirror image of this session: one of the two must not dial.
        passive: global && remote.node !== undefined && own !== undefined && dialsSecond(own, remote.address),
        reverse: false,
      };
      return;
    }
    case "nodes":
      for (const node of remote.nodes.values()) yield* nodeTargets(self, node, scope, false);
      return;
    case "local-workloads":
      for (const address of workloads(plan))
        yield {
          scope: "local-workload",
          address,
          port: undefined,
          remoteAs: remote.asNumber,
          localAs: peer.localAsNumber ?? self.asNumber,
          node: undefined,
          clusterId: undefined,
          passive: true,
          reverse: false,
        };
      return;
  }
}

/** The far ends: for a node that a BGPPeer leads to, every node that has the BGPPeer. */
function* reverseTargets(self: BgpNode, plan: PeerPlan): Generator<Target> {
  const { remote, peer, members } = plan;
  for (const node of members.values()) {
    if (node === self) continue;
    if (remote.kind === "nodes") yield* nodeTargets(self, node, "node", true);
    if (remote.kind !== "address") continue;
    const address = addressOf(node, remote.address.ip.version);
    if (address === undefined) continue;
    yield {
      scope: "node",
      address,
      port: node.listenPort,
      // What the near end says it is, which `localASNumber` may have changed.
      remoteAs: peer.localAsNumber ?? node.asNumber,
      localAs: self.asNumber,
      node,
      clusterId: node.clusterId,
      passive: false,
      reverse: true,
    };
  }
}

function* nodeTargets(
  self: BgpNode,
  node: BgpNode,
  scope: SessionScope,
  reverse: boolean,
): Generator<Target> {
  if (node === self) return;
  for (const version of IP_VERSIONS) {
    const address = addressOf(node, version);
    if (address === undefined) continue;
    yield {
      scope,
      address,
      port: node.listenPort,
      remoteAs: node.asNumber,
      localAs: self.asNumber,
      node,
      clusterId: node.clusterId,
      passive: false,
      reverse,
    };
  }
}

/** Calico's tie break, by the addresses' *text*: `10.0.0.9` after `10.0.0.10`. Both sides must compute the same. */
function dialsSecond(own: Speaking, peer: Speaking): boolean {
  return peer.text > own.text;
}

function peerSession(
  self: BgpNode,
  own: Speaking,
  plan: PeerPlan,
  target: Target,
  settings: BgpSettings,
): BgpSession {
  const { peer, traits } = plan;
  const { version } = target.address.ip;
  const byAddress = plan.remote.kind === "address" && !target.reverse;
  const workload = target.scope === "local-workload";
  const internal = target.remoteAs === target.localAs;
  const filters = traits.filters[version];
  return {
    name: sessionName(target.scope, target.address.text, target.port),
    version,
    scope: target.scope,
    resources: [peer.name],
    peerNode: target.node?.name,
    address: target.address.ip,
    port: target.port,
    remoteAs: target.remoteAs,
    localAs: target.localAs,
    sourceAddress: workload
      ? workloadSource(settings, version)
      : traits.fixedSource || settings.bindNodeIp
        ? own.ip
        : undefined,
    ttlSecurity: workload ? 0 : traits.ttlSecurity,
    passive: target.passive,
    reflectorCluster: internal ? reflectorCluster(self, target.clusterId) : undefined,
    password: workload ? undefined : traits.password,
    gracefulRestartTime: workload ? undefined : traits.gracefulRestartTime,
    keepaliveTime: workload ? undefined : traits.keepaliveTime,
    nextHop: nextHop(plan, internal),
    allowedLocalAs: byAddress ? peer.numAllowedLocalAsNumbers : 0,
    importFilters: filters.import,
    exportFilters: filters.export,
    origin: peer.origin,
  };
}

/** Workloads dial the address that Felix puts on their interfaces, so only that can be bound to. */
function workloadSource(settings: BgpSettings, version: IpVersion): Ip | undefined {
  if (!settings.bindNodeIp) return undefined;
  return version === 4 ? settings.config?.localWorkloadPeeringIp4 : settings.config?.localWorkloadPeeringIp6;
}

/** A reflector's internal peers are its clients, except the reflectors of its own cluster. */
function reflectorCluster(self: BgpNode, peerCluster: Ip4 | undefined): Ip4 | undefined {
  return self.clusterId !== undefined && self.clusterId.value !== peerCluster?.value
    ? self.clusterId
    : undefined;
}

function nextHop({ peer }: PeerPlan, internal: boolean): BgpSession["nextHop"] {
  switch (peer.nextHopMode) {
    case "Self":
      return "self";
    case "Keep":
      return "keep";
    case "Auto":
      return peer.keepOriginalNextHop && !internal ? "keep" : "auto";
  }
}

function meshSession(
  self: BgpNode,
  own: Speaking,
  node: BgpNode,
  address: Speaking,
  settings: BgpSettings,
): BgpSession {
  const restart = settings.config?.nodeMeshMaxRestartTime;
  return {
    name: sessionName("mesh", address.text, undefined),
    version: address.ip.version,
    scope: "mesh",
    resources: [],
    peerNode: node.name,
    address: address.ip,
    port: node.listenPort,
    remoteAs: node.asNumber,
    localAs: self.asNumber,
    sourceAddress: own.ip,
    ttlSecurity: 0,
    passive: dialsSecond(own, address),
    reflectorCluster: undefined,
    password: settings.config?.nodeMeshPassword,
    gracefulRestartTime: restart === undefined ? undefined : Math.round(restart),
    keepaliveTime: undefined,
    nextHop: "auto",
    allowedLocalAs: 0,
    importFilters: [],
    exportFilters: [],
    origin: node.node.origin,
  };
}

function gatewaysOf(entries: Iterable<Entry>): readonly Gateway[] {
  const gateways = new Map<string, Gateway & { readonly peers: string[] }>();
  for (const { session, plan } of entries) {
    if (plan?.gateway === undefined || isSelfRoute(plan.gateway, session)) continue;
    // One address on two ports is one destination: the first peer by rank decides its gateway.
    const key = `${session.version} ${session.address.value}`;
    const known = gateways.get(key);
    if (known === undefined)
      gateways.set(key, {
        address: session.address,
        gateway: plan.gateway,
        peers: [plan.peer.name],
        origin: at(plan.peer.origin, "spec", "reachableBy"),
      });
    else if (known.gateway.value === plan.gateway.value && !known.peers.includes(plan.peer.name))
      known.peers.push(plan.peer.name);
  }
  return [...gateways.values()];
}

/** At the far end of a reversed peer, the gateway may be the node itself. */
function isSelfRoute(gateway: Ip, session: BgpSession): boolean {
  return gateway.value === session.address.value || gateway.value === session.sourceAddress?.value;
}

function reportDuplicate(
  first: Entry,
  winner: PeerPlan,
  loser: PeerPlan,
  session: BgpSession,
  address: string,
  report: Report,
): void {
  const names = { peer: loser.peer.name, winner: winner.peer.name };
  const related = [{ message: `BGPPeer ${winner.peer.name} is in force`, origin: winner.peer.origin }];
  const origin = at(loser.peer.origin, "spec");
  if (effectOf(first.session) === effectOf(session)) report("bgp/redundant-peer", names, origin, { related });
  else report("bgp/duplicate-peer", { ...names, address }, origin, { related });
}

/** Everything that the peer on the other side could notice. */
function effectOf(session: BgpSession): string {
  const { name: _name, scope: _scope, resources: _resources, origin: _origin, ...effect } = session;
  return JSON.stringify(effect, (_key, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
}
