/**
 * The contract of a datastore: where a cluster's resources are, read and written one at a time with
 * compare-and-swap, listed in pages, and watched. `tests/datastore/contract.ts` holds every implementation to it.
 *
 * All methods throw `DatastoreError` and nothing else. A *revision* is a point in the history of the whole
 * datastore, opaque, and only good for `watch` and for pages of one list; a *resourceVersion* belongs to one resource.
 */
import type { CorruptValue } from "./errors.ts";
import type { Resource, ResourceKey, Selection, Stored } from "./resource.ts";

export interface Datastore {
  /** Throws not-found, or corrupt. */
  get(key: ResourceKey): Promise<Stored>;
  /**
   * One page, sorted by the text `namespace/name` (objects of IPAM: as the datastore likes). All pages show the same
   * revision; when that is no longer there the next page throws gone, and the list has to be started again.
   */
  list(selection: Selection, page?: PageRequest): Promise<Page>;
  /** Throws already-exists, also over a corrupt value. */
  create(resource: Resource): Promise<Stored>;
  /** Replaces the resource if its stored version is still `resourceVersion`; else throws conflict or not-found. */
  update(resource: Resource, resourceVersion: string): Promise<Stored>;
  /** With a version only that one is deleted, without one whatever is stored, corrupt values too. */
  delete(key: ResourceKey, resourceVersion?: string): Promise<void>;
  /**
   * All changes after `revision` (of a page, or of an event), in order, none left out, until `signal` aborts; then it
   * ends without an error. The first event is a bookmark: it says that the watch has begun. Throws gone when the history is not complete any more, unreachable when the connection
   * breaks: the caller goes on from the revision of its last event. A slow reader costs memory of bounded size.
   */
  watch(selection: Selection, revision: string, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** Ends watches and frees connections. */
  close(): Promise<void>;
}

export interface PageRequest {
  /** At most this many values, 1 or more; absent: all. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly continue?: string;
}

export interface Page {
  readonly items: readonly Stored[];
  readonly corrupt: readonly CorruptValue[];
  /** The revision that all pages of this list show: watch from here. */
  readonly revision: string;
  /** Absent on the last page. A page may be empty and not the last. */
  readonly next?: string;
}

/** `revision`: what is to be given to `watch` once this event has been dealt with. */
export type WatchEvent =
  | { readonly kind: "upsert"; readonly stored: Stored; readonly revision: string }
  | { readonly kind: "delete"; readonly key: ResourceKey; readonly revision: string }
  | { readonly kind: "corrupt"; readonly value: CorruptValue; readonly revision: string }
  /** A value that could not be read has gone, and no resource with it. */
  | { readonly kind: "cleared"; readonly place: string; readonly revision: string }
  /** Nothing has changed up to this revision. */
  | { readonly kind: "bookmark"; readonly revision: string };
