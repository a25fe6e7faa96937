import { at } from "../diagnostics/diagnostic.ts";
import type { PolicyRule } from "../ir/cluster-model.ts";
import type { Check } from "./check.ts";
import { policyName } from "./policy-name.ts";

/** A rule that matches a service matches the addresses in its EndpointSlices; without any it matches nothing. */
export const serviceWithoutEndpoints: Check = (model, report) => {
  const known = new Set<string>();
  for (const { namespace, service } of model.all("service-slice").values())
    known.add(`${namespace}/${service}`);
  const inspect = (policy: string, rule: PolicyRule) => {
    for (const side of ["source", "destination"] as const) {
      const wanted = rule[side].service;
      if (wanted === undefined) continue;
      const service = `${wanted.namespace}/${wanted.name}`;
      if (!known.has(service))
        report("check/service-without-endpoints", { policy, service }, at(rule.origin, side, "services"));
    }
  };
  for (const policy of model.all("policy").values())
    for (const rule of [...policy.ingress, ...policy.egress]) inspect(policyName(policy), rule);
  for (const { name, ingress, egress } of model.all("profile").values())
    for (const rule of [...ingress, ...egress]) inspect(`Profile ${name}`, rule);
};
