import { formatCidr, type Ip, parseIp } from "../../compiler/index.ts";
import { mapAtOnce } from "../at-once.ts";
import type { Datastore } from "../datastore/datastore.ts";
import { problemOf } from "../datastore/errors.ts";
import { type Block, readBlock } from "./block.ts";
import { readConfiguration } from "./configuration.ts";
import { decrementHandle } from "./handles.ts";
import { ATTEMPTS, blockFinder, find, listBlocks, ordinalIn, REQUESTS_AT_ONCE } from "./objects.ts";
import { type Claim, type PlacedClaim, releaseFrom } from "./release.ts";

export interface ReleaseResult {
  readonly released: readonly string[];
  /** Free already, in their cooldown, or of no block. */
  readonly notAllocated: readonly string[];
  /** Why blocks were left as they are, one text each: a claim was not true, or others keep writing. */
  readonly refused: readonly string[];
}

/**
 * Gives addresses back, each block with one compare-and-swap, and then takes them off their handles. A block of which
 * one claim is not true stays as it is. Throws DatastoreError; what was released until then stays released.
 */
export async function releaseAddresses(
  datastore: Datastore,
  claims: readonly Claim[],
  now: number,
): Promise<ReleaseResult> {
  const { ipCooldownSeconds: cooldown } = await readConfiguration(datastore);
  const { blocks, unreadable } = await listBlocks(datastore);
  const notAllocated: string[] = [];
  const placed = [...byBlock(blocks, claims, notAllocated)];
  const results = await mapAtOnce(REQUESTS_AT_ONCE, placed, async ([block, those]) => {
    const cidr = formatCidr(block.cidr);
    const result = await releaseInBlock(datastore, block, those, cooldown, now);
    if ("refused" in result) return { refused: `block ${cidr}: ${result.refused}` };
    for (const [handle, count] of result.handles) await decrementHandle(datastore, handle, cidr, count);
    const free = new Set(result.notAllocated);
    return { released: those.map(({ ip }) => ip).filter((ip) => !free.has(ip)), free };
  });
  const released: string[] = [];
  const refused: string[] = [];
  for (const result of results) {
    if (result.refused !== undefined) refused.push(result.refused);
    else {
      released.push(...result.released);
      notAllocated.push(...result.free);
    }
  }
  // An address may be in a block that cannot be read.
  if (notAllocated.length > 0)
    refused.push(...unreadable.map(({ place, reason }) => `${place} cannot be read: ${reason}`));
  return { released, notAllocated, refused };
}

/** Each address once; those of no block are added to `outside`. */
function byBlock(
  blocks: readonly Block[],
  claims: readonly Claim[],
  outside: string[],
): ReadonlyMap<Block, readonly PlacedClaim[]> {
  const placed = new Map<Block, PlacedClaim[]>();
  const blockOf = blockFinder(blocks);
  const seen = new Set<string>();
  for (const claim of claims) {
    const ip: Ip | undefined = parseIp(claim.ip);
    const block = ip && blockOf(ip);
    if (seen.has(claim.ip)) continue;
    seen.add(claim.ip);
    if (ip === undefined || block === undefined) {
      outside.push(claim.ip);
      continue;
    }
    const together = placed.get(block) ?? [];
    together.push({ ...claim, ordinal: ordinalIn(block.cidr, ip) });
    placed.set(block, together);
  }
  return placed;
}

async function releaseInBlock(
  datastore: Datastore,
  first: Block,
  claims: readonly PlacedClaim[],
  cooldown: number,
  now: number,
): Promise<ReturnType<typeof releaseFrom>> {
  let block = first;
  for (let attempt = 1; ; attempt++) {
    const result = releaseFrom(block, claims, cooldown, now);
    const { key, resource, resourceVersion } = block.stored;
    if ("refused" in result || result.resource === resource) return result;
    try {
      if (result.resource === undefined) await datastore.delete(key, resourceVersion);
      else await datastore.update(result.resource, resourceVersion);
      return result;
    } catch (error) {
      const problem = problemOf(error)?.kind;
      if (problem !== "conflict" && problem !== "not-found") throw error;
      if (attempt === ATTEMPTS) return { refused: "it is changed by others all the time" };
    }
    const stored = await find(datastore, key);
    const again = stored && readBlock(stored);
    if (again === undefined)
      return { resource, handles: new Map(), notAllocated: claims.map(({ ip }) => ip) };
    if ("problem" in again) return { refused: again.problem };
    block = again;
  }
}
