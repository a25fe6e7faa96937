import { at } from "../diagnostics/diagnostic.ts";
import { formatCidr } from "../net/cidr.ts";
import type { Check } from "./check.ts";

/** Blocks outlive nodes that were removed without releasing them; their routes lead nowhere. */
export const blockOfUnknownNode: Check = (model, report) => {
  const nodes = model.all("node");
  for (const { affinity: node, cidr, origin } of model.all("block").values())
    if (node !== undefined && !nodes.has(node))
      report(
        "ipam/unknown-node",
        { what: `Block ${formatCidr(cidr)}`, node },
        at(origin, "spec", "affinity"),
      );
  for (const { node, cidr, affinityType, origin } of model.all("block-affinity").values())
    if (affinityType === "host" && !nodes.has(node))
      report(
        "ipam/unknown-node",
        { what: `The affinity for block ${formatCidr(cidr)}`, node },
        at(origin, "spec", "node"),
      );
};
