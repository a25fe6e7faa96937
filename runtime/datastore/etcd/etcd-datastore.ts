import type { IKeyValue, IRangeRequest, IRangeResponse, IRequestOp, ITxnResponse } from "etcd3";
import type { Datastore, Page, PageRequest, WatchEvent } from "../datastore.ts";
import { type CorruptValue, DatastoreError, isCorrupt } from "../errors.ts";
import { differingFields } from "../json.ts";
import {
  isSelected,
  keyId,
  keyOf,
  type Resource,
  type ResourceKey,
  type Selection,
  type Stored,
} from "../resource.ts";
import { EtcdClient, type EtcdOptions, translate } from "./client.ts";
import { withHandshakeReason } from "./handshake.ts";
import { keysOf, keysOfResource, rangeOf } from "./keys.ts";
import { replacedPolicies } from "./old-policies.ts";
import { type ReadValue, readStored, readValues, storedOrThrow, writtenOf } from "./stored.ts";
import { encodeValue } from "./values.ts";
import { type KeyChange, watchKeys } from "./watch.ts";

/** etcd counts the rest of the range for every page, so small ones cost it more than they spare us. */
const PAGE = 2000;

/**
 * Calico's resources in etcd, in the keys and bytes of Calico's own clients. A resourceVersion is the ModRevision of
 * the key, a revision that of etcd. The only compare-and-swap is etcd's transaction; a write is sent once.
 */
export class EtcdDatastore implements Datastore {
  readonly #options: EtcdOptions;
  readonly #client: EtcdClient;
  readonly #closed = new AbortController();

  constructor(options: EtcdOptions) {
    this.#options = options;
    this.#client = new EtcdClient(options);
  }

  async get(key: ResourceKey): Promise<Stored> {
    const found = await this.#find(key, keysOf(key));
    if (found === undefined) throw new DatastoreError({ kind: "not-found", key });
    return storedOrThrow(found);
  }

  async list(selection: Selection, { limit, continue: token }: PageRequest = {}): Promise<Page> {
    const { start, end } = rangeOf(selection);
    const space = token?.indexOf(" ") ?? 0;
    let revision = token?.slice(0, space);
    let from = token === undefined ? start : `${token.slice(space + 1)}\0`;
    const items: Stored[] = [];
    const corrupt: CorruptValue[] = [];
    for (;;) {
      const page = await this.#range(
        {
          key: Buffer.from(from),
          range_end: Buffer.from(end),
          limit: limit ?? PAGE,
          ...(revision === undefined ? {} : { revision }),
        },
        revision,
      );
      revision ??= page.header.revision;
      const reads = readValues(page.kvs);
      const replaced = await this.#replaced(reads, revision);
      for (const { etcdKey, value: read } of reads) {
        if (replaced.has(etcdKey)) continue;
        if (isCorrupt(read)) corrupt.push(read);
        else if (isSelected(read.key, selection)) items.push(read);
      }
      const last = page.kvs.at(-1)?.key.toString();
      if (!page.more || last === undefined) return { items, corrupt, revision };
      if (limit !== undefined) return { items, corrupt, revision, next: `${revision} ${last}` };
      from = `${last}\0`;
    }
  }

  async create(resource: Resource): Promise<Stored> {
    const key = keyOf(resource);
    const [etcdKey = "", ...others] = keysOfResource(resource);
    const value = encodeValue(etcdKey, resource);
    if (others.length > 0 && (await this.#find(key, others)) !== undefined)
      throw new DatastoreError({ kind: "already-exists", key });
    const done = await this.#transact(etcdKey, "0", "Version", putOf(etcdKey, value), {
      key,
      bytes: value.length,
    });
    if (!done.succeeded) throw new DatastoreError({ kind: "already-exists", key });
    return writtenOf(etcdKey, value, done.header.revision);
  }

  async update(resource: Resource, resourceVersion: string): Promise<Stored> {
    const key = keyOf(resource);
    const etcdKey = await this.#locate(key, keysOfResource(resource));
    const value = encodeValue(etcdKey, resource);
    const done = await this.#swap(key, etcdKey, resourceVersion, putOf(etcdKey, value), resource);
    return writtenOf(etcdKey, value, done.header.revision);
  }

  async delete(key: ResourceKey, resourceVersion?: string): Promise<void> {
    const etcdKey = await this.#locate(key, keysOf(key));
    const request: IRequestOp = { request_delete_range: { key: Buffer.from(etcdKey) } };
    if (resourceVersion !== undefined) {
      await this.#swap(key, etcdKey, resourceVersion, request, undefined);
      return;
    }
    const { deleted } = await this.#call(
      () => this.#client.kv.deleteRange({ key: Buffer.from(etcdKey) }),
      {},
    );
    if (deleted === "0") throw new DatastoreError({ kind: "not-found", key });
  }

  async *watch(selection: Selection, revision: string, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const ended = AbortSignal.any([signal, this.#closed.signal]);
    const range = rangeOf(selection);
    // An ordinary request renews a token that has expired; a stream cannot.
    await this.#demandHistory(range.start, revision);
    let begun = false;
    for await (const change of watchKeys(this.#client, range, revision, ended, this.#options.silence)) {
      // Again, now that the watch stands: there may have been a compaction between the two.
      if (!begun) await this.#demandHistory(range.start, revision);
      begun = true;
      const event = change.key === undefined ? undefined : await this.#eventOf(change);
      const selected =
        event !== undefined &&
        (event.kind === "corrupt" ||
          (event.kind === "upsert" && isSelected(event.stored.key, selection)) ||
          (event.kind === "delete" && isSelected(event.key, selection)));
      yield selected ? event : { kind: "bookmark", revision: change.complete };
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
    this.#client.close();
  }

  /**
   * Throws gone where the history since the revision is not complete. etcd itself refuses a watch only from before the
   * compacted revision; from that very revision older servers (Debian's 3.4) tell all but the deletes that it was
   * (issue #18089 of etcd-io/etcd). It also waits in silence for a revision that it has not reached.
   */
  async #demandHistory(etcdKey: string, revision: string): Promise<void> {
    await this.#range({ key: Buffer.from(etcdKey), keys_only: true, revision }, revision);
  }

  async #eventOf(change: KeyChange): Promise<WatchEvent | undefined> {
    const { key: etcdKey, before, after, complete: revision } = change;
    const kv = after ?? before;
    // A compaction has taken what was deleted, and with it the name of a policy that was stored the old way.
    if (kv === undefined) throw new DatastoreError({ kind: "gone", revision });
    const value = readStored(kv);
    if (value === undefined || (await this.#replaced([{ etcdKey, value }], undefined)).has(etcdKey))
      return undefined;
    if (after === undefined) return value.key && { kind: "delete", key: value.key, revision };
    if (isCorrupt(value)) return { kind: "corrupt", value, revision };
    return { kind: "upsert", stored: value, revision };
  }

  #replaced(reads: readonly ReadValue[], revision: string | undefined): Promise<ReadonlySet<string>> {
    return replacedPolicies(reads, revision, (success) =>
      this.#readTwice(() => this.#client.kv.txn({ success }), revision === undefined ? {} : { revision }),
    );
  }

  /** The key that a resource is stored under, of those that it may have. */
  async #locate(key: ResourceKey, etcdKeys: readonly string[]): Promise<string> {
    const [first] = etcdKeys;
    if (etcdKeys.length === 1 && first !== undefined) return first;
    const found = await this.#find(key, etcdKeys);
    if (found === undefined) throw new DatastoreError({ kind: "not-found", key });
    return found.key.toString();
  }

  async #find(key: ResourceKey, etcdKeys: readonly string[]): Promise<IKeyValue | undefined> {
    if (etcdKeys.length === 0) return undefined;
    const success = etcdKeys.map((etcdKey) => ({ request_range: { key: Buffer.from(etcdKey) } }));
    const { responses } = await this.#readTwice(() => this.#client.kv.txn({ success }), {});
    const found = responses.flatMap(({ response_range }) => response_range.kvs);
    return found.find((kv) => {
      const read = readStored(kv);
      return read?.key !== undefined && keyId(read.key) === keyId(key);
    });
  }

  /** Performs the request if the key still has the version, or says why it has not. */
  async #swap(
    key: ResourceKey,
    etcdKey: string,
    expected: string,
    request: IRequestOp,
    offered: Resource | undefined,
  ): Promise<ITxnResponse> {
    const bytes = request.request_put?.value?.length ?? 0;
    // No stored key has another version than these; one that is not there has version 0 for etcd.
    const possible = /^[1-9]\d{0,17}$/.test(expected);
    const done = possible
      ? await this.#transact(etcdKey, expected, "Mod", request, { key, bytes })
      : undefined;
    if (done?.succeeded) return done;
    const found =
      done?.responses[0]?.response_range ?? (await this.#range({ key: Buffer.from(etcdKey) }, undefined));
    const current = found.kvs[0];
    if (current === undefined) throw new DatastoreError({ kind: "not-found", key });
    throw await this.#conflict(key, current, expected, offered);
  }

  async #conflict(
    key: ResourceKey,
    current: IKeyValue,
    expected: string,
    offered: Resource | undefined,
  ): Promise<DatastoreError> {
    const stored = readStored(current);
    const read = await this.#atRevision(current.key, expected);
    const base = read ?? offered;
    const known = stored !== undefined && !isCorrupt(stored) && base !== undefined;
    return new DatastoreError({
      kind: "conflict",
      key,
      expected,
      actual: current.mod_revision,
      fields: known ? differingFields(base, stored.resource) : [],
      comparedWith: read === undefined ? "offered" : "read",
    });
  }

  /** The resource as the caller had read it, if etcd still knows. */
  async #atRevision(key: Buffer, revision: string): Promise<Resource | undefined> {
    try {
      const { kvs } = await this.#range({ key, revision }, revision);
      const read = kvs[0] && readStored(kvs[0]);
      return read === undefined || isCorrupt(read) ? undefined : read.resource;
    } catch {
      return undefined;
    }
  }

  #transact(
    etcdKey: string,
    is: string,
    target: "Version" | "Mod",
    request: IRequestOp,
    asked: { readonly key: ResourceKey; readonly bytes: number },
  ): Promise<ITxnResponse> {
    const key = Buffer.from(etcdKey);
    const compare = target === "Version" ? { version: is } : { mod_revision: is };
    return this.#call(
      () =>
        this.#client.kv.txn({
          compare: [{ key, target, result: "Equal", ...compare }],
          success: [request],
          failure: [{ request_range: { key } }],
        }),
      asked,
    );
  }

  #range(request: IRangeRequest, revision: string | undefined): Promise<IRangeResponse> {
    return this.#readTwice(() => this.#client.kv.range(request), revision === undefined ? {} : { revision });
  }

  /** A connection that has broken since the last request is noticed by the next one; a read may just be repeated. */
  async #readTwice<T>(request: () => Promise<T>, asked: Parameters<typeof translate>[1]): Promise<T> {
    try {
      return await this.#call(request, asked);
    } catch (error) {
      if (!(error instanceof DatastoreError) || error.problem.kind !== "unreachable") throw error;
      return this.#call(request, asked);
    }
  }

  async #call<T>(request: () => Promise<T>, asked: Parameters<typeof translate>[1]): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw await withHandshakeReason(translate(error, asked), this.#options);
    }
  }
}

function putOf(etcdKey: string, value: Buffer): IRequestOp {
  return { request_put: { key: Buffer.from(etcdKey), value } };
}
