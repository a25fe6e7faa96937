import { at } from "../diagnostics/diagnostic.ts";
import { formatCidr } from "../net/cidr.ts";
import type { Check } from "./check.ts";
import { poolsByCidr } from "./pools.ts";

/** What is left of a pool that was deleted: addresses in use whose treatment nobody defines any more. */
export const blockOutsidePools: Check = (model, report) => {
  const pools = poolsByCidr(model);
  for (const block of model.all("block").values())
    if (pools.path(block.cidr).length === 0)
      report("ipam/block-outside-pools", { block: formatCidr(block.cidr) }, at(block.origin, "spec", "cidr"));
};
