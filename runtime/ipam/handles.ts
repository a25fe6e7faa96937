/** Handles: how many addresses of which blocks an owner has (resource IPAMHandle). */
import type { Datastore } from "../datastore/datastore.ts";
import { problemOf } from "../datastore/errors.ts";
import { type JsonObject, objectOf } from "../datastore/json.ts";
import type { Resource } from "../datastore/resource.ts";
import { ATTEMPTS, find, ipamKey, specOf } from "./objects.ts";

/**
 * Takes `count` addresses of a block off a handle, which goes with its last. A handle that is not there, or does not
 * know the block, is left alone: the blocks say whose an address is. Throws DatastoreError.
 */
export async function decrementHandle(
  datastore: Datastore,
  handle: string,
  cidr: string,
  count: number,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const stored = await find(datastore, ipamKey("IPAMHandle", handle));
    const changed = stored && withFewer(stored.resource, cidr, count);
    if (stored === undefined || changed === stored.resource) return;
    try {
      if (changed === undefined) await datastore.delete(stored.key, stored.resourceVersion);
      else await datastore.update(changed, stored.resourceVersion);
      return;
    } catch (error) {
      const problem = problemOf(error)?.kind;
      if (problem === "not-found") return;
      if (problem !== "conflict" || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The handle itself where nothing changes, `undefined` where nothing is left of it. */
function withFewer(handle: Resource, cidr: string, count: number): Resource | undefined {
  const spec = specOf(handle);
  const blocks: JsonObject = objectOf(spec.block);
  const { [cidr]: held, ...others } = blocks;
  if (typeof held !== "number") return handle;
  if (held > count) return { ...handle, spec: { ...spec, block: { ...blocks, [cidr]: held - count } } };
  return Object.keys(others).length === 0 ? undefined : { ...handle, spec: { ...spec, block: others } };
}
