/**
 * Giving addresses of one block back, without any datastore. Sources: the sheets "Release" of components and
 * "IPAMBlock, BlockAffinity, IPAMHandle" of resources.
 */
import type { Json, JsonObject } from "../datastore/json.ts";
import type { Resource } from "../datastore/resource.ts";
import { type Attribute, type Block, comparableHandle, sequenceNumberOf } from "./block.ts";

/** An address to be given back, and what must be true of it, so that nobody loses what has become theirs since. */
export interface Claim {
  readonly ip: string;
  readonly handle?: string;
  readonly sequenceNumber?: bigint;
}

/** A claim in its block. */
export interface PlacedClaim extends Claim {
  readonly ordinal: number;
}

export interface Released {
  /** What is to be stored in place of the block; `undefined`: it is empty and nobody's, and shall go. */
  readonly resource: Resource | undefined;
  /** Handle → how many of its addresses were given back. */
  readonly handles: ReadonlyMap<string, number>;
  /** Addresses that were free already, or in their cooldown. */
  readonly notAllocated: readonly string[];
}

/** What a release of `claims` makes of the block; `refused` where one of them is not true, and then nothing is done. */
export function releaseFrom(
  block: Block,
  claims: readonly PlacedClaim[],
  cooldown: number,
  now: number,
): Released | { readonly refused: string } {
  const notAllocated: string[] = [];
  const handles = new Map<string, number>();
  const ordinals: number[] = [];
  for (const claim of claims) {
    const index = block.allocations[claim.ordinal] ?? null;
    const attribute = index === null ? undefined : block.attributes[index];
    if (index === null || attribute?.releasedAt !== undefined) {
      notAllocated.push(claim.ip);
      continue;
    }
    const refused = refusal(block, claim, attribute);
    if (refused !== undefined) return { refused };
    ordinals.push(claim.ordinal);
    const handle = attribute?.handle;
    if (handle !== undefined) handles.set(handle, (handles.get(handle) ?? 0) + 1);
  }
  const resource =
    ordinals.length === 0 ? block.stored.resource : withReleased(block, ordinals, cooldown, now);
  return { resource, handles, notAllocated };
}

/** Whether an address that was given back then may be given out again. `cooldown` in seconds, `now` in milliseconds. */
export function hasCooled(releasedAt: string, cooldown: number, now: number): boolean {
  return Date.parse(releasedAt) + Math.max(0, cooldown) * 1000 <= now;
}

function refusal(block: Block, claim: PlacedClaim, attribute: Attribute | undefined): string | undefined {
  const { ip, handle, sequenceNumber, ordinal } = claim;
  const holds = attribute?.handle ?? "";
  if (handle !== undefined && comparableHandle(handle) !== comparableHandle(holds))
    return `${ip} belongs to handle ${holds || "<none>"} now, not to ${handle}`;
  const now = sequenceNumberOf(block, ordinal);
  if (sequenceNumber !== undefined && sequenceNumber !== now)
    return `${ip} has been given out again: its sequence number is ${now}, not ${sequenceNumber}`;
  return undefined;
}

function withReleased(
  block: Block,
  ordinals: readonly number[],
  cooldown: number,
  now: number,
): Resource | undefined {
  const releasedAt = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const released = new Set(ordinals);
  const attributes: readonly JsonObject[] = [
    ...block.attributes.map(({ written }) => written),
    { releasedAt },
  ];
  const cooling = block.allocations.map((index, ordinal) =>
    released.has(ordinal) ? attributes.length - 1 : index,
  );
  const numbers = new Map(block.sequenceNumberForAllocation);
  for (const ordinal of released) numbers.set(`${ordinal}`, block.sequenceNumber);
  const ends = (index: number): boolean => {
    const since = attributes[index]?.releasedAt;
    return typeof since === "string" && hasCooled(since, cooldown, now);
  };
  const cooled = [...cooling.keys()].filter((ordinal) => ends(cooling[ordinal] ?? -1));
  const isFree = new Set(cooled);
  for (const ordinal of cooled) numbers.delete(`${ordinal}`);
  const allocations = cooling.map((index, ordinal) => (isFree.has(ordinal) ? null : index));
  if (allocations.every((index) => index === null) && block.affinity === undefined) return undefined;
  const kept = [...attributes.keys()].filter((index) => allocations.includes(index));
  const { resource } = block.stored;
  return {
    ...resource,
    spec: {
      ...(resource.spec as JsonObject),
      allocations: allocations.map((index) => (index === null ? null : kept.indexOf(index))),
      // At the end: an address that was given back is the last to be used again.
      unallocated: [...block.unallocated, ...cooled],
      attributes: kept.map((index): Json => attributes[index]!),
      sequenceNumber: BigInt.asUintN(64, block.sequenceNumber + 1n),
      sequenceNumberForAllocation: Object.fromEntries(numbers),
    },
  };
}
