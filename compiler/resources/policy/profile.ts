import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { Direction, PolicyRule, Profile } from "../../ir/cluster-model.ts";
import type { SelectorFolder } from "../../syntax/selector/folder.ts";
import { allowAll } from "../builtin.ts";
import { defineKind, type LowerContext, type Resource } from "../kind.ts";
import { checkLabel } from "../labels.ts";
import { CALICO_API_VERSIONS } from "../network/values.ts";
import { stringMap } from "../schema.ts";
import { checkRule } from "./rule/check.ts";
import type { RuleContext } from "./rule/context.ts";
import { lowerRules } from "./rule/lower.ts";
import { rulesSchema } from "./rule/schema.ts";

const schema = Type.Object({
  spec: Type.Object({
    ingress: Type.Optional(rulesSchema),
    egress: Type.Optional(rulesSchema),
    labelsToApply: Type.Optional(stringMap()),
  }),
});

type ProfileResource = Resource<Static<typeof schema>>;

const DEFAULT_ALLOW = "projectcalico-default-allow";

function ruleContext(
  { origin }: ProfileResource,
  direction: Direction,
  index: number,
  selectors: SelectorFolder,
): RuleContext {
  const here = at(origin, "spec", direction, index);
  return { owner: "profile", namespace: "", direction, origin: here, selectors };
}

function validate(resource: ProfileResource, report: Report, selectors: SelectorFolder): void {
  const { spec } = resource.body;
  if (resource.metadata.name === DEFAULT_ALLOW)
    report("policy/profile-built-in", {}, at(resource.origin, "metadata", "name"));
  const labels = () => at(resource.origin, "spec", "labelsToApply");
  for (const [key, value] of Object.entries(spec.labelsToApply ?? {})) checkLabel(key, value, labels, report);
  for (const direction of ["ingress", "egress"] as const)
    spec[direction]?.forEach((rule, index) => {
      checkRule(rule, ruleContext(resource, direction, index, selectors), report);
    });
}

/**
 * A profile with a broken rule denies everything, as one that is missing does (felix/calc/active_rules_calculator.go,
 * `DummyDropRules`); the profiles after it are not asked.
 */
function lower(resource: ProfileResource, { selectors }: LowerContext): readonly Profile[] {
  const { metadata, body, origin } = resource;
  const rules = (direction: Direction) =>
    lowerRules(body.spec[direction], (index) => ruleContext(resource, direction, index, selectors));
  const [ingress, egress] = [rules("ingress"), rules("egress")];
  const sound = ingress !== undefined && egress !== undefined;
  const denial: PolicyRule = { ...allowAll(origin), action: "deny" };
  return [
    {
      kind: "profile",
      key: metadata.name,
      origin,
      source: "policy",
      name: metadata.name,
      labelsToApply: body.spec.labelsToApply ?? {},
      ingress: sound ? ingress : [denial],
      egress: sound ? egress : [denial],
    },
  ];
}

export const profile = defineKind<Static<typeof schema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "Profile",
  plural: "profiles",
  aliases: ["pro", "pros"],
  scope: "cluster",
  source: "policy",
  schema,
  validate,
  lower,
});
