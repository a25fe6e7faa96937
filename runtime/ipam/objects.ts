/** The allocator's objects in a datastore. */
import { type Cidr, cidrOf, compareCidr, formatCidr, type Ip } from "../../compiler/index.ts";
import type { Datastore } from "../datastore/datastore.ts";
import type { CorruptValue } from "../datastore/errors.ts";
import { findStored } from "../datastore/find-stored.ts";
import { type JsonObject, objectOf } from "../datastore/json.ts";
import { CALICO_API_VERSION } from "../datastore/kinds.ts";
import type { ResourceKey, Stored } from "../datastore/resource.ts";
import { type Block, readBlock } from "./block.ts";

/** Requests wait for the datastore most of their time; more than this would only queue up there. */
export const REQUESTS_AT_ONCE = 16;

/** Calico's bound on repetitions of a write that others keep changing. */
export const ATTEMPTS = 100;

export function ipamKey(kind: string, name: string): ResourceKey {
  return { apiVersion: CALICO_API_VERSION, kind, namespace: "", name };
}

/** All of a kind of Calico; corrupt values are told apart. Throws DatastoreError. */
export async function listKind(
  datastore: Datastore,
  kind: string,
): Promise<{ readonly items: readonly Stored[]; readonly corrupt: readonly CorruptValue[] }> {
  const { items, corrupt } = await datastore.list({ apiVersion: CALICO_API_VERSION, kind });
  return { items: items.filter(({ resource }) => !isBeingDeleted(specOf(resource))), corrupt };
}

/** A deletion that takes two steps has had its first: for everybody else the object has gone. */
function isBeingDeleted({ deleted }: JsonObject): boolean {
  return deleted === true || deleted === "true";
}

/** `undefined` where it does not exist. */
export async function find(datastore: Datastore, key: ResourceKey): Promise<Stored | undefined> {
  const stored = await findStored(datastore, key);
  return stored === undefined || isBeingDeleted(specOf(stored.resource)) ? undefined : stored;
}

/** Each place once: a value of which a directory cannot say what it is turns up in the list of every kind. */
export function distinctPlaces(...lists: readonly (readonly CorruptValue[])[]): readonly CorruptValue[] {
  return [...new Map(lists.flat().map((value) => [value.place, value])).values()];
}

export interface Blocks {
  readonly blocks: readonly Block[];
  /** Values that cannot be read as blocks. */
  readonly unreadable: readonly CorruptValue[];
}

/** By network. */
export async function listBlocks(datastore: Datastore): Promise<Blocks> {
  const { items, corrupt } = await listKind(datastore, "IPAMBlock");
  const blocks: Block[] = [];
  const unreadable = [...corrupt];
  for (const stored of items) {
    const block = readBlock(stored);
    if ("problem" in block)
      unreadable.push({ place: `IPAMBlock ${stored.key.name}`, key: stored.key, reason: block.problem });
    else blocks.push(block);
  }
  return { blocks: blocks.sort((a, b) => compareCidr(a.cidr, b.cidr)), unreadable };
}

/** Finds the block that an address is in. */
export function blockFinder(blocks: readonly Block[]): (ip: Ip) => Block | undefined {
  const byCidr = new Map(blocks.map((block) => [formatCidr(block.cidr), block]));
  // Pools choose the size of their blocks, so there are few different ones.
  const lengths = { 4: new Set<number>(), 6: new Set<number>() };
  for (const { cidr } of blocks) lengths[cidr.version].add(cidr.length);
  return (ip) => {
    for (const length of lengths[ip.version]) {
      const block = byCidr.get(formatCidr(cidrOf(ip, length)));
      if (block !== undefined) return block;
    }
    return undefined;
  };
}

export function ordinalIn(cidr: Cidr, ip: Ip): number {
  return Number(BigInt(ip.value) - BigInt(cidr.value));
}

export function specOf({ spec }: JsonObject): JsonObject {
  return objectOf(spec);
}
