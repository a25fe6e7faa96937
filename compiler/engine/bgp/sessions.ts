import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { BgpSession } from "../../ir/bgp-ir.ts";
import { IP_VERSIONS, type Ip } from "../../net/cidr.ts";
import { compareText } from "../order.ts";
import { addressOf, type BgpNode } from "./nodes.ts";
import type { PeerPlan } from "./plans.ts";
import { meshSession, peerSession } from "./session.ts";
import type { BgpSettings } from "./settings.ts";
import { forwardTargets, type LocalWorkloads, reverseTargets, type Target } from "./targets.ts";

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

export interface PeersOfNode {
  readonly forward: readonly PeerPlan[];
  readonly reverse: readonly PeerPlan[];
}

interface Entry {
  readonly session: BgpSession;
  readonly plan: PeerPlan | undefined;
}

/**
 * All sessions of one node (routing-bgp.md §3.7): global peers, then the node's own, then those
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
  /** BGPPeers that define a session again. */
  const also = new Map<BgpSession, string[]>();
  const reported = new Set<string>();

  const add = (plan: PeerPlan, target: Target): void => {
    const { version } = target.address.ip;
    const own = addressOf(self, version);
    if (own === undefined || own.text === target.address.text) return;
    const key = `${target.address.text} ${target.port ?? 179}`;
    const first = entries.get(key);
    const session = peerSession(self, own, plan, target, settings);
    if (first === undefined) {
      entries.set(key, { session, plan });
      return;
    }
    if (first.plan === undefined || first.plan === plan || target.reverse) return;
    const others = also.get(first.session);
    if (others === undefined) also.set(first.session, [plan.peer.name]);
    else others.push(plan.peer.name);
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
        entries.set(session.name, { session, plan: undefined });
      } else if (!reported.has(`mesh ${plan.rank}`)) {
        reported.add(`mesh ${plan.rank}`);
        report("bgp/mesh-and-explicit-peer", { peer: plan.peer.name, node: node.name }, plan.peer.origin);
      }
    }

  return {
    sessions: [...entries.values()]
      .map(({ session }) => {
        const others = also.get(session);
        return others === undefined ? session : { ...session, resources: [...session.resources, ...others] };
      })
      .sort((a, b) => compareText(a.name, b.name)),
    gateways: gatewaysOf(entries.values()),
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
