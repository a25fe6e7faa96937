import { type Static, Type } from "@sinclair/typebox";
import { defineKind } from "../kind.ts";
import { CALICO_API_VERSIONS } from "../network/values.ts";
import { policyFields } from "./policy-spec.ts";
import { defaultStagedPolicy, lowerStagedPolicy, validateStagedPolicy } from "./staged-policy.ts";
import { stagedFields } from "./staging.ts";

const schema = Type.Object({ spec: Type.Object({ ...policyFields, ...stagedFields }) });

export const stagedNetworkPolicy = defineKind<Static<typeof schema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "StagedNetworkPolicy",
  plural: "stagednetworkpolicies",
  aliases: ["scnp", "snp", "spol"],
  scope: "namespaced",
  source: "policy",
  schema,
  defaults: defaultStagedPolicy,
  validate: validateStagedPolicy,
  lower: (resource, context) => lowerStagedPolicy("StagedNetworkPolicy", resource, context),
});
