import type { CorruptValue, DatastoreError } from "../errors.ts";
import { keyId, type ResourceKey } from "../resource.ts";
import type { SyncReport, SyncStatus } from "./outbox.ts";

/** How far the reading of one selection has come, and what stands in its way. */
export class Progress {
  status: SyncStatus = "wait";
  trouble: DatastoreError | undefined;
  #corrupt: ReadonlyMap<string, CorruptValue> = new Map();
  readonly #changed: () => void;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get corrupt(): readonly CorruptValue[] {
    return [...this.#corrupt.values()];
  }

  set(status: SyncStatus, trouble: DatastoreError | undefined): void {
    if (this.status === status && this.trouble?.message === trouble?.message) return;
    this.status = status;
    this.trouble = trouble;
    this.#changed();
  }

  setCorrupt(values: readonly CorruptValue[]): void {
    if (values.length === 0 && this.#corrupt.size === 0) return;
    this.#corrupt = new Map(values.map((value) => [value.place, value]));
    this.#changed();
  }

  addCorrupt(value: CorruptValue): void {
    this.setCorrupt([...this.corrupt, value]);
  }

  /** The value at a place, or of a key, can be read again, or is gone. */
  clear(cleared: { readonly place: string } | { readonly key: ResourceKey }): void {
    if (this.#corrupt.size === 0) return;
    const isCleared = (value: CorruptValue): boolean =>
      "place" in cleared
        ? value.place === cleared.place
        : value.key !== undefined && keyId(value.key) === keyId(cleared.key);
    const left = this.corrupt.filter((value) => !isCleared(value));
    if (left.length < this.#corrupt.size) this.setCorrupt(left);
  }
}

/** All in sync is in sync, all waiting is waiting, anything between is resync; as in Calico's syncer. */
export function summarize(parts: readonly Progress[]): SyncReport {
  const all = (status: SyncStatus): boolean => parts.every((part) => part.status === status);
  return {
    status: all("in-sync") ? "in-sync" : all("wait") ? "wait" : "resync",
    // In a file nobody can tell which selection an unreadable value would belong to: all of them report it.
    corrupt: [
      ...new Map(
        parts.flatMap((part) => part.corrupt.map((value) => [value.place, value] as const)),
      ).values(),
    ],
    trouble: parts.find((part) => part.trouble !== undefined)?.trouble,
  };
}
