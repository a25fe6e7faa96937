import type { BgpPeer } from "../../ir/bgp-model.ts";
import type { Node } from "../../ir/cluster-model.ts";
import type { LocalWorkload } from "../../ir/node-ir.ts";
import { lookupIn, matchesSelector } from "../../syntax/selector/match.ts";
import { effectiveLabels } from "../effective-labels.ts";
import type { RoutingContext } from "./context.ts";

/** The node's workloads that one of its BGPPeers selects by `localWorkloadSelector`. Source: routing-bgp.md §3.13. */
export function localBgpWorkloads(context: RoutingContext): readonly LocalWorkload[] {
  const { model } = context.cluster;
  const selectors = [...model.all("bgp-peer").values()]
    .filter((peer) => concerns(peer, context.node))
    .flatMap(({ localWorkloadSelector }) =>
      localWorkloadSelector === undefined ? [] : [localWorkloadSelector],
    );
  if (selectors.length === 0) return [];
  return context.workloads.filter(({ key }) => {
    const endpoint = model.all("workload-endpoint").get(key);
    if (endpoint === undefined) return false;
    const lookup = effectiveLabels(model, endpoint);
    return selectors.some(({ root }) => matchesSelector(root, lookup));
  });
}

function concerns(peer: BgpPeer, node: Node): boolean {
  if (peer.nodeSelector !== undefined) return matchesSelector(peer.nodeSelector.root, lookupIn(node.labels));
  return peer.node === undefined || peer.node === node.name;
}
