import type { Datastore } from "./datastore.ts";
import { problemOf } from "./errors.ts";
import type { ResourceKey, Stored } from "./resource.ts";

/** `undefined` where there is none. Throws DatastoreError for every other problem. */
export async function findStored(datastore: Datastore, key: ResourceKey): Promise<Stored | undefined> {
  try {
    return await datastore.get(key);
  } catch (error) {
    if (problemOf(error)?.kind === "not-found") return undefined;
    throw error;
  }
}
