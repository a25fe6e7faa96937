import type { CorruptValue, DatastoreError } from "../errors.ts";
import { isSelected, keyId, type ResourceKey, type Selection, type Stored } from "../resource.ts";

/** `wait`: no contact with the datastore; `resync`: its content is being read; `in-sync`: all of it has been given. */
export type SyncStatus = "wait" | "resync" | "in-sync";

export interface SyncReport {
  readonly status: SyncStatus;
  /** Values that were left out because they cannot be read. Not empty = degraded. */
  readonly corrupt: readonly CorruptValue[];
  /** What has gone wrong last and has not been overcome. */
  readonly trouble: DatastoreError | undefined;
}

export type SyncUpdate =
  | { readonly kind: "upsert"; readonly stored: Stored }
  | { readonly kind: "delete"; readonly key: ResourceKey };

export type SyncEvent =
  | ({ readonly kind: "status" } & SyncReport)
  | { readonly kind: "updates"; readonly updates: readonly SyncUpdate[] };

interface Pending {
  readonly sequence: number;
  readonly update: SyncUpdate;
}

/** As in Calico's syncer, sheet "Syncer contract". */
const MOST_UPDATES_AT_ONCE = 1000;

/**
 * What the consumer has still to be told: the difference between what it has been given and what the datastore
 * holds, by key. A key that changes again before the consumer takes it keeps its place and its last state, so a slow
 * consumer costs one entry per key, and never sees the same version twice.
 */
export class Outbox {
  readonly #limit: number;
  readonly #pending = new Map<string, Pending>();
  readonly #given = new Map<string, { readonly key: ResourceKey; readonly resourceVersion: string }>();
  #sequence = 0;
  #report: SyncReport | undefined;
  /** The report to be given after all updates up to `barrier`. */
  #next: { readonly report: SyncReport; readonly barrier: number } | undefined;

  /** `limit`: how many keys may wait before `isFull` asks the producer to pause. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get isFull(): boolean {
    return this.#pending.size >= this.#limit;
  }

  upsert(stored: Stored): void {
    const id = keyId(stored.key);
    if (this.#given.get(id)?.resourceVersion === stored.resourceVersion) this.#pending.delete(id);
    else this.#put(id, { kind: "upsert", stored });
  }

  remove(key: ResourceKey): void {
    const id = keyId(key);
    if (this.#given.has(id)) this.#put(id, { kind: "delete", key });
    else this.#pending.delete(id);
  }

  /** Removes what the selection has no longer; `present` holds the ids of all that it has. */
  removeOthers(selection: Selection, present: ReadonlySet<string>): void {
    const gone: ResourceKey[] = [];
    const look = (id: string, key: ResourceKey): void => {
      if (isSelected(key, selection) && !present.has(id)) gone.push(key);
    };
    for (const [id, { key }] of this.#given) look(id, key);
    for (const [id, { update }] of this.#pending) if (update.kind === "upsert") look(id, update.stored.key);
    for (const key of gone) this.remove(key);
  }

  report(report: SyncReport): void {
    const sameStatus = this.#next?.report.status === report.status;
    this.#next = { report, barrier: sameStatus ? this.#next!.barrier : this.#sequence };
  }

  /** The next event, or `undefined` when the consumer knows everything. */
  take(): SyncEvent | undefined {
    if (this.#report === undefined) return this.#say({ status: "wait", corrupt: [], trouble: undefined });
    const first = this.#pending.values().next().value;
    const barrier = this.#next?.barrier ?? Number.POSITIVE_INFINITY;
    if (first !== undefined && first.sequence <= barrier) {
      // No update is given while the consumer believes that there is no datastore.
      if (this.#report.status === "wait") return this.#say({ ...this.#report, status: "resync" });
      return { kind: "updates", updates: this.#takeUpdates(barrier) };
    }
    if (this.#next === undefined) return undefined;
    const { report } = this.#next;
    if (this.#report.status === "wait" && report.status === "in-sync")
      return this.#say({ ...report, status: "resync" });
    this.#next = undefined;
    return this.#say(report);
  }

  #put(id: string, update: SyncUpdate): void {
    const sequence = this.#pending.get(id)?.sequence ?? ++this.#sequence;
    this.#pending.set(id, { sequence, update });
  }

  #takeUpdates(barrier: number): readonly SyncUpdate[] {
    const updates: SyncUpdate[] = [];
    for (const [id, { sequence, update }] of this.#pending) {
      if (sequence > barrier || updates.length === MOST_UPDATES_AT_ONCE) break;
      updates.push(update);
      this.#pending.delete(id);
      if (update.kind === "delete") this.#given.delete(id);
      else {
        const { key, resourceVersion } = update.stored;
        this.#given.set(id, { key, resourceVersion });
      }
    }
    return updates;
  }

  #say(report: SyncReport): SyncEvent {
    this.#report = report;
    return { kind: "status", ...report };
  }
}
