import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { Direction } from "../../ir/cluster-model.ts";
import type { SelectorFolder } from "../../syntax/selector/folder.ts";
import type { Resource } from "../kind.ts";
import { RESOURCE_NAME } from "../names.ts";
import { enumOf } from "../schema.ts";
import { checkName } from "./names.ts";
import { checkRule } from "./rule/check.ts";
import type { RuleContext } from "./rule/context.ts";
import { type Rule, rulesSchema, selectorSchema } from "./rule/schema.ts";
import { hasGlobal, reportFoldErrors, reportMisplacedGlobal } from "./rule/selector-checks.ts";

/** What NetworkPolicy and GlobalNetworkPolicy have in common: resources.md §1.2. */
export const policyFields = {
  tier: Type.Optional(Type.String(RESOURCE_NAME)),
  order: Type.Optional(Type.Number()),
  ingress: Type.Optional(rulesSchema),
  egress: Type.Optional(rulesSchema),
  selector: Type.Optional(selectorSchema),
  types: Type.Optional(
    Type.Array(enumOf(["Ingress", "Egress"]), { minItems: 1, maxItems: 2, uniqueItems: true }),
  ),
  serviceAccountSelector: Type.Optional(selectorSchema),
  performanceHints: Type.Optional(Type.Array(enumOf(["AssumeNeededOnEveryNode"]), { uniqueItems: true })),
};

/** What only global policies have. */
export const globalPolicyFields = {
  doNotTrack: Type.Optional(Type.Boolean()),
  preDNAT: Type.Optional(Type.Boolean()),
  applyOnForward: Type.Optional(Type.Boolean()),
  namespaceSelector: Type.Optional(selectorSchema),
};

const anyPolicySchema = Type.Object({ ...policyFields, ...globalPolicyFields });
/** The spec of any Calico policy: a namespaced one just never has the fields of a global one. */
export type PolicySpec = Static<typeof anyPolicySchema>;
type PolicyBody = { readonly spec: PolicySpec };

export const DEFAULT_TIER = "default";

const DIRECTIONS: readonly { readonly direction: Direction; readonly type: "Ingress" | "Egress" }[] = [
  { direction: "ingress", type: "Ingress" },
  { direction: "egress", type: "Egress" },
];

/** As clientv3 fills them in: the tier, and the types by the rules that are there. */
export function defaultPolicySpec<Spec extends PolicySpec>(spec: Spec): Spec {
  const { ingress = [], egress = [], types } = spec;
  const implied: ("Ingress" | "Egress")[] =
    egress.length === 0 ? ["Ingress"] : ingress.length === 0 ? ["Egress"] : ["Ingress", "Egress"];
  return { ...spec, tier: spec.tier || DEFAULT_TIER, types: types ?? implied };
}

/** In a fixed order, whatever order they were written in. */
export function directionsOf({ types = [] }: PolicySpec): readonly Direction[] {
  return DIRECTIONS.filter(({ type }) => types.includes(type)).map(({ direction }) => direction);
}

export function ruleContext<Body>(
  resource: Resource<Body>,
  direction: Direction,
  index: number,
  selectors: SelectorFolder,
): RuleContext {
  const { namespace } = resource.metadata;
  return {
    owner: namespace === "" ? "global policy" : "namespaced policy",
    namespace,
    direction,
    origin: at(resource.origin, "spec", direction, index),
    selectors,
  };
}

/** The endpoints that a policy applies to; fails on a selector that does not parse. */
export function foldSubject(
  { metadata: { namespace }, body: { spec } }: Resource<PolicyBody>,
  selectors: SelectorFolder,
) {
  const { selector, namespaceSelector, serviceAccountSelector } = spec;
  return namespace === ""
    ? selectors.subject({ kind: "global", selector, namespaceSelector, serviceAccountSelector })
    : selectors.subject({ kind: "namespaced", namespace, selector, serviceAccountSelector });
}

/** Every check of a Calico policy, staged or not; the resource has its defaults. */
export function validatePolicy(
  resource: Resource<PolicyBody>,
  report: Report,
  selectors: SelectorFolder,
): void {
  const { spec } = resource.body;
  const here = at(resource.origin, "spec");
  checkName(resource, resource.metadata.namespace === "" ? "global policy" : "namespaced policy", report);
  for (const field of ["selector", "serviceAccountSelector", "namespaceSelector"] as const)
    if (hasGlobal(spec[field])) reportMisplacedGlobal(field, here, report);
  const subject = foldSubject(resource, selectors);
  if (!subject.ok) reportFoldErrors(subject.errors, here, report);
  checkFlags(resource, report);
  for (const { direction, type } of DIRECTIONS) {
    const rules = spec[direction] ?? [];
    rules.forEach((rule, index) => {
      checkRule(rule, ruleContext(resource, direction, index, selectors), report);
    });
    if (spec.types?.includes(type)) checkLogOnly(resource, direction, rules, report);
    else if (rules.length > 0)
      report("policy/rules-ignored", { direction, field: "types" }, at(here, direction));
  }
}

/** Of a policy that only logs, people expect that it changes nothing; but a policy makes its tier apply. */
function checkLogOnly(
  { origin }: Resource<PolicyBody>,
  direction: Direction,
  rules: readonly Rule[],
  report: Report,
): void {
  if (rules.length > 0 && rules.every(({ action }) => action === "Log"))
    report("policy/log-only", { direction }, at(origin, "spec", direction));
}

/** Whether `doNotTrack`, `preDNAT` and `applyOnForward` contradict each other or the directions: §1.2. */
function checkFlags({ body: { spec }, origin }: Resource<PolicyBody>, report: Report): void {
  const { doNotTrack = false, preDNAT = false, applyOnForward = false, egress = [], types } = spec;
  const here = at(origin, "spec");
  if (preDNAT && doNotTrack) report("policy/flags-exclusive", {}, at(here, "doNotTrack"));
  if (preDNAT && egress.length > 0) report("policy/pre-dnat-egress-rules", {}, at(here, "egress"));
  if (preDNAT && egress.length === 0 && types?.includes("Egress"))
    report("policy/pre-dnat-egress-type", {}, at(here, "types"));
  if ((preDNAT || doNotTrack) && !applyOnForward) {
    const flag = preDNAT ? "preDNAT" : "doNotTrack";
    report("policy/apply-on-forward-required", { flag }, at(here, flag), { target: "key" });
  }
}
