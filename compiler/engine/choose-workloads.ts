import type { WorkloadEndpoint } from "../ir/cluster-model.ts";
import type { FelixSettings } from "../ir/felix-config.ts";
import { compareText } from "./order.ts";

export interface ChosenWorkloads {
  /** Sorted by interface name, each name once. */
  readonly chosen: readonly WorkloadEndpoint[];
  /** Their interface belongs to another endpoint. */
  readonly shadowed: readonly { readonly endpoint: WorkloadEndpoint; readonly by: WorkloadEndpoint }[];
  /** They ask for source addresses of others, which the node does not allow; Calico treats them as absent. */
  readonly spoofing: readonly WorkloadEndpoint[];
}

/**
 * Which of a node's workload endpoints its dataplane serves. Left out are those without an address (finished pods)
 * or interface; of several on one interface the lowest id wins (dataplane §3.6, resources §1.9).
 */
export function chooseWorkloads(
  endpoints: Iterable<WorkloadEndpoint>,
  { workloadSourceSpoofing }: Pick<FelixSettings, "workloadSourceSpoofing">,
): ChosenWorkloads {
  const alive = [...endpoints].filter((e) => e.addresses.length > 0 && e.interfaceName !== "");
  const spoofing = alive.filter(
    (e) => workloadSourceSpoofing === "Disabled" && e.allowedSpoofSources.length > 0,
  );
  const rejected = new Set(spoofing);
  const inOrder = alive
    .filter((endpoint) => !rejected.has(endpoint))
    .sort((a, b) => compareText(a.interfaceName, b.interfaceName) || compareIds(a, b));
  const chosen: WorkloadEndpoint[] = [];
  const shadowed: { readonly endpoint: WorkloadEndpoint; readonly by: WorkloadEndpoint }[] = [];
  for (const endpoint of inOrder) {
    const by = chosen.at(-1);
    if (by?.interfaceName === endpoint.interfaceName) shadowed.push({ endpoint, by });
    else chosen.push(endpoint);
  }
  return { chosen, shadowed, spoofing };
}

function compareIds(a: WorkloadEndpoint, b: WorkloadEndpoint): number {
  return (
    compareText(a.orchestrator, b.orchestrator) ||
    compareText(a.workload, b.workload) ||
    compareText(a.endpoint, b.endpoint)
  );
}
