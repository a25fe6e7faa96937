import { setTimeout as delay } from "node:timers/promises";
import type { Datastore, Page, WatchEvent } from "../../runtime/datastore/datastore.ts";
import { type DatastoreProblem, problemOf } from "../../runtime/datastore/errors.ts";
import type { Selection, Stored } from "../../runtime/datastore/resource.ts";
import type { SyncEvent, SyncReport } from "../../runtime/datastore/syncer/outbox.ts";
import { type SyncOptions, sync } from "../../runtime/datastore/syncer/syncer.ts";

/** The problem that a promise is rejected with; anything else fails the test. */
export async function problem(promise: Promise<unknown>): Promise<DatastoreProblem> {
  const error = await promise.then(
    () => new Error("no error was thrown"),
    (thrown: unknown) => thrown,
  );
  const found = problemOf(error);
  if (found === undefined) throw error;
  return found;
}

export async function listAll(
  datastore: Datastore,
  selection: Selection,
  limit: number,
): Promise<{ readonly items: readonly Stored[]; readonly pages: readonly Page[] }> {
  const pages: Page[] = [];
  let page: Page | undefined;
  do {
    page = await datastore.list(
      selection,
      page?.next === undefined ? { limit } : { limit, continue: page.next },
    );
    pages.push(page);
  } while (page.next !== undefined);
  return { items: pages.flatMap(({ items }) => items), pages };
}

/** Reads events, without bookmarks, until there are `count`; then ends the watch. */
export async function watchFor(
  datastore: Datastore,
  selection: Selection,
  revision: string,
  count: number,
): Promise<readonly WatchEvent[]> {
  const over = new AbortController();
  const events: WatchEvent[] = [];
  for await (const event of datastore.watch(selection, revision, over.signal)) {
    if (event.kind !== "bookmark") events.push(event);
    if (events.length >= count) over.abort();
  }
  return events;
}

/** What a consumer of `sync` knows: the resources as told by differences, and how it was told. */
export class Mirror {
  /** `namespace/name` to the version last told. */
  readonly versions = new Map<string, Stored>();
  readonly statuses: string[] = [];
  report: SyncReport | undefined;
  updates = 0;
  /** While it is pending the consumer is busy with the event that it has. */
  busy: Promise<void> = Promise.resolve();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #over = new AbortController();
  readonly #ended: Promise<void>;

  constructor(
    datastore: Datastore,
    selections: readonly Selection[],
    options: Omit<SyncOptions, "signal"> = {},
  ) {
    const { signal } = this.#over;
    this.#ended = this.#run(sync(datastore, selections, { retryAfter: 30, ...options, signal }));
    this.#ended.catch(() => undefined);
  }

  async #run(events: AsyncIterable<SyncEvent>): Promise<void> {
    for await (const event of events) {
      if (event.kind === "status") {
        this.report = event;
        if (this.statuses.at(-1) !== event.status) this.statuses.push(event.status);
      } else {
        if (this.report?.status === "wait" || this.report === undefined)
          throw new Error("updates before there is a datastore");
        for (const update of event.updates) this.#apply(update);
      }
      await Promise.race([this.busy, this.#stopped.promise]);
    }
  }

  #apply(update: Extract<SyncEvent, { kind: "updates" }>["updates"][number]): void {
    this.updates++;
    const key = update.kind === "upsert" ? update.stored.key : update.key;
    const id = `${key.namespace}/${key.name}`;
    const known = this.versions.get(id);
    if (update.kind === "delete") {
      if (known === undefined) throw new Error(`${id} is deleted, but was never there`);
      this.versions.delete(id);
    } else {
      if (known?.resourceVersion === update.stored.resourceVersion)
        throw new Error(`${id} is told twice in version ${update.stored.resourceVersion}`);
      this.versions.set(id, update.stored);
    }
  }

  /** Waits until the condition holds; an end of the stream by an error is thrown. */
  async until(condition: (mirror: Mirror) => boolean, milliseconds = 20_000): Promise<void> {
    const deadline = Date.now() + milliseconds;
    while (!condition(this)) {
      if (Date.now() > deadline)
        throw new Error(
          `not reached: ${JSON.stringify({ ...this.report, keys: [...this.versions.keys()] })}`,
        );
      await Promise.race([delay(10), this.#ended]);
    }
  }

  inSync(): Promise<void> {
    return this.until(({ report }) => report?.status === "in-sync");
  }

  async stop(): Promise<void> {
    this.#over.abort();
    this.#stopped.resolve();
    await this.#ended;
  }
}
