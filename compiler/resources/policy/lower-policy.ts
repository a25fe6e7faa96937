import type { Direction, Policy, PolicyKind } from "../../ir/cluster-model.ts";
import type { LowerContext, Resource } from "../kind.ts";
import { DEFAULT_TIER, directionsOf, foldSubject, type PolicySpec, ruleContext } from "./policy-spec.ts";
import { lowerRules } from "./rule/lower.ts";

const SHORT_KINDS = {
  NetworkPolicy: "np",
  GlobalNetworkPolicy: "gnp",
  StagedNetworkPolicy: "snp",
  StagedGlobalNetworkPolicy: "sgnp",
  StagedKubernetesNetworkPolicy: "sknp",
} as const satisfies Partial<Record<PolicyKind, string>>;

/** The kinds of policy that are Calico's own. */
export type CalicoPolicyKind = keyof typeof SHORT_KINDS;

/** As it stands in the names of chains (dataplane-iptables.md §3.1): `np/shop/allow-api`, `gnp/deny-all`. */
export function policyId(
  kind: CalicoPolicyKind,
  { namespace, name }: { namespace: string; name: string },
): string {
  return [SHORT_KINDS[kind], ...(namespace === "" ? [] : [namespace]), name].join("/");
}

/**
 * The meaning of a policy that has its defaults. One with a broken rule keeps its place and loses its rules, so that
 * the tier's default action decides; one whose subject or flags are broken is not enforced.
 */
export function lowerPolicy(
  kind: CalicoPolicyKind,
  resource: Resource<{ readonly spec: PolicySpec }>,
  { selectors }: LowerContext,
): readonly Policy[] {
  const { spec } = resource.body;
  const { doNotTrack = false, preDNAT: preDnat = false, applyOnForward = false } = spec;
  const subject = foldSubject(resource, selectors);
  const contradictory = (doNotTrack && preDnat) || ((doNotTrack || preDnat) && !applyOnForward);
  if (!subject.ok || contradictory) return [];
  const lower = (direction: Direction) =>
    lowerRules(spec[direction], (index) => ruleContext(resource, direction, index, selectors));
  const [ingress, egress] = [lower("ingress"), lower("egress")];
  const sound = ingress !== undefined && egress !== undefined;
  const { namespace, name } = resource.metadata;
  return [
    {
      kind: "policy",
      key: policyId(kind, { namespace, name }),
      origin: resource.origin,
      source: "policy",
      policyKind: kind,
      namespace,
      name,
      tier: spec.tier || DEFAULT_TIER,
      order: spec.order ?? Infinity,
      selector: subject.selector,
      directions: directionsOf(spec),
      staged: kind.startsWith("Staged"),
      doNotTrack,
      preDnat,
      applyOnForward,
      neededEverywhere: spec.performanceHints?.includes("AssumeNeededOnEveryNode") ?? false,
      ingress: sound ? ingress : [],
      egress: sound ? egress : [],
    },
  ];
}
