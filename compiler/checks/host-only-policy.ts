import { at } from "../diagnostics/diagnostic.ts";
import { effectiveLabels } from "../engine/effective-labels.ts";
import type { ClusterModel, Policy } from "../ir/cluster-model.ts";
import { matchesSelector } from "../syntax/selector/match.ts";
import type { Check } from "./check.ts";
import { policyName } from "./policy-name.ts";

/**
 * An untracked policy, or one before DNAT, does nothing on a workload (dataplane-iptables.md §3.7, "Policy split"). One
 * that selects workloads and no host endpoint is not enforced at all.
 */
export const hostOnlyPolicy: Check = (model, report) => {
  for (const policy of model.all("policy").values()) {
    if (policy.staged || !(policy.doNotTrack || policy.preDnat)) continue;
    if (firstSelected(model, policy, "host-endpoint") !== undefined) continue;
    const workload = firstSelected(model, policy, "workload-endpoint");
    if (workload === undefined) continue;
    const flag = policy.preDnat ? "preDNAT" : "doNotTrack";
    const params = { policy: policyName(policy), flag, workload: workload.workload } as const;
    report("check/host-only-policy", params, at(policy.origin, "spec", flag), { target: "key" });
  }
};

function firstSelected<Kind extends "host-endpoint" | "workload-endpoint">(
  model: ClusterModel,
  { selector }: Policy,
  kind: Kind,
) {
  for (const endpoint of model.all(kind).values())
    if (matchesSelector(selector.root, effectiveLabels(model, endpoint))) return endpoint;
  return undefined;
}
