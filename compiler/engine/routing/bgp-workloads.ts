import type { BgpPeer } from "../../ir/bgp-model.ts";
import type { Node, WorkloadEndpoint } from "../../ir/cluster-model.ts";
import type { LocalWorkload } from "../../ir/node-ir.ts";
import { matchesSelector } from "../../syntax/selector/match.ts";
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
    return selectors.some(({ root }) => matchesSelector(root, (label) => labelOf(context, endpoint, label)));
  });
}

function concerns(peer: BgpPeer, node: Node): boolean {
  if (peer.nodeSelector !== undefined)
    return matchesSelector(peer.nodeSelector.root, (label) => node.labels[label]);
  return peer.node === undefined || peer.node === node.name;
}

/** Own labels first, then what the profiles pass on, in their order. */
function labelOf(context: RoutingContext, endpoint: WorkloadEndpoint, label: string): string | undefined {
  if (Object.hasOwn(endpoint.labels, label)) return endpoint.labels[label];
  for (const name of endpoint.profiles) {
    const labels = context.cluster.model.all("profile").get(name)?.labelsToApply;
    if (labels !== undefined && Object.hasOwn(labels, label)) return labels[label];
  }
  return undefined;
}
