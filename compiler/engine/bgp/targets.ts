import type { SessionScope } from "../../ir/bgp-ir.ts";
import { IP_VERSIONS, type Ip4 } from "../../net/cidr.ts";
import { addressOf, type BgpNode, type Speaking } from "./nodes.ts";
import type { PeerPlan } from "./plans.ts";

/** One end to peer with, as one node sees it. */
export interface Target {
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

/** Addresses of the node's workloads that a BGPPeer's `localWorkloadSelector` matches. */
export type LocalWorkloads = (plan: PeerPlan) => readonly Speaking[];

export function* forwardTargets(self: BgpNode, plan: PeerPlan, workloads: LocalWorkloads): Generator<Target> {
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
export function* reverseTargets(self: BgpNode, plan: PeerPlan): Generator<Target> {
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
export function dialsSecond(own: Speaking, peer: Speaking): boolean {
  return peer.text > own.text;
}
