/**
 * Rules of Calico's client for IP pools, which need what is stored. Source: `libcalico-go/lib/clientv3/ippool.go` of
 * projectcalico/calico (the sheet, "IPPool" of validation).
 */
import { cidrsOverlap, formatCidr, parseCidr } from "../../compiler/index.ts";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import type { JsonObject } from "../../runtime/datastore/json.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";
import { listBlocks, listKind, specOf } from "../../runtime/ipam/objects.ts";
import { blockSizeOf } from "./defaults.ts";
import { type RefusedField, refusedFields } from "./refusal.ts";

/** Throws Refusal where another pool has some of its addresses, or blocks of another size are there. */
export async function demandRoom(datastore: Datastore, pool: Resource): Promise<void> {
  const spec = specOf(pool);
  const cidr = parseCidr(String(spec.cidr));
  if (cidr === undefined) return;
  const value = formatCidr(cidr);
  const { items } = await listKind(datastore, "IPPool");
  const overlaps = items.flatMap(({ key, resource }): readonly RefusedField[] => {
    const other = String(specOf(resource).cidr);
    const network = parseCidr(other);
    // One of the same name is there already, which the write will say.
    if (key.name === pool.metadata.name || network === undefined || !cidrsOverlap(cidr, network)) return [];
    const reason = `IPPool(${pool.metadata.name}) CIDR overlaps with IPPool(${key.name}) CIDR ${other}`;
    return [{ name: "IPPool.Spec.CIDR", value, reason }];
  });
  if (overlaps.length > 0) throw refusedFields(overlaps);
  const size = blockSizeOf(spec);
  const { blocks } = await listBlocks(datastore);
  if (blocks.some((block) => block.cidr.length !== size && cidrsOverlap(cidr, block.cidr)))
    throw refusedFields([
      {
        name: "IPPool.Spec.BlockSize",
        value: String(size),
        reason: "IPPool blocksSize conflicts with existing allocations that use a different blockSize",
      },
    ]);
}

/** Throws Refusal for a change that would leave addresses without their pool. */
export function demandSamePool(stored: Resource, wanted: Resource): void {
  const [before, after] = [specOf(stored), specOf(wanted)];
  const fields: RefusedField[] = [];
  if (usesOf(before).includes("LoadBalancer") && usesOf(after).some((use) => use !== "LoadBalancer"))
    throw refusedFields([
      {
        name: "IPPool.Spec.AllowedUses",
        value: `[${usesOf(after).join(" ")}]`,
        reason: "IPPool allowed use cannot be changed from LoadBalacer to Workload or Tunnel",
      },
    ]);
  if (networkOf(before) !== networkOf(after))
    fields.push({
      name: "IPPool.Spec.CIDR",
      value: String(after.cidr),
      reason: "IPPool CIDR cannot be modified",
    });
  if (blockSizeOf(before) !== blockSizeOf(after))
    fields.push({
      name: "IPPool.Spec.BlockSize",
      value: String(blockSizeOf(after)),
      reason: "IPPool BlockSize cannot be modified",
    });
  if (fields.length > 0) throw refusedFields(fields);
}

function usesOf({ allowedUses }: JsonObject): readonly string[] {
  return Array.isArray(allowedUses) ? allowedUses.map(String) : [];
}

/** However it is written. */
function networkOf({ cidr }: JsonObject): string {
  const parsed = parseCidr(String(cidr));
  return parsed === undefined ? String(cidr) : formatCidr(parsed);
}
