import { type Static, Type } from "@sinclair/typebox";
import { defineKind } from "../kind.ts";
import { CALICO_API_VERSIONS } from "../network/values.ts";
import { globalPolicyFields, policyFields } from "./policy-spec.ts";
import { defaultStagedPolicy, lowerStagedPolicy, validateStagedPolicy } from "./staged-policy.ts";
import { stagedFields } from "./staging.ts";

const schema = Type.Object({
  spec: Type.Object({ ...policyFields, ...globalPolicyFields, ...stagedFields }),
});

export const stagedGlobalNetworkPolicy = defineKind<Static<typeof schema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "StagedGlobalNetworkPolicy",
  plural: "stagedglobalnetworkpolicies",
  aliases: ["sgnp"],
  scope: "cluster",
  source: "policy",
  schema,
  defaults: defaultStagedPolicy,
  validate: validateStagedPolicy,
  lower: (resource, context) => lowerStagedPolicy("StagedGlobalNetworkPolicy", resource, context),
});
