import { at } from "../diagnostics/diagnostic.ts";
import { closest } from "../diagnostics/suggest.ts";
import type { Check } from "./check.ts";
import { policyName } from "./policy-name.ts";

/** The profile that every namespace has. */
const NAMESPACE_PROFILE = /^kns\.(.+)$/;

/**
 * One finding for each namespace that policies name and nobody has, which is mostly a slip of the pen. Only where
 * namespaces are known at all: policies may lie in a repository of their own, and etcd holds none without Kubernetes.
 */
export const missingNamespace: Check = (model, report) => {
  const known = [...model.all("profile").keys()].flatMap((name) => NAMESPACE_PROFILE.exec(name)?.[1] ?? []);
  if (known.length === 0) return;
  const exist = new Set(["", ...known]);
  const astray = [...model.all("policy").values()].filter(({ namespace }) => !exist.has(namespace));
  for (const [namespace, policies] of Map.groupBy(astray, (policy) => policy.namespace)) {
    const [first, ...others] = policies.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    if (first === undefined) continue;
    const suggestion = closest(namespace, known);
    const params = { policy: policyName(first), namespace, others: others.length, suggestion };
    report("check/missing-namespace", params, at(first.origin, "metadata", "namespace"));
  }
};
