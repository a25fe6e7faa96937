import { at } from "../diagnostics/diagnostic.ts";
import { effectiveLabels } from "../engine/effective-labels.ts";
import type { ClusterModel, ModelOf, Policy } from "../ir/cluster-model.ts";
import { matchesSelector } from "../syntax/selector/match.ts";
import type { Check } from "./check.ts";
import { policyName } from "./policy-name.ts";

/**
 * An untracked policy, or one before DNAT, does nothing on a workload (dataplane-iptables.md §3.7, "Policy split"). One
 * that selects workloads and no host endpoint is not enforced at all.
 */
export const hostOnlyPolicy: Check = (model, report) => {
  const policies = [...model.all("policy").values()].filter(
    ({ staged, doNotTrack, preDnat }) => !staged && (doNotTrack || preDnat),
  );
  const onHosts = firstSelected(model, policies, "host-endpoint");
  const others = policies.filter((policy) => !onHosts.has(policy));
  for (const [policy, { workload }] of firstSelected(model, others, "workload-endpoint")) {
    const flag = policy.preDnat ? "preDNAT" : "doNotTrack";
    const params = { policy: policyName(policy), flag, workload } as const;
    report("check/host-only-policy", params, at(policy.origin, "spec", flag), { target: "key" });
  }
};

/** Of the policies that select any. The labels of each endpoint are put together once for all of them. */
function firstSelected<Kind extends "host-endpoint" | "workload-endpoint">(
  model: ClusterModel,
  policies: readonly Policy[],
  kind: Kind,
): ReadonlyMap<Policy, ModelOf<Kind>> {
  const found = new Map<Policy, ModelOf<Kind>>();
  const open = new Set(policies);
  for (const endpoint of model.all(kind).values()) {
    if (open.size === 0) break;
    const labels = effectiveLabels(model, endpoint);
    for (const policy of open)
      if (matchesSelector(policy.selector.root, labels)) {
        found.set(policy, endpoint);
        open.delete(policy);
      }
  }
  return found;
}
