import { type Static, Type } from "@sinclair/typebox";
import { defineKind } from "../kind.ts";
import { CALICO_API_VERSIONS } from "../network/values.ts";
import { lowerPolicy } from "./lower-policy.ts";
import { defaultPolicySpec, globalPolicyFields, policyFields, validatePolicy } from "./policy-spec.ts";

const schema = Type.Object({ spec: Type.Object({ ...policyFields, ...globalPolicyFields }) });

export const globalNetworkPolicy = defineKind<Static<typeof schema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "GlobalNetworkPolicy",
  plural: "globalnetworkpolicies",
  aliases: ["gnp", "cgnp"],
  scope: "cluster",
  source: "policy",
  schema,
  defaults: (resource) => ({ ...resource, body: { spec: defaultPolicySpec(resource.body.spec) } }),
  validate: validatePolicy,
  lower: (resource, context) => lowerPolicy("GlobalNetworkPolicy", resource, context),
});
