/**
 * List and watch of several selections as one stream that only ever tells differences. The first event is the status
 * `wait`; updates come while the status is `resync` or `in-sync`; `in-sync` comes after everything that the datastore
 * held. Later the status may go back, and the updates after it are still differences.
 * Source of the rules and times: the sheet "Syncer contract".
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Datastore, WatchEvent } from "../datastore.ts";
import { DatastoreError } from "../errors.ts";
import { keyId, type Selection } from "../resource.ts";
import { Outbox, type SyncEvent } from "./outbox.ts";
import { Progress, summarize } from "./progress.ts";

export interface SyncOptions {
  readonly signal: AbortSignal;
  /** Keys that may wait for the consumer before reading pauses. */
  readonly buffer?: number;
  readonly pageSize?: number;
  /** Milliseconds between attempts after a failure, and at least between two lists of one selection. */
  readonly retryAfter?: number;
  /** Milliseconds without contact after which `in-sync` is no longer true. */
  readonly staleAfter?: number;
}

const DEFAULTS = { buffer: 10_000, pageSize: 2000, retryAfter: 1000, staleAfter: 600_000 };

/**
 * Follows `selections`, which must not overlap, until the signal aborts. Trouble with the datastore is reported in
 * the status and overcome by trying again; the stream is only ended by a selection that the datastore cannot hold
 * (invalid), and by errors that no datastore may throw.
 */
export async function* sync(
  datastore: Datastore,
  selections: readonly Selection[],
  options: SyncOptions,
): AsyncGenerator<SyncEvent, void, undefined> {
  const settings = { ...DEFAULTS, ...options };
  const outbox = new Outbox(settings.buffer);
  const bell = new Bell();
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  signal.addEventListener("abort", () => bell.ring());
  const parts = selections.map(
    (): Progress =>
      new Progress(() => {
        outbox.report(summarize(parts));
        bell.ring();
      }),
  );
  let mistake: { readonly error: unknown } | undefined;
  const followers = selections.map((selection, i) =>
    new Follower(datastore, selection, parts[i]!, outbox, bell, { ...settings, signal })
      .run()
      .catch((error) => {
        mistake = { error };
        over.abort();
      }),
  );
  try {
    for (;;) {
      const heard = bell.heard();
      if (mistake !== undefined) throw mistake.error;
      if (signal.aborted) return;
      const event = outbox.take();
      if (event === undefined) await heard;
      else {
        yield event;
        bell.ring();
      }
    }
  } finally {
    over.abort();
    await Promise.all(followers);
  }
}

/** Wakes everybody who waits: the consumer for something to take, producers for room. */
class Bell {
  #next = Promise.withResolvers<void>();

  ring(): void {
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  /** Resolves at the next ring after this call. */
  heard(): Promise<void> {
    return this.#next.promise;
  }
}

type Settings = Required<SyncOptions>;

/** Keeps one selection in step: list, watch, and after any failure the shorter of the two that still leads there. */
class Follower {
  readonly #datastore: Datastore;
  readonly #selection: Selection;
  readonly #progress: Progress;
  readonly #outbox: Outbox;
  readonly #bell: Bell;
  readonly #settings: Settings;
  /** Where the watch goes on; `undefined` = only a list can say. */
  #revision: string | undefined;
  #lastContact = Date.now();

  constructor(
    datastore: Datastore,
    selection: Selection,
    progress: Progress,
    outbox: Outbox,
    bell: Bell,
    settings: Settings,
  ) {
    this.#datastore = datastore;
    this.#selection = selection;
    this.#progress = progress;
    this.#outbox = outbox;
    this.#bell = bell;
    this.#settings = settings;
  }

  async run(): Promise<void> {
    const { signal, retryAfter } = this.#settings;
    while (!signal.aborted) {
      try {
        this.#revision ??= await this.#list();
        if (this.#revision !== undefined) await this.#watch(this.#revision);
      } catch (error) {
        if (!(error instanceof DatastoreError)) throw error;
        this.#fail(error);
      }
      await delay(retryAfter, undefined, { signal }).catch(() => undefined);
    }
  }

  /** The revision of the list, or `undefined` when it was interrupted by the end of the synchronisation. */
  async #list(): Promise<string | undefined> {
    const { pageSize: limit, signal } = this.#settings;
    const present = new Set<string>();
    const corrupt = [];
    let next: string | undefined;
    do {
      await this.#room();
      if (signal.aborted) return undefined;
      const page = await this.#datastore.list(
        this.#selection,
        next === undefined ? { limit } : { limit, continue: next },
      );
      this.#lastContact = Date.now();
      this.#progress.set("resync", undefined);
      for (const stored of page.items) {
        present.add(keyId(stored.key));
        this.#outbox.upsert(stored);
      }
      corrupt.push(...page.corrupt);
      this.#bell.ring();
      next = page.next;
      if (next === undefined) {
        this.#outbox.removeOthers(this.#selection, present);
        this.#progress.setCorrupt(corrupt);
        this.#progress.set("in-sync", undefined);
        return page.revision;
      }
    } while (next !== undefined);
    return undefined;
  }

  async #watch(revision: string): Promise<void> {
    for await (const event of this.#datastore.watch(this.#selection, revision, this.#settings.signal)) {
      await this.#room();
      this.#lastContact = Date.now();
      this.#apply(event);
      this.#revision = event.revision;
      this.#progress.set("in-sync", undefined);
      this.#bell.ring();
    }
  }

  #apply(event: WatchEvent): void {
    switch (event.kind) {
      case "upsert":
        this.#progress.clear(event.stored);
        this.#outbox.upsert(event.stored);
        break;
      case "delete":
        this.#progress.clear(event);
        this.#outbox.remove(event.key);
        break;
      case "corrupt":
        // As for a fresh start, which would not find the resource either.
        if (event.value.key !== undefined) this.#outbox.remove(event.value.key);
        this.#progress.addCorrupt(event.value);
        break;
      case "cleared":
        this.#progress.clear(event);
        break;
      case "bookmark":
        break;
    }
  }

  #fail(error: DatastoreError): void {
    // Trying again would not help: the caller has asked for what there cannot be.
    if (error.problem.kind === "invalid") throw error;
    const listed = this.#revision !== undefined;
    if (error.problem.kind === "gone") {
      // Nothing is wrong: the list will say what has changed.
      this.#revision = undefined;
      return;
    }
    const stale = Date.now() - this.#lastContact > this.#settings.staleAfter;
    this.#progress.set(listed && !stale ? this.#progress.status : "wait", error);
  }

  async #room(): Promise<void> {
    while (this.#outbox.isFull && !this.#settings.signal.aborted) await this.#bell.heard();
  }
}
