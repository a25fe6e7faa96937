import type { JsonObject } from "../../../../runtime/datastore/json.ts";

export interface Entry {
  /** `group/plural/namespace/name`, without the namespace where there is none. */
  readonly path: string;
  readonly revision: number;
  /** Without resourceVersion. */
  readonly object: JsonObject;
}

export interface Change {
  readonly revision: number;
  readonly path: string;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

/** What etcd is for an API server: one counter for all objects, and a history that can be compacted. */
export class Storage {
  readonly #entries = new Map<string, Entry>();
  #history: Change[] = [];
  #revision = 1;
  #oldest = 1;
  #sorted: { readonly key: string; readonly entries: readonly Entry[] } | undefined;
  readonly #listeners = new Set<() => void>();

  get revision(): number {
    return this.#revision;
  }

  get oldest(): number {
    return this.#oldest;
  }

  read(path: string): Entry | undefined {
    return this.#entries.get(path);
  }

  write(path: string, object: JsonObject | undefined): Entry | undefined {
    const revision = ++this.#revision;
    const before = this.#entries.get(path);
    const after = object === undefined ? undefined : { path, revision, object };
    if (after === undefined) this.#entries.delete(path);
    else this.#entries.set(path, after);
    this.#history.push({ revision, path, before, after });
    this.#wake();
    return after;
  }

  /** Forgets all history. */
  compact(): void {
    this.#history = [];
    this.#oldest = this.#revision;
    this.#wake();
  }

  /** What was there at a revision that is not compacted, below a prefix, sorted by path as etcd does. */
  at(revision: number, prefix: string): readonly Entry[] {
    const key = `${revision} ${this.#oldest} ${prefix}`;
    if (this.#sorted?.key === key) return this.#sorted.entries;
    const entries = new Map(this.#entries);
    for (const { path, before } of this.changesAfter(revision).toReversed())
      if (before === undefined) entries.delete(path);
      else entries.set(path, before);
    const sorted = [...entries.values()]
      .filter(({ path }) => path.startsWith(prefix))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
    this.#sorted = { key, entries: sorted };
    return sorted;
  }

  changesAfter(revision: number): readonly Change[] {
    let first = this.#history.length;
    while (first > 0 && this.#history[first - 1]!.revision > revision) first--;
    return this.#history.slice(first);
  }

  /** Resolves at the next change or compaction, or when the signal aborts. */
  next(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#listeners.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#listeners.add(wake);
      signal.addEventListener("abort", wake, { once: true });
      if (signal.aborted) wake();
    });
  }

  #wake(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
