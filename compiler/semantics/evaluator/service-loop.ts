import type { Cidr, IpVersion } from "../../net/cidr.ts";
import { inNet } from "../condition.ts";
import type { Host } from "./host.ts";
import { NO_OPINION, type Program, rule, test } from "./program.ts";

/** A service's address that nothing translated would come back by the uplink, again and again (dataplane §1.6). */
export function serviceLoop({ model, settings }: Host, version: IpVersion): Program {
  if (settings.serviceLoopPrevention === "Disabled") return NO_OPINION;
  const configuration = model.all("bgp-config").get("default");
  const ranges: readonly Cidr[] = [
    ...(configuration?.serviceClusterIps ?? []),
    ...(configuration?.serviceExternalIps ?? []),
    ...(configuration?.serviceLoadBalancerIps ?? []),
  ];
  return ranges
    .filter((cidr) => cidr.version === version)
    .reduceRight<Program>(
      (next, cidr) => test(inNet("destination", cidr), rule("deny", { kind: "service-range", cidr }), next),
      NO_OPINION,
    );
}
