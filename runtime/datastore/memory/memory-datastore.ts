import type { Datastore, Page, PageRequest, WatchEvent } from "../datastore.ts";
import { type CorruptValue, DatastoreError } from "../errors.ts";
import { differingFields, parseJson, printJson } from "../json.ts";
import {
  isSelected,
  keyId,
  keyOf,
  type Resource,
  type ResourceKey,
  readResource,
  type Selection,
  type Stored,
  withoutResourceVersion,
} from "../resource.ts";

interface Entry {
  readonly id: string;
  readonly key: ResourceKey;
  readonly version: number;
  /** JSON, so that nobody can change a resource through a reference to it. */
  readonly text: string;
}

interface Change {
  readonly revision: number;
  readonly key: ResourceKey;
  readonly before: Entry | undefined;
  readonly after: Entry | undefined;
}

const MOST_BYTES = 1_500_000;

/**
 * A datastore without a disk, with the history that etcd has: pages of one revision, watches from any revision that
 * has not been compacted. Also what etcd can suffer: `stop`, `start`, `compact`, `putRaw`.
 */
export class MemoryServer {
  readonly #entries = new Map<string, Entry>();
  #history: Change[] = [];
  #revision = 1;
  #oldest = 1;
  #up = true;
  #sorted: { readonly revision: number; readonly entries: readonly Entry[] } | undefined;
  readonly #listeners = new Set<() => void>();

  get revision(): number {
    return this.#revision;
  }

  stop(): void {
    this.#up = false;
    this.#notify();
  }

  start(): void {
    this.#up = true;
  }

  /** Forgets all history; watches and pages from before are gone. */
  compact(): void {
    this.#history = [];
    this.#oldest = this.#revision;
    this.#notify();
  }

  /** Stores any text under a key, as a broken client would. */
  putRaw(key: ResourceKey, text: string): void {
    this.write(key, text);
  }

  check(): void {
    if (!this.#up) throw new DatastoreError({ kind: "unreachable", reason: "the server is stopped" });
  }

  read(key: ResourceKey): Entry | undefined {
    return this.#entries.get(keyId(key));
  }

  write(key: ResourceKey, text: string | undefined): Entry | undefined {
    const revision = ++this.#revision;
    const before = this.read(key);
    const after = text === undefined ? undefined : { id: keyId(key), key, version: revision, text };
    if (after === undefined) this.#entries.delete(keyId(key));
    else this.#entries.set(keyId(key), after);
    this.#history.push({ revision, key, before, after });
    this.#notify();
    return after;
  }

  /** What was stored at a revision, by id: today's content with everything since taken back. */
  at(revision: number): readonly Entry[] {
    const changes = this.changesAfter(revision);
    // The pages of one list ask for one revision again and again.
    if (this.#sorted?.revision === revision) return this.#sorted.entries;
    const entries = new Map(this.#entries);
    for (const { key, before } of changes.toReversed()) {
      if (before === undefined) entries.delete(keyId(key));
      else entries.set(keyId(key), before);
    }
    const sorted = [...entries.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    this.#sorted = { revision, entries: sorted };
    return sorted;
  }

  changesAfter(revision: number): readonly Change[] {
    if (!(revision >= this.#oldest)) throw new DatastoreError({ kind: "gone", revision: `${revision}` });
    let first = this.#history.length;
    while (first > 0 && this.#history[first - 1]!.revision > revision) first--;
    return this.#history.slice(first);
  }

  /** Calls back once, at the next change, stop or compaction. */
  onChange(listener: () => void): void {
    this.#listeners.add(listener);
  }

  #notify(): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener();
  }
}

/** A client of a `MemoryServer`; several may share one. */
export class MemoryDatastore implements Datastore {
  readonly #server: MemoryServer;
  readonly #closed = new AbortController();

  constructor(server: MemoryServer) {
    this.#server = server;
  }

  async get(key: ResourceKey): Promise<Stored> {
    this.#server.check();
    return decodeOrThrow(this.#existing(key));
  }

  async list(selection: Selection, page: PageRequest = {}): Promise<Page> {
    this.#server.check();
    const space = page.continue?.indexOf(" ") ?? -1;
    const revision = space < 0 ? this.#server.revision : Number(page.continue?.slice(0, space));
    const last = page.continue?.slice(space + 1);
    const selected = this.#server
      .at(revision)
      .filter(({ id, key }) => isSelected(key, selection) && (last === undefined || id > last));
    const shown = selected.slice(0, page.limit ?? selected.length);
    const items: Stored[] = [];
    const corrupt: CorruptValue[] = [];
    for (const entry of shown) {
      const decoded = decode(entry);
      if ("reason" in decoded) corrupt.push(decoded);
      else items.push(decoded);
    }
    const more = shown.length < selected.length && shown.length > 0;
    return {
      items,
      corrupt,
      revision: `${revision}`,
      ...(more ? { next: `${revision} ${shown.at(-1)!.id}` } : {}),
    };
  }

  async create(resource: Resource): Promise<Stored> {
    this.#server.check();
    const key = keyOf(resource);
    const text = encode(key, resource);
    if (this.#server.read(key) !== undefined) throw new DatastoreError({ kind: "already-exists", key });
    return decodeOrThrow(this.#server.write(key, text)!);
  }

  async update(resource: Resource, resourceVersion: string): Promise<Stored> {
    this.#server.check();
    const key = keyOf(resource);
    const text = encode(key, resource);
    this.#demand(this.#existing(key), resourceVersion, text);
    return decodeOrThrow(this.#server.write(key, text)!);
  }

  async delete(key: ResourceKey, resourceVersion?: string): Promise<void> {
    this.#server.check();
    const entry = this.#existing(key);
    if (resourceVersion !== undefined) this.#demand(entry, resourceVersion, undefined);
    this.#server.write(key, undefined);
  }

  async *watch(selection: Selection, revision: string, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    let from = Number(revision);
    this.#server.check();
    this.#server.changesAfter(from);
    yield { kind: "bookmark", revision };
    while (!ended.aborted) {
      this.#server.check();
      const changes = this.#server.changesAfter(from);
      if (changes.length === 0) await this.#nextChange(ended);
      for (const change of changes) {
        if (ended.aborted) return;
        from = change.revision;
        if (isSelected(change.key, selection)) yield eventOf(change);
      }
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  #existing(key: ResourceKey): Entry {
    const entry = this.#server.read(key);
    if (entry === undefined) throw new DatastoreError({ kind: "not-found", key });
    return entry;
  }

  #demand(entry: Entry, expected: string, offered: string | undefined): void {
    if (`${entry.version}` === expected) return;
    const { key } = entry;
    const read = this.#textAt(key, Number(expected));
    const base = read ?? offered;
    throw new DatastoreError({
      kind: "conflict",
      key,
      expected,
      actual: `${entry.version}`,
      fields: base === undefined ? [] : differingFields(parseJson(base), parseJson(entry.text)),
      comparedWith: read === undefined ? "offered" : "read",
    });
  }

  #textAt(key: ResourceKey, revision: number): string | undefined {
    try {
      return this.#server.at(revision).find((entry) => keyId(entry.key) === keyId(key))?.text;
    } catch {
      return undefined;
    }
  }

  #nextChange(ended: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        ended.removeEventListener("abort", wake);
        resolve();
      };
      this.#server.onChange(wake);
      ended.addEventListener("abort", wake, { once: true });
      if (ended.aborted) wake();
    });
  }
}

function encode(key: ResourceKey, resource: Resource): string {
  const text = printJson(withoutResourceVersion(resource));
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_BYTES) throw new DatastoreError({ kind: "too-large", key, bytes });
  return text;
}

function decode({ key, version, text }: Entry): Stored | CorruptValue {
  const place = `memory:${keyId(key).replaceAll("\0", "/")}`;
  try {
    const read = readResource(parseJson(text));
    if (read.problem !== undefined) return { place, key, reason: read.problem };
    return { key, resourceVersion: `${version}`, resource: read.resource };
  } catch (error) {
    return { place, key, reason: error instanceof Error ? error.message : String(error) };
  }
}

function decodeOrThrow(entry: Entry): Stored {
  const decoded = decode(entry);
  if ("reason" in decoded) throw new DatastoreError({ kind: "corrupt", ...decoded });
  return decoded;
}

function eventOf({ revision, key, after }: Change): WatchEvent {
  if (after === undefined) return { kind: "delete", key, revision: `${revision}` };
  const decoded = decode(after);
  return "reason" in decoded
    ? { kind: "corrupt", value: decoded, revision: `${revision}` }
    : { kind: "upsert", stored: decoded, revision: `${revision}` };
}
