import { type Static, Type } from "@sinclair/typebox";
import { ErrorWatch, type Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { Policy } from "../../ir/cluster-model.ts";
import { defineKind, type LowerContext, type Resource } from "../kind.ts";
import { lowerNetworkPolicySpec, networkPolicyFields } from "../kubernetes/network-policy.ts";
import { validateNetworkPolicySpec } from "../kubernetes/network-policy-checks.ts";
import { CALICO_API_VERSIONS } from "../network/values.ts";
import { policyId } from "./lower-policy.ts";
import { checkDeletion, proposesDeletion, stagedFields } from "./staging.ts";

const schema = Type.Object({ spec: Type.Object({ ...networkPolicyFields, ...stagedFields }) });

type StagedKubernetesPolicy = Resource<Static<typeof schema>>;

/** As Calico's admission policy fills them in: by what is there, be it empty (resources.md §1.2). */
function defaults(resource: StagedKubernetesPolicy): StagedKubernetesPolicy {
  const { spec } = resource.body;
  if (proposesDeletion(spec) || spec.policyTypes?.length) return resource;
  const egress = spec.egress === undefined ? [] : (["Egress"] as const);
  return { ...resource, body: { spec: { ...spec, policyTypes: ["Ingress", ...egress] } } };
}

function validate(resource: StagedKubernetesPolicy, report: Report): void {
  const { spec } = resource.body;
  if (proposesDeletion(spec)) checkDeletion(resource, { kubernetes: true }, report);
  else validateNetworkPolicySpec(spec, at(resource.origin, "spec"), report);
}

/**
 * Goes through the conversion of Kubernetes' own policies, and so lands in the default tier. The conversion wants
 * sound input, which a daemon's may not be; nothing is lost with a policy that only would be evaluated.
 */
function lower(resource: StagedKubernetesPolicy, { selectors }: LowerContext): readonly Policy[] {
  const { metadata, body, origin } = resource;
  const watch = new ErrorWatch();
  validate(resource, watch.report);
  if (proposesDeletion(body.spec) || watch.failed) return [];
  const { namespace, name } = metadata;
  const policyKind = "StagedKubernetesNetworkPolicy";
  const key = policyId(policyKind, metadata);
  const identity = { key, policyKind, namespace, name, staged: true, origin } as const;
  return [lowerNetworkPolicySpec(body.spec, identity, selectors)];
}

export const stagedKubernetesNetworkPolicy = defineKind<Static<typeof schema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "StagedKubernetesNetworkPolicy",
  plural: "stagedkubernetesnetworkpolicies",
  aliases: ["sknp", "skpol"],
  scope: "namespaced",
  source: "policy",
  schema,
  defaults,
  validate,
  lower,
});
