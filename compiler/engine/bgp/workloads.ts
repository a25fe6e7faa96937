import type { ClusterModel, WorkloadEndpoint } from "../../ir/cluster-model.ts";
import { ipOf } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { matchesSelector } from "../../syntax/selector/match.ts";
import { effectiveLabels } from "../effective-labels.ts";
import type { Speaking } from "./nodes.ts";
import type { PeerPlan } from "./plans.ts";

/** Workloads of each node, for the BGPPeers that peer with a node's own workloads. */
export class WorkloadPeers {
  readonly #model: ClusterModel;
  readonly #byNode: ReadonlyMap<string, readonly WorkloadEndpoint[]>;

  /** `needed: false` skips the index: few clusters peer with workloads, and all have many. */
  constructor(model: ClusterModel, needed: boolean) {
    this.#model = model;
    this.#byNode = needed
      ? Map.groupBy(model.all("workload-endpoint").values(), ({ node }) => node)
      : new Map();
  }

  /** First address of each family of every matching workload of the node. */
  of(node: string, plan: PeerPlan): readonly Speaking[] {
    const selector = plan.peer.localWorkloadSelector;
    if (selector === undefined) return [];
    return (this.#byNode.get(node) ?? [])
      .filter((endpoint) => matchesSelector(selector.root, effectiveLabels(this.#model, endpoint)))
      .flatMap(({ addresses }) =>
        ([4, 6] as const).flatMap((version) => {
          const address = addresses.find((cidr) => cidr.version === version);
          return address === undefined ? [] : [{ ip: ipOf(address), text: formatIp(address) }];
        }),
      );
  }
}
