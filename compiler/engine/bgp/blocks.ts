import type { Origin } from "../../diagnostics/diagnostic.ts";
import type { ClusterModel } from "../../ir/cluster-model.ts";
import { type Cidr, compareCidr, formatCidr } from "../../net/cidr.ts";

export interface NodeBlock {
  readonly cidr: Cidr;
  /** A block being given up is still announced, but its addresses are not held back any more. */
  readonly confirmed: boolean;
  readonly origin: Origin;
}

/**
 * Blocks by node (routing-bgp.md §3.10): affinities of hosts that are confirmed or pending
 * deletion. A block that names its node without an affinity beside it counts as confirmed, so that an inventory of
 * blocks alone is enough.
 */
export function blocksByNode(model: ClusterModel): ReadonlyMap<string, readonly NodeBlock[]> {
  const byNode = new Map<string, NodeBlock[]>();
  const add = (node: string, block: NodeBlock): void => {
    const list = byNode.get(node);
    if (list === undefined) byNode.set(node, [block]);
    else list.push(block);
  };
  const affinities = model.all("block-affinity");
  for (const affinity of affinities.values()) {
    if (affinity.affinityType !== "host" || affinity.state === "pending") continue;
    add(affinity.node, {
      cidr: affinity.cidr,
      confirmed: affinity.state === "confirmed",
      origin: affinity.origin,
    });
  }
  for (const { affinity, cidr, origin } of model.all("block").values())
    if (affinity !== undefined && affinities.get(`${affinity}/${formatCidr(cidr)}`)?.affinityType !== "host")
      add(affinity, { cidr, confirmed: true, origin });
  for (const list of byNode.values()) list.sort((a, b) => compareCidr(a.cidr, b.cidr));
  return byNode;
}
