import { formatIp } from "../net/ip.ts";
import type { Check } from "./check.ts";
import { poolsByCidr } from "./pools.ts";

/** Legal where another IPAM gives out addresses, so it is only told, and only where there are pools at all. */
export const workloadOutsidePools: Check = (model, report) => {
  const pools = poolsByCidr(model);
  if (pools.size === 0) return;
  for (const endpoint of model.all("workload-endpoint").values())
    for (const address of endpoint.addresses)
      if (pools.longestMatch(address) === undefined)
        report(
          "ipam/address-outside-pools",
          { endpoint: endpoint.workload, address: formatIp(address) },
          endpoint.origin,
        );
};
