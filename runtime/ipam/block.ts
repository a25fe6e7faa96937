/**
 * A block of addresses as the allocator keeps it (resource IPAMBlock), and what its invariants are.
 * Sources: the sheets "IPAM block JSON" and "IPAMBlock, BlockAffinity, IPAMHandle" of resources, "Utilisation and
 * invariants" of components.
 */
import { addressAt, type Cidr, formatIp, parseCidr, sizeOf } from "../../compiler/index.ts";
import { isJsonObject, type Json, type JsonObject } from "../datastore/json.ts";
import type { Stored } from "../datastore/resource.ts";

export interface Block {
  /** What it was read from; fields that are not known here are kept by writes. */
  readonly stored: Stored;
  readonly cidr: Cidr;
  /** `host:<node>`, `virtual:load-balancer`; absent: of nobody. */
  readonly affinity: string | undefined;
  /** By ordinal (0 = the network's own address): an index into `attributes`, or null where the address is free. */
  readonly allocations: readonly (number | null)[];
  /** Free ordinals in the order in which they will be given out. */
  readonly unallocated: readonly number[];
  readonly attributes: readonly Attribute[];
  /** Unsigned 64 bits; one more with every write. */
  readonly sequenceNumber: bigint;
  /** By ordinal, decimal: the block's number when the address was allocated, or released into its cooldown. */
  readonly sequenceNumberForAllocation: ReadonlyMap<string, bigint>;
}

/** Whose an address is. Without a handle and with `releasedAt`: nobody's any more, and not to be used yet. */
export interface Attribute {
  readonly handle: string | undefined;
  readonly owner: Readonly<Record<string, string>>;
  readonly alternateOwner: Readonly<Record<string, string>>;
  /** RFC 3339. */
  readonly releasedAt: string | undefined;
  /** As it is stored. */
  readonly written: JsonObject;
}

/** An address that a block records as taken. */
export interface Allocation {
  readonly block: Block;
  readonly ordinal: number;
  readonly ip: string;
  /** Absent where the block points to one that it does not have. */
  readonly attribute: Attribute | undefined;
}

/** The block of a resource, or why it is none that may be worked with. */
export function readBlock(stored: Stored): Block | { readonly problem: string } {
  const { spec } = stored.resource;
  if (!isJsonObject(spec)) return { problem: "it has no spec" };
  const cidr = typeof spec.cidr === "string" ? parseCidr(spec.cidr) : undefined;
  if (cidr === undefined) return { problem: "spec.cidr is no network" };
  const affinity = spec.affinity ?? (spec.hostAffinity ? `host:${spec.hostAffinity}` : undefined);
  const allocations = listOf(spec.allocations, isIndex);
  const unallocated = listOf(spec.unallocated, isOrdinal);
  const attributes = listOf(spec.attributes, isJsonObject)?.map(readAttribute);
  const sequenceNumber = uint64(spec.sequenceNumber ?? 0);
  const numbers = sequenceNumbers(spec.sequenceNumberForAllocation ?? {});
  if (affinity !== undefined && typeof affinity !== "string") return { problem: "spec.affinity is no text" };
  if (allocations === undefined) return { problem: "spec.allocations is no list of indices" };
  if (unallocated === undefined) return { problem: "spec.unallocated is no list of ordinals" };
  if (attributes === undefined) return { problem: "spec.attributes is no list of objects" };
  if (sequenceNumber === undefined) return { problem: "spec.sequenceNumber is no number of 64 bits" };
  if (numbers === undefined)
    return { problem: "spec.sequenceNumberForAllocation holds no numbers of 64 bits" };
  return {
    ...{ stored, cidr, affinity, allocations, unallocated, attributes },
    ...{ sequenceNumber, sequenceNumberForAllocation: numbers },
  };
}

/** The first of the allocator's invariants that the block breaks, in Calico's words. */
export function brokenInvariant(block: Block, now: number): string | undefined {
  const { allocations, attributes, unallocated } = block;
  const size = sizeOf(block.cidr);
  const used = new Set<number>();
  const allocated = new Set<number>();
  if (allocations.length !== size)
    return `expected ${size} addresses in this block, but it has allocations for ${allocations.length}`;
  for (const [ordinal, index] of allocations.entries()) {
    if (index === null) continue;
    if (index >= attributes.length) return `allocation ${ordinal} indexes a nonexistent attribute ${index}`;
    used.add(index);
    allocated.add(ordinal);
  }
  for (const [index, { releasedAt }] of attributes.entries()) {
    if (!used.has(index)) return `attribute index ${index} exists but is not indexed by an allocation`;
    if (releasedAt !== undefined && Date.parse(releasedAt) > now)
      return `attribute index ${index} has releasedAt in the future, suggesting clock skew`;
  }
  const free = new Set<number>();
  for (const ordinal of unallocated) {
    if (ordinal >= size) return `ordinal ${ordinal} appears in the Unallocated array but is out of the block`;
    if (free.has(ordinal)) return `ordinal ${ordinal} appears more than once in Unallocated array`;
    if (allocated.has(ordinal)) return `ordinal ${ordinal} is allocated but appears in Unallocated`;
    free.add(ordinal);
  }
  if (free.size + allocated.size !== size)
    return `expected ${size} addresses in this block, but Unallocated (${free.size}) + Allocated (${allocated.size}) = ${free.size + allocated.size}`;
  return undefined;
}

/** In order; addresses in their cooldown too. */
export function allocationsOf(block: Block): readonly Allocation[] {
  return block.allocations.flatMap((index, ordinal) =>
    index === null
      ? []
      : [
          {
            block,
            ordinal,
            ip: formatIp(addressAt(block.cidr, ordinal)),
            attribute: block.attributes[index],
          },
        ],
  );
}

/** Zero where the block does not say. */
export function sequenceNumberOf({ sequenceNumberForAllocation }: Block, ordinal: number): bigint {
  return sequenceNumberForAllocation.get(`${ordinal}`) ?? 0n;
}

export function isCooling({ attribute }: Allocation): boolean {
  return attribute?.releasedAt !== undefined;
}

/** The node whose block it is; `undefined` for one of nobody or of something virtual. */
export function hostOf(affinity: Json | undefined): string | undefined {
  return typeof affinity === "string" && affinity.startsWith(HOST) ? affinity.slice(HOST.length) : undefined;
}

const HOST = "host:";

/** The handle of a node's tunnel address, without the node and with it: `vxlan-v6-tunnel-addr-`, `node-1`. */
export function tunnelHandle(handle: string): { readonly prefix: string; readonly node: string } | undefined {
  const [, prefix, node] = /^((?:ipip|vxlan|wireguard)(?:-v6)?-tunnel-addr-)(.+)$/.exec(handle) ?? [];
  return prefix === undefined || node === undefined ? undefined : { prefix, node };
}

/** Older versions of the Windows plugin stored more behind a line end. */
export function comparableHandle(handle: string): string {
  return handle.split("\r", 1)[0] ?? "";
}

function readAttribute(written: JsonObject): Attribute {
  const { handle_id: handle, secondary, alternateOwnerAttrs, releasedAt } = written;
  return {
    handle: typeof handle === "string" && handle !== "" ? handle : undefined,
    owner: texts(secondary),
    alternateOwner: texts(alternateOwnerAttrs),
    releasedAt: typeof releasedAt === "string" ? releasedAt : undefined,
    written,
  };
}

function texts(value: Json | undefined): Readonly<Record<string, string>> {
  if (!isJsonObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, String(text)]));
}

/** Go writes an empty list as null. */
function listOf<T extends Json>(
  value: Json | undefined,
  accepts: (item: Json) => item is T,
): readonly T[] | undefined {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) && value.every(accepts) ? value : undefined;
}

function isOrdinal(value: Json): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isIndex(value: Json): value is number | null {
  return value === null || isOrdinal(value);
}

function uint64(value: Json): bigint | undefined {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return undefined;
  const number = BigInt(value as number | bigint);
  return BigInt.asUintN(64, number) === number ? number : undefined;
}

function sequenceNumbers(value: Json): ReadonlyMap<string, bigint> | undefined {
  if (value === null) return new Map();
  if (!isJsonObject(value)) return undefined;
  const numbers = new Map<string, bigint>();
  for (const [ordinal, written] of Object.entries(value)) {
    const number = uint64(written);
    if (number === undefined) return undefined;
    numbers.set(ordinal, number);
  }
  return numbers;
}
