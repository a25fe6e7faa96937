import type { WatchEvent } from "../datastore.ts";
import { DatastoreError } from "../errors.ts";
import { isSelected, type Selection } from "../resource.ts";
import type { Snapshot } from "./tree.ts";

type Change = Exclude<WatchEvent, { readonly kind: "bookmark" }>;

/** A directory has no history, so it is kept while it is seen to change, by one process, as far back as `length`. */
export class History {
  readonly #length: number;
  /** Revisions of another process mean nothing here. */
  readonly #name: string;
  #changes: Change[] = [];
  #newest = 0;
  #snapshots = new Map<string, Snapshot>();
  #current: Snapshot | undefined;

  constructor(name: string, length: number) {
    this.#name = name;
    this.#length = length;
  }

  get revision(): string {
    return `${this.#name}.${this.#newest}`;
  }

  /** Takes in what the directory holds now; says whether it is something new. */
  add(snapshot: Snapshot): boolean {
    const before = this.#current;
    if (before === snapshot) return false;
    this.#current = snapshot;
    const changes = before === undefined ? [] : differences(before, snapshot);
    for (const change of changes)
      this.#changes.push({ ...change, revision: `${this.#name}.${++this.#newest}` });
    this.#changes = this.#changes.slice(-this.#length);
    this.#snapshots.set(this.revision, snapshot);
    // Lists that are still being paged through.
    for (const old of [...this.#snapshots.keys()].slice(0, -MOST_SNAPSHOTS)) this.#snapshots.delete(old);
    return changes.length > 0;
  }

  /** What was there at a revision, if a list may still be paged through it. Throws gone. */
  at(revision: string): Snapshot {
    // Who lists in order to watch would only be told so after the last page.
    this.changesAfter(revision);
    const snapshot = this.#snapshots.get(revision);
    if (snapshot === undefined) throw new DatastoreError({ kind: "gone", revision });
    return snapshot;
  }

  /** Throws gone. */
  changesAfter(revision: string): readonly Change[] {
    const [name, number] = revision.split(".");
    const missed = this.#newest - Number(number);
    if (name !== this.#name || !(missed >= 0 && missed <= this.#changes.length))
      throw new DatastoreError({ kind: "gone", revision });
    return missed === 0 ? [] : this.#changes.slice(-missed);
  }
}

const MOST_SNAPSHOTS = 8;

/** Whether a change belongs to a selection. Of a text that cannot be read nobody knows what it should have been. */
export function concerns(change: WatchEvent, selection: Selection): boolean {
  switch (change.kind) {
    case "upsert":
      return isSelected(change.stored.key, selection);
    case "delete":
      return isSelected(change.key, selection);
    case "corrupt":
    case "cleared":
    case "bookmark":
      return true;
  }
}

type WithoutRevision<C> = C extends Change ? Omit<C, "revision"> : never;
type Unnumbered = WithoutRevision<Change>;

function differences(before: Snapshot, after: Snapshot): readonly Unnumbered[] {
  const changes: Unnumbered[] = [];
  for (const [id, { key }] of before.resources)
    if (!after.resources.has(id)) changes.push({ kind: "delete", key });
  for (const [id, { key, resource, resourceVersion }] of after.resources)
    if (before.resources.get(id)?.resourceVersion !== resourceVersion)
      changes.push({ kind: "upsert", stored: { key, resource, resourceVersion } });
  const places = (snapshot: Snapshot): Map<string, string> =>
    new Map(snapshot.corrupt.map(({ place, reason }) => [place, reason]));
  const [old, now] = [places(before), places(after)];
  for (const place of old.keys()) if (!now.has(place)) changes.push({ kind: "cleared", place });
  for (const value of after.corrupt)
    if (old.get(value.place) !== value.reason) changes.push({ kind: "corrupt", value });
  return changes;
}
