import { at } from "../diagnostics/diagnostic.ts";
import type { Node } from "../ir/cluster-model.ts";
import { formatIp } from "../net/ip.ts";
import type { Check } from "./check.ts";

/** Each node is told by its address: tunnels, BGP sessions and routes to two nodes with one would meet in one. */
export const duplicateNodeAddress: Check = (model, report) => {
  const owners = new Map<string, Node>();
  const nodes = [...model.all("node").values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const node of nodes)
    for (const field of ["ipv4", "ipv6"] as const) {
      const ip = node.bgp?.[field]?.ip;
      if (ip === undefined) continue;
      const address = formatIp(ip);
      const other = owners.get(address);
      if (other === undefined) owners.set(address, node);
      else
        report(
          "node/duplicate-address",
          { node: node.name, other: other.name, address },
          at(node.origin, "spec", "bgp", `${field}Address`),
          {
            related: [
              { message: "the other node", origin: at(other.origin, "spec", "bgp", `${field}Address`) },
            ],
          },
        );
    }
};
