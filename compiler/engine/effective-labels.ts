import type { ClusterModel, WorkloadEndpoint } from "../ir/cluster-model.ts";
import { type LabelLookup, lookupIn } from "../syntax/selector/match.ts";

/** What selectors find on a workload: its own labels, then those that its profiles pass on, in their order. */
export function effectiveLabels(
  model: ClusterModel,
  { labels, profiles }: Pick<WorkloadEndpoint, "labels" | "profiles">,
): LabelLookup {
  const known = model.all("profile");
  return lookupIn(labels, ...profiles.map((name) => known.get(name)?.labelsToApply ?? {}));
}
