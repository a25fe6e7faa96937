import type { ClusterModel, WorkloadEndpoint } from "../../ir/cluster-model.ts";
import type { Cidr, Ip } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import type { Labels } from "../../syntax/selector/ast.ts";
import { matchesSelector } from "../../syntax/selector/match.ts";
import type { Speaking } from "./nodes.ts";
import type { PeerPlan } from "./plans.ts";

/** Workloads of each node, for the BGPPeers that peer with a node's own workloads. */
export class WorkloadPeers {
  readonly #model: ClusterModel;
  readonly #byNode = new Map<string, WorkloadEndpoint[]>();

  /** `needed: false` skips the index: few clusters peer with workloads, and all have many. */
  constructor(model: ClusterModel, needed: boolean) {
    this.#model = model;
    if (!needed) return;
    for (const endpoint of model.all("workload-endpoint").values()) {
      const list = this.#byNode.get(endpoint.node);
      if (list === undefined) this.#byNode.set(endpoint.node, [endpoint]);
      else list.push(endpoint);
    }
  }

  /** First address of each family of every matching workload of the node. */
  of(node: string, plan: PeerPlan): readonly Speaking[] {
    const selector = plan.peer.localWorkloadSelector;
    if (selector === undefined) return [];
    return (this.#byNode.get(node) ?? [])
      .filter((endpoint) => matchesSelector(selector.root, (label) => this.#label(endpoint, label)))
      .flatMap(({ addresses }) =>
        ([4, 6] as const).flatMap((version) => {
          const address = addresses.find((cidr) => cidr.version === version);
          return address === undefined ? [] : [{ ip: ipOf(address), text: formatIp(address) }];
        }),
      );
  }

  /** Own labels first, then those of the profiles in their order. */
  #label(endpoint: WorkloadEndpoint, label: string): string | undefined {
    const own = labelOf(endpoint.labels, label);
    if (own !== undefined) return own;
    for (const name of endpoint.profiles) {
      const profile = this.#model.all("profile").get(name);
      const value = profile && labelOf(profile.labelsToApply, label);
      if (value !== undefined) return value;
    }
    return undefined;
  }
}

function ipOf(cidr: Cidr): Ip {
  return cidr.version === 4 ? { version: 4, value: cidr.value } : { version: 6, value: cidr.value };
}

function labelOf(labels: Labels, label: string): string | undefined {
  return Object.hasOwn(labels, label) ? labels[label] : undefined;
}
