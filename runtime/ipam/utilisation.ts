/**
 * How full pools and blocks are. Source: the sheet "Utilisation and invariants"; what cools:
 * `libcalico-go/lib/ipam/accounting/counts.go` of projectcalico/calico.
 */
import {
  addressAt,
  type Cidr,
  cidrContainsIp,
  cidrsOverlap,
  compareCidr,
  parseCidr,
  sizeOf,
} from "../../compiler/index.ts";
import type { Datastore } from "../datastore/datastore.ts";
import type { CorruptValue } from "../datastore/errors.ts";
import { allocationsOf, type Block, isCooling } from "./block.ts";
import { distinctPlaces, listBlocks, listKind, specOf } from "./objects.ts";

/** Numbers of addresses. One that was taken before it was reserved counts in both; `free` counts neither. */
export interface Usage {
  readonly cidr: Cidr;
  readonly capacity: number;
  /** Addresses in their cooldown, too. */
  readonly inUse: number;
  readonly reserved: number;
  readonly free: number;
  /** Those of `inUse` that are in their cooldown. */
  readonly cooling: number;
}

export interface PoolUsage {
  /** Absent for the blocks that are in no pool. */
  readonly pool: Usage | undefined;
  readonly blocks: readonly Usage[];
}

/** All pools by name, disabled ones too, then blocks outside of all pools. Throws DatastoreError. */
export async function readUtilisation(datastore: Datastore): Promise<{
  readonly usage: readonly PoolUsage[];
  readonly unreadable: readonly CorruptValue[];
}> {
  const [pools, reservations, { blocks, unreadable }] = await Promise.all([
    listKind(datastore, "IPPool"),
    listKind(datastore, "IPReservation"),
    listBlocks(datastore),
  ]);
  const cidrs = pools.items.flatMap(({ resource }) => networks([specOf(resource).cidr]));
  const reserved = reservations.items.flatMap(({ resource }) => {
    const { reservedCIDRs } = specOf(resource);
    return networks(Array.isArray(reservedCIDRs) ? reservedCIDRs : []);
  });
  return {
    usage: utilisation(cidrs, reserved, blocks),
    unreadable: distinctPlaces(unreadable, pools.corrupt, reservations.corrupt),
  };
}

export function utilisation(
  pools: readonly Cidr[],
  reservations: readonly Cidr[],
  blocks: readonly Block[],
): readonly PoolUsage[] {
  const reserved = withoutNested(reservations);
  const held = new Map<Cidr | undefined, Block[]>(pools.map((pool) => [pool, []]));
  const orphans: Block[] = [];
  for (const block of blocks)
    (held.get(pools.find((pool) => cidrContainsIp(pool, block.cidr))) ?? orphans).push(block);
  const ofPools = pools.map((pool): PoolUsage => {
    const inside = held.get(pool) ?? [];
    return {
      pool: usageOf(pool, inside, reserved),
      blocks: inside.map((block) => usageOf(block.cidr, [block], reserved)),
    };
  });
  if (orphans.length === 0) return ofPools;
  return [
    ...ofPools,
    { pool: undefined, blocks: orphans.map((block) => usageOf(block.cidr, [block], reserved)) },
  ];
}

function usageOf(cidr: Cidr, blocks: readonly Block[], reservations: readonly Cidr[]): Usage {
  const capacity = sizeOf(cidr);
  const here = reservations.filter((one) => cidrsOverlap(cidr, one));
  // A network is inside another one or apart from it.
  const reserved = here.reduce((sum, one) => sum + Math.min(sizeOf(one), capacity), 0);
  let inUse = 0;
  let both = 0;
  let cooling = 0;
  for (const block of blocks) {
    const free = new Set(block.unallocated);
    cooling += allocationsOf(block).filter(isCooling).length;
    inUse += sizeOf(block.cidr) - free.size;
    if (here.length === 0) continue;
    for (let ordinal = 0; ordinal < sizeOf(block.cidr); ordinal++)
      if (!free.has(ordinal) && here.some((one) => cidrContainsIp(one, addressAt(block.cidr, ordinal))))
        both++;
  }
  return { cidr, capacity, inUse, reserved, free: capacity - inUse - reserved + both, cooling };
}

function withoutNested(cidrs: readonly Cidr[]): readonly Cidr[] {
  const kept: Cidr[] = [];
  // A network comes before those inside it, and before anything else only these come.
  for (const cidr of [...cidrs].sort(compareCidr)) {
    const last = kept.at(-1);
    if (last === undefined || !cidrContainsIp(last, cidr)) kept.push(cidr);
  }
  return kept;
}

function networks(texts: readonly unknown[]): readonly Cidr[] {
  return texts.flatMap((text) => (typeof text === "string" ? (parseCidr(text) ?? []) : []));
}
