import { type Static, Type } from "@sinclair/typebox";
import { defineKind } from "../kind.ts";
import { CALICO_API_VERSIONS } from "../network/values.ts";
import { lowerPolicy } from "./lower-policy.ts";
import { defaultPolicySpec, policyFields, validatePolicy } from "./policy-spec.ts";

const schema = Type.Object({ spec: Type.Object(policyFields) });

export const networkPolicy = defineKind<Static<typeof schema>>({
  apiVersions: CALICO_API_VERSIONS,
  kind: "NetworkPolicy",
  plural: "networkpolicies",
  aliases: ["cnp", "caliconetworkpolicy", "policy", "np", "pol"],
  scope: "namespaced",
  source: "policy",
  schema,
  defaults: (resource) => ({ ...resource, body: { spec: defaultPolicySpec(resource.body.spec) } }),
  validate: validatePolicy,
  lower: (resource, context) => lowerPolicy("NetworkPolicy", resource, context),
});
