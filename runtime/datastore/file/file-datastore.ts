import { randomBytes } from "node:crypto";
import { type FSWatcher, watch as watchDirectory } from "node:fs";
import { mkdir, realpath, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { removeFileDurably, writeFileDurably } from "../../host/durable-file.ts";
import type { Datastore, Page, PageRequest, WatchEvent } from "../datastore.ts";
import { DatastoreError } from "../errors.ts";
import { differingFields, printJson } from "../json.ts";
import {
  isSelected,
  keyId,
  keyOf,
  type Resource,
  type ResourceKey,
  type Selection,
  type Stored,
} from "../resource.ts";
import { type Found, parseFile, storedOf } from "./documents.ts";
import { withDocument, withRemoved, withReplaced } from "./edits.ts";
import { concerns, History } from "./history.ts";
import { DirectoryLock } from "./lock.ts";
import { newFileFor } from "./new-file.ts";
import { type Snapshot, Tree } from "./tree.ts";

export interface FileOptions {
  /** Changes that a watch may lag behind or be resumed over; 10,000 unless set. */
  readonly history?: number;
}

/** What etcd takes, so that what is kept in files can move there. */
const MOST_BYTES = 1_500_000;
/** Milliseconds for an editor to finish a file after the first sign of a change. */
const SETTLING = 50;
/** At least this long between two looks without any sign, for file systems that give none. */
const POLLING = 1000;

/**
 * A directory of YAML and JSON files, as people keep them. The resourceVersion is a digest of the content. Edits by
 * this class are atomic and under a lock; edits by people are seen as they save. A revision is only good within one
 * `FileDatastore`: for another one it is gone.
 */
export class FileDatastore implements Datastore {
  readonly #directory: string;
  readonly #tree: Tree;
  readonly #lock: DirectoryLock;
  readonly #history: History;
  readonly #closed = new AbortController();
  #looking: Promise<unknown> = Promise.resolve();
  #waiting: Promise<Snapshot> | undefined;
  #wake = Promise.withResolvers<void>();

  constructor(directory: string, { history = 10_000 }: FileOptions = {}) {
    this.#directory = resolve(directory);
    this.#tree = new Tree(this.#directory);
    this.#lock = new DirectoryLock(this.#directory);
    this.#history = new History(randomBytes(6).toString("hex"), history);
  }

  async get(key: ResourceKey): Promise<Stored> {
    return withoutPlace(existing(await this.#read(), key));
  }

  async list(selection: Selection, page: PageRequest = {}): Promise<Page> {
    const space = page.continue?.indexOf(" ") ?? -1;
    const current = await this.#read();
    const revision = page.continue?.slice(0, space) ?? this.#history.revision;
    const snapshot = page.continue === undefined ? current : this.#history.at(revision);
    const after = page.continue?.slice(space + 1);
    const items: Stored[] = [];
    let next: string | undefined;
    for (const [id, found] of snapshot.resources) {
      if (!isSelected(found.key, selection) || (after !== undefined && id <= after)) continue;
      if (items.length === page.limit) {
        next = `${revision} ${keyId(items.at(-1)!.key)}`;
        break;
      }
      items.push(withoutPlace(found));
    }
    const corrupt = page.continue === undefined ? snapshot.corrupt : [];
    return { items, corrupt, revision, ...(next === undefined ? {} : { next }) };
  }

  create(resource: Resource): Promise<Stored> {
    return this.#write(async (snapshot) => {
      const stored = checked(resource);
      const { key } = stored;
      if (snapshot.resources.has(keyId(key))) throw new DatastoreError({ kind: "already-exists", key });
      const file = newFileFor(key);
      await this.#save(file, withDocument(file, snapshot.texts.get(file), stored.resource), stored);
      return stored;
    });
  }

  async update(resource: Resource, resourceVersion: string): Promise<Stored> {
    const stored = checked(resource);
    // Without the lock first: a conflict is one, whatever happens meanwhile.
    demand(existing(await this.#read(), stored.key), resourceVersion, resource);
    return this.#write(async (snapshot) => {
      const found = existing(snapshot, stored.key);
      demand(found, resourceVersion, resource);
      // What changes nothing leaves the file alone, comments and all.
      if (found.resourceVersion !== stored.resourceVersion)
        await this.#save(
          found.file,
          withReplaced(snapshot.texts.get(found.file) ?? "", found, stored.resource),
          stored,
        );
      return stored;
    });
  }

  delete(key: ResourceKey, resourceVersion?: string): Promise<void> {
    return this.#write(async (snapshot) => {
      const first = existing(snapshot, key);
      if (resourceVersion !== undefined) demand(first, resourceVersion, undefined);
      // Its copies, too: another would come in its place.
      let now = snapshot;
      for (let found: Found | undefined = first; found !== undefined; found = now.resources.get(keyId(key))) {
        const left = withRemoved(now.texts.get(found.file) ?? "", found);
        now = await (left === "" ? this.#remove(found.file) : this.#save(found.file, left, undefined));
      }
    });
  }

  async *watch(selection: Selection, revision: string, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    let from = revision;
    const signs = new ChangeSigns(this.#directory, ended);
    try {
      await this.#read();
      this.#history.changesAfter(from);
      yield { kind: "bookmark", revision };
      while (!ended.aborted) {
        const woken = this.#wake.promise;
        for (const change of this.#history.changesAfter(from)) {
          if (ended.aborted) return;
          from = change.revision;
          yield concerns(change, selection) ? change : { kind: "bookmark", revision: from };
        }
        if (this.#wake.promise !== woken) continue;
        if (await signs.next(woken)) await this.#read();
      }
    } finally {
      signs.close();
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#wake.resolve();
  }

  /** The directory as it is after this call; all who ask while it is being looked at share the next look. */
  #read(): Promise<Snapshot> {
    this.#waiting ??= this.#inTurn(() => {
      this.#waiting = undefined;
      return this.#tree.read();
    });
    return this.#waiting;
  }

  /** Looks one after the other, and takes what has changed into the history. */
  #inTurn(look: () => Snapshot | Promise<Snapshot>): Promise<Snapshot> {
    const run = async (): Promise<Snapshot> => {
      try {
        const snapshot = await look();
        if (this.#history.add(snapshot)) {
          this.#wake.resolve();
          this.#wake = Promise.withResolvers();
        }
        return snapshot;
      } catch (error) {
        throw translate(error, this.#directory);
      }
    };
    const looking = this.#looking.then(run, run);
    this.#looking = looking;
    return looking;
  }

  async #write<T>(task: (snapshot: Snapshot) => Promise<T>): Promise<T> {
    try {
      return await this.#lock.run(async () => task(await this.#read()));
    } catch (error) {
      throw translate(error, this.#directory);
    }
  }

  /** Writes a file that must then hold `stored`. */
  async #save(file: string, text: string, stored: Stored | undefined): Promise<Snapshot> {
    if (stored !== undefined) {
      const read = parseFile(file, text).found.find(({ key }) => keyId(key) === keyId(stored.key));
      if (read?.resourceVersion !== stored.resourceVersion)
        throw new TypeError(`${file} would not hold what was to be written`);
    }
    const path = join(this.#directory, file);
    await mkdir(dirname(path), { recursive: true });
    // A link stays one: what it leads to is written.
    const real = await realpath(path).catch(() => path);
    const mode = await stat(real).then(
      (info) => info.mode & 0o777,
      () => 0o644,
    );
    await writeFileDurably(real, text, mode);
    return this.#inTurn(() => this.#tree.readOne(file));
  }

  async #remove(file: string): Promise<Snapshot> {
    await removeFileDurably(join(this.#directory, file));
    return this.#inTurn(() => this.#tree.readOne(file));
  }
}

/** Says when it is worth to look at a directory again. */
class ChangeSigns {
  readonly #watcher: FSWatcher | undefined;
  readonly #ended: AbortSignal;
  #sign = Promise.withResolvers<void>();

  constructor(directory: string, ended: AbortSignal) {
    this.#ended = ended;
    try {
      this.#watcher = watchDirectory(directory, { recursive: true }, () => this.#sign.resolve());
      // Polling goes on without it.
      this.#watcher.on("error", () => undefined);
    } catch {
      this.#watcher = undefined;
    }
  }

  /** Waits for a sign, or for `other`; says whether the directory may have changed. */
  async next(other: Promise<void>): Promise<boolean> {
    const over = new AbortController();
    const signal = AbortSignal.any([this.#ended, over.signal]);
    const pause = (milliseconds: number): Promise<true> =>
      delay(milliseconds, true as const, { signal }).catch(() => true);
    try {
      const seen = await Promise.race([
        this.#sign.promise.then(() => "sign" as const),
        pause(POLLING).then(() => "time" as const),
        other.then(() => "other" as const),
      ]);
      if (seen === "sign") {
        await pause(SETTLING);
        this.#sign = Promise.withResolvers();
      }
      return seen !== "other";
    } finally {
      over.abort();
    }
  }

  close(): void {
    this.#watcher?.close();
  }
}

function checked(resource: Resource): Stored {
  const bytes = Buffer.byteLength(printJson(resource));
  const key = keyOf(resource);
  if (bytes > MOST_BYTES) throw new DatastoreError({ kind: "too-large", key, bytes });
  return storedOf(resource);
}

function existing({ resources }: Snapshot, key: ResourceKey): Found {
  const found = resources.get(keyId(key));
  if (found === undefined) throw new DatastoreError({ kind: "not-found", key });
  return found;
}

function demand(found: Found, expected: string, offered: Resource | undefined): void {
  if (found.resourceVersion === expected) return;
  throw new DatastoreError({
    kind: "conflict",
    key: found.key,
    expected,
    actual: found.resourceVersion,
    fields: offered === undefined ? [] : differingFields(offered, found.resource),
    comparedWith: "offered",
  });
}

function withoutPlace({ key, resourceVersion, resource }: Found): Stored {
  return { key, resourceVersion, resource };
}

function translate(error: unknown, directory: string): unknown {
  if (error instanceof DatastoreError || !(error instanceof Error)) return error;
  const code = "code" in error ? error.code : undefined;
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return new DatastoreError({ kind: "unauthorized", reason: error.message }, { cause: error });
  if (typeof code === "string")
    return new DatastoreError(
      { kind: "unreachable", reason: `${directory}: ${error.message}` },
      { cause: error },
    );
  return error;
}
