import { at } from "../diagnostics/diagnostic.ts";
import { cidrsOverlap, formatCidr } from "../net/cidr.ts";
import type { Check } from "./check.ts";
import { poolsByName } from "./pools.ts";

/**
 * Pods in a range of services get nothing: what nobody redirects there is taken for a loop and dropped, whatever policy
 * says (sheet dataplane-iptables §1.6), and BIRD keeps routes into it from the kernel. Load balancers' pools belong there.
 */
export const poolInServiceRange: Check = (model, report) => {
  const config = model.all("bgp-config").get("default");
  if (config === undefined) return;
  const { serviceClusterIps, serviceExternalIps, serviceLoadBalancerIps } = config;
  const ranges = [...serviceClusterIps, ...serviceExternalIps, ...serviceLoadBalancerIps];
  for (const { name, cidr, allowedUses, origin } of poolsByName(model)) {
    const range = ranges.find((each) => cidrsOverlap(each, cidr));
    if (range === undefined || allowedUses.every((use) => use === "LoadBalancer")) continue;
    report("pool/service-range", { pool: name, range: formatCidr(range) }, at(origin, "spec", "cidr"), {
      related: [{ message: "where the ranges of services are", origin: config.origin }],
    });
  }
};
