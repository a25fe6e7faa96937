import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { RouteFilter } from "../../ir/bgp-ir.ts";
import type { BgpPeer, SecretRef } from "../../ir/bgp-model.ts";
import type { ClusterModel } from "../../ir/cluster-model.ts";
import type { Ip, IpVersion } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import type { FilterLists } from "./filters.ts";
import { addressOf, type BgpNode, type BgpNodes, type Speaking } from "./nodes.ts";
import type { BgpSettings } from "./settings.ts";

/** BIRD's default; Calico has no field for it. Seconds. */
const HOLD_TIME = 240;

/** Whom a BGPPeer's sessions lead to, seen from the nodes that have it. */
export type Remote =
  | {
      readonly kind: "address";
      readonly address: Speaking;
      /** The node of this cluster that has the address, if any. */
      readonly node: BgpNode | undefined;
      /** `undefined` = 179. */
      readonly port: number | undefined;
      readonly asNumber: number;
    }
  | { readonly kind: "nodes"; readonly nodes: ReadonlyMap<string, BgpNode> }
  | { readonly kind: "local-workloads"; readonly asNumber: number };

/** What all sessions of a BGPPeer have in common. */
export interface PeerTraits {
  readonly password: SecretRef | undefined;
  /** `false`: the source address is left open. */
  readonly fixedSource: boolean;
  readonly gracefulRestartTime: number | undefined;
  readonly keepaliveTime: number | undefined;
  readonly ttlSecurity: number;
  readonly filters: Readonly<
    Record<IpVersion, { readonly import: readonly string[]; readonly export: readonly string[] }>
  >;
}

const NO_FILTERS: PeerTraits["filters"] = { 4: { import: [], export: [] }, 6: { import: [], export: [] } };

/** A BGPPeer with its selectors evaluated: once per cluster, used for every node. */
export interface PeerPlan {
  readonly peer: BgpPeer;
  /** Position by name: decides between peers that define the same session. */
  readonly rank: number;
  /** Nodes that have the peer. */
  readonly members: ReadonlyMap<string, BgpNode>;
  readonly global: boolean;
  readonly remote: Remote;
  readonly traits: PeerTraits;
  /** Static route to the peer. */
  readonly gateway: Ip | undefined;
}

/** Plans of all BGPPeers that can work, by name; the others are reported. */
export function planPeers(
  model: ClusterModel,
  settings: BgpSettings,
  nodes: BgpNodes,
  filters: ReadonlyMap<string, FilterLists>,
  report: Report,
): readonly PeerPlan[] {
  const plans: PeerPlan[] = [];
  for (const peer of model.all("bgp-peer").values()) {
    const members = membersOf(peer, nodes);
    const remote = remoteOf(peer, settings, nodes, report);
    // The filters are looked at even if the peer is of no use: a dangling name is a mistake of its own.
    const traits = traitsOf(peer, filters, report);
    if (remote === undefined) continue;
    checkMembers(peer, members, remote, nodes.byName.size, report);
    if (settings.bindNodeIp && !traits.fixedSource && remote.kind !== "local-workloads")
      report("bgp/bind-needs-source", { peer: peer.name }, at(peer.origin, "spec", "sourceAddress"));
    plans.push({
      peer,
      rank: plans.length,
      members,
      global: peer.node === undefined && peer.nodeSelector === undefined,
      remote,
      traits,
      gateway: gatewayOf(peer, remote, report),
    });
  }
  return plans;
}

/** `nodeSelector` wins if both are there, as in Calico; validation refuses that anyway. */
function membersOf(peer: BgpPeer, nodes: BgpNodes): ReadonlyMap<string, BgpNode> {
  if (peer.nodeSelector !== undefined) return nodes.select(peer.nodeSelector);
  if (peer.node === undefined) return nodes.byName;
  return nodes.named(peer.node);
}

function remoteOf(peer: BgpPeer, settings: BgpSettings, nodes: BgpNodes, report: Report): Remote | undefined {
  if (peer.localWorkloadSelector !== undefined) {
    if (peer.asNumber !== undefined && peer.asNumber > 0)
      return { kind: "local-workloads", asNumber: peer.asNumber };
    report("bgp/peer-without-as", { peer: peer.name, address: "its workloads" }, at(peer.origin, "spec"));
    return undefined;
  }
  if (peer.peerSelector !== undefined) {
    const matched = nodes.select(peer.peerSelector);
    if (matched.size === 0 && nodes.byName.size > 0)
      report(
        "bgp/peer-selector-matches-no-node",
        { peer: peer.name, selector: peer.peerSelector.canonical },
        at(peer.origin, "spec", "peerSelector"),
      );
    return { kind: "nodes", nodes: matched };
  }
  if (peer.peerIp === undefined) return undefined;
  return remoteAddress(peer, peer.peerIp, settings, nodes, report);
}

/**
 * A peer address without AS or port takes both from the node of the cluster that has the address. Calico takes the
 * AS only when it makes the reverse session, and renders AS 0, which BIRD refuses, on the forward one.
 */
function remoteAddress(
  peer: BgpPeer,
  ip: Ip,
  settings: BgpSettings,
  nodes: BgpNodes,
  report: Report,
): Remote | undefined {
  const text = formatIp(ip);
  const node = nodes.byAddress.get(text);
  const stated = peer.asNumber === 0 ? undefined : peer.asNumber;
  if (stated === undefined && node === undefined) {
    report("bgp/peer-without-as", { peer: peer.name, address: text }, at(peer.origin, "spec", "peerIP"));
    return undefined;
  }
  const asNumber = stated ?? node?.asNumber ?? settings.asNumber;
  if (node !== undefined && node.asNumber !== asNumber)
    report(
      "bgp/peer-as-mismatch",
      { peer: peer.name, node: node.name, asNumber, actual: node.asNumber },
      at(peer.origin, "spec", "asNumber"),
      { related: [{ message: `node ${node.name} has AS ${node.asNumber}`, origin: node.node.origin }] },
    );
  const inherited = node !== undefined && node.asNumber === asNumber ? node.listenPort : undefined;
  return { kind: "address", address: { ip, text }, node, port: peer.peerPort ?? inherited, asNumber };
}

function traitsOf(peer: BgpPeer, filters: ReadonlyMap<string, FilterLists>, report: Report): PeerTraits {
  const lists: RouteFilter[] = [];
  for (const [index, name] of peer.filters.entries()) {
    const filter = filters.get(name);
    if (filter === undefined)
      report(
        "bgp/unknown-filter",
        { peer: peer.name, filter: name },
        at(peer.origin, "spec", "filters", index),
      );
    else lists.push(...filter);
  }
  return {
    password: peer.password,
    fixedSource: peer.sourceAddress === "UseNodeIP",
    gracefulRestartTime: wholeSeconds(peer.maxRestartTime),
    keepaliveTime: keepaliveOf(peer, report),
    ttlSecurity: peer.ttlSecurity,
    filters: lists.length === 0 ? NO_FILTERS : filterNames(lists),
  };
}

function filterNames(lists: readonly RouteFilter[]): PeerTraits["filters"] {
  const names = (version: IpVersion, direction: RouteFilter["direction"]): readonly string[] =>
    lists.filter((list) => list.version === version && list.direction === direction).map(({ name }) => name);
  return {
    4: { import: names(4, "import"), export: names(4, "export") },
    6: { import: names(6, "import"), export: names(6, "export") },
  };
}

export function wholeSeconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : Math.round(seconds);
}

function keepaliveOf(peer: BgpPeer, report: Report): number | undefined {
  const seconds = wholeSeconds(peer.keepaliveTime);
  if (seconds === undefined) return undefined;
  const finding = { peer: peer.name, seconds, hold: HOLD_TIME };
  const origin = at(peer.origin, "spec", "keepaliveTime");
  if (seconds < 1 || seconds > HOLD_TIME) {
    report("bgp/keepalive-exceeds-hold", finding, origin);
    return undefined;
  }
  if (seconds > HOLD_TIME / 2) report("bgp/keepalive-above-half-hold", finding, origin);
  return seconds;
}

function gatewayOf(peer: BgpPeer, remote: Remote, report: Report): Ip | undefined {
  if (peer.reachableBy === undefined || remote.kind !== "address") return undefined;
  if (peer.reachableBy.version === remote.address.ip.version) return peer.reachableBy;
  report(
    "bgp/reachable-by-family",
    { peer: peer.name, gateway: formatIp(peer.reachableBy), address: remote.address.text },
    at(peer.origin, "spec", "reachableBy"),
  );
  return undefined;
}

function checkMembers(
  peer: BgpPeer,
  members: ReadonlyMap<string, BgpNode>,
  remote: Remote,
  clusterSize: number,
  report: Report,
): void {
  if (members.size === 0) {
    // Without any node (a policy repository alone) there is nothing to say about selectors.
    if (clusterSize === 0) return;
    const [field, by] =
      peer.nodeSelector === undefined
        ? ["node", `node ${peer.node}`]
        : ["nodeSelector", `nodeSelector ${peer.nodeSelector.canonical}`];
    report("bgp/peer-matches-no-node", { peer: peer.name, by }, at(peer.origin, "spec", field));
    return;
  }
  if (remote.kind !== "address") return;
  const { version } = remote.address.ip;
  for (const node of members.values()) if (addressOf(node, version) !== undefined) return;
  report("bgp/peer-family", { peer: peer.name, family: `IPv${version}` }, at(peer.origin, "spec", "peerIP"));
}
