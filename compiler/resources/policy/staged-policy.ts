import type { Report } from "../../diagnostics/bag.ts";
import type { Policy } from "../../ir/cluster-model.ts";
import type { SelectorFolder } from "../../syntax/selector/folder.ts";
import type { LowerContext, Resource } from "../kind.ts";
import { type CalicoPolicyKind, lowerPolicy } from "./lower-policy.ts";
import { defaultPolicySpec, type PolicySpec, validatePolicy } from "./policy-spec.ts";
import { checkDeletion, proposesDeletion, type StagedSpec } from "./staging.ts";

/** The enforced form of the policy, and what is proposed: resources.md §1.5. */
type StagedPolicy<Spec extends PolicySpec & StagedSpec> = Resource<{ readonly spec: Spec }>;

export function defaultStagedPolicy<Spec extends PolicySpec & StagedSpec>(
  resource: Resource<{ spec: Spec }>,
): Resource<{ spec: Spec }> {
  const { spec } = resource.body;
  return proposesDeletion(spec) ? resource : { ...resource, body: { spec: defaultPolicySpec(spec) } };
}

/** The checks of the enforced form, of which a deletion has none. */
export function validateStagedPolicy(
  resource: StagedPolicy<PolicySpec & StagedSpec>,
  report: Report,
  selectors: SelectorFolder,
): void {
  if (proposesDeletion(resource.body.spec)) checkDeletion(resource, { kubernetes: false }, report);
  else validatePolicy(resource, report, selectors);
}

/** Evaluated for reports, never enforced. */
export function lowerStagedPolicy(
  kind: CalicoPolicyKind,
  resource: StagedPolicy<PolicySpec & StagedSpec>,
  context: LowerContext,
): readonly Policy[] {
  return proposesDeletion(resource.body.spec) ? [] : lowerPolicy(kind, resource, context);
}
