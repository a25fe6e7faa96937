import { setTimeout as delay } from "node:timers/promises";
import type { Datastore, Page, PageRequest, WatchEvent } from "../datastore.ts";
import { type CorruptValue, DatastoreError, isCorrupt } from "../errors.ts";
import { differingFields, printJson } from "../json.ts";
import { keyOf, type Resource, type ResourceKey, type Selection, type Stored } from "../resource.ts";
import { deletionOf, demand, demandSize, isOf, readList, storedOrThrow, versionOf } from "./answers.ts";
import { ApiClient } from "./client.ts";
import { type KubernetesOptions, loadConnection } from "./connection.ts";
import { discoverGroup } from "./discovery.ts";
import { type CrdGroup, pathOf, type ServedKind, servedKind } from "./served.ts";
import type { Asked } from "./status.ts";
import { objectNamesOf, type ReadObject, readObject, writeObject } from "./values.ts";
import { watchObjects } from "./watch.ts";

/** As client-go's pager. */
const PAGE = 500;
/** The revision of a list of a kind that the server does not have. */
const ABSENT = "absent";
const LOOK_AGAIN = 30 * 60_000;
/** Fields that the server changes by itself with every write. */
const SERVER_FIELDS = /^metadata\.generation$/;

/**
 * Calico's resources as custom resources, and Kubernetes' own objects, which are read only. A resourceVersion is the
 * object's, a revision that of a list or an event; both are the server's and opaque. The only compare-and-swap is the
 * server's; a write is sent once.
 */
export class KubernetesDatastore implements Datastore {
  readonly #options: KubernetesOptions;
  readonly #client: ApiClient;
  readonly #closed = new AbortController();
  #group: Promise<CrdGroup> | undefined;

  /** Throws invalid where the options lead to no server. */
  constructor(options: KubernetesOptions) {
    this.#options = options;
    this.#client = new ApiClient(() => loadConnection(options), options.timeout ?? 30_000);
  }

  async get(key: ResourceKey): Promise<Stored> {
    const served = await this.#served(key);
    for (const name of objectNamesOf(served, key)) {
      const read = await this.#read(served, key, name);
      if (read === undefined) continue;
      if (isCorrupt(read.value)) throw new DatastoreError({ kind: "corrupt", ...read.value });
      // The object of this name may be that of another policy.
      if (read.value.key.name === key.name) return read.value;
    }
    throw new DatastoreError({ kind: "not-found", key });
  }

  async list(selection: Selection, page: PageRequest = {}): Promise<Page> {
    const served = await this.#served(selection);
    const space = page.continue?.indexOf(" ") ?? -1;
    let revision = space < 0 ? undefined : page.continue?.slice(0, space);
    let token = space < 0 ? undefined : page.continue?.slice(space + 1);
    let limit: number | undefined = page.limit ?? PAGE;
    let items: Stored[] = [];
    let corrupt: CorruptValue[] = [];
    for (;;) {
      const answer = await this.#listPage(served, selection.namespace ?? "", limit, token, revision);
      if (answer === "gone") {
        // Between the pages of a list that is asked for as a whole; then it has to come as a whole.
        if (page.limit !== undefined || limit === undefined)
          throw new DatastoreError({ kind: "gone", revision: revision ?? "" });
        items = [];
        corrupt = [];
        revision = token = limit = undefined;
        continue;
      }
      if (answer === ABSENT) return { items, corrupt, revision: ABSENT };
      revision ??= answer.revision;
      for (const read of answer.reads) {
        if (await this.#isReplaced(served, read)) continue;
        if (isCorrupt(read.value)) corrupt.push(read.value);
        else items.push(read.value);
      }
      token = answer.token;
      if (token === undefined) return { items, corrupt, revision };
      if (page.limit !== undefined) return { items, corrupt, revision, next: `${revision} ${token}` };
    }
  }

  async create(resource: Resource): Promise<Stored> {
    const key = keyOf(resource);
    const served = await this.#writable(key);
    const [name = "", ...others] = objectNamesOf(served, key);
    const body = demandSize(key, writeObject(served, name, resource));
    for (const other of others)
      if (isOf(key, await this.#read(served, key, other)))
        throw new DatastoreError({ kind: "already-exists", key });
    const asked: Asked = { verb: "create", served, key, bytes: Buffer.byteLength(body) };
    const answer = await this.#send("POST", pathOf(served, key.namespace), body);
    return storedOrThrow(served, demand(answer, asked));
  }

  async update(resource: Resource, resourceVersion: string): Promise<Stored> {
    const key = keyOf(resource);
    const served = await this.#writable(key);
    for (const name of await this.#namesOf(served, key)) {
      const body = demandSize(key, writeObject(served, name, resource, resourceVersion));
      // The server takes these for "whatever is stored", or for a mistake.
      if (!/^[1-9]\d*$/.test(resourceVersion))
        throw await this.#conflict(served, key, resourceVersion, resource);
      const answer = await this.#send("PUT", pathOf(served, key.namespace, name), body);
      if (!answer.ok && answer.status.code === 404) continue;
      if (!answer.ok && answer.status.code === 409)
        throw await this.#conflict(served, key, resourceVersion, resource);
      return storedOrThrow(
        served,
        demand(answer, { verb: "update", served, key, bytes: Buffer.byteLength(body) }),
      );
    }
    throw new DatastoreError({ kind: "not-found", key });
  }

  async delete(key: ResourceKey, resourceVersion?: string): Promise<void> {
    const served = await this.#writable(key);
    if (resourceVersion !== undefined && !/^[1-9]\d*$/.test(resourceVersion))
      throw await this.#conflict(served, key, resourceVersion, undefined);
    const body = printJson({
      kind: "DeleteOptions",
      apiVersion: "v1",
      ...(resourceVersion === undefined ? {} : { preconditions: { resourceVersion } }),
    });
    for (const name of await this.#namesOf(served, key)) {
      const answer = await this.#send("DELETE", pathOf(served, key.namespace, name), body);
      if (!answer.ok && answer.status.code === 404) continue;
      if (!answer.ok && answer.status.code === 409 && resourceVersion !== undefined)
        throw await this.#conflict(served, key, resourceVersion, undefined);
      demand(answer, { verb: "delete", served, key });
      return;
    }
    throw new DatastoreError({ kind: "not-found", key });
  }

  async *watch(selection: Selection, revision: string, signal: AbortSignal): AsyncIterable<WatchEvent> {
    const served = await this.#served(selection);
    const over = new AbortController();
    const end = (): void => over.abort();
    for (const one of [signal, this.#closed.signal]) one.addEventListener("abort", end, { once: true });
    if (signal.aborted || this.#closed.signal.aborted) end();
    try {
      if (revision === ABSENT) {
        yield { kind: "bookmark", revision };
        await delay(this.#options.lookAgain ?? LOOK_AGAIN, undefined, { signal: over.signal }).catch(
          () => undefined,
        );
        if (over.signal.aborted) return;
        throw new DatastoreError({ kind: "gone", revision });
      }
      const changes = watchObjects(this.#client, served, selection.namespace ?? "", revision, over.signal);
      for await (const { kind, object, revision: at } of changes) {
        const read = object === undefined ? undefined : readObject(served, object);
        if (read === undefined || (await this.#isReplaced(served, read)))
          yield { kind: "bookmark", revision: at };
        else if (kind === "delete") yield deletionOf(read.value, at);
        else if (isCorrupt(read.value)) yield { kind: "corrupt", value: read.value, revision: at };
        else yield { kind: "upsert", stored: read.value, revision: at };
      }
    } finally {
      for (const one of [signal, this.#closed.signal]) one.removeEventListener("abort", end);
    }
  }

  async close(): Promise<void> {
    this.#closed.abort();
  }

  async #served(selection: Selection): Promise<ServedKind> {
    this.#group ??= this.#chooseGroup();
    try {
      return servedKind(selection, await this.#group);
    } catch (error) {
      // The server may tell later.
      if (!(error instanceof DatastoreError) || error.problem.kind !== "invalid") this.#group = undefined;
      throw error;
    }
  }

  async #chooseGroup(): Promise<CrdGroup> {
    return this.#options.crdGroup ?? discoverGroup(this.#client, this.#closed.signal);
  }

  async #writable(key: ResourceKey): Promise<ServedKind> {
    const served = await this.#served(key);
    if (served.form !== "native") return served;
    const reason = `${key.kind} is Kubernetes' own, and only read here: write it with kubectl`;
    throw new DatastoreError({ kind: "invalid", reason });
  }

  #send(method: "GET" | "POST" | "PUT" | "DELETE", path: string, body?: string) {
    return this.#client.send({ method, path, ...(body === undefined ? {} : { body }) }, this.#closed.signal);
  }

  async #listPage(
    served: ServedKind,
    namespace: string,
    limit: number | undefined,
    token: string | undefined,
    revision: string | undefined,
  ) {
    const query = {
      ...(limit === undefined ? {} : { limit: `${limit}` }),
      ...(token === undefined ? {} : { continue: token }),
    };
    const request = { method: "GET", path: pathOf(served, namespace), query } as const;
    const answer = await this.#client.send(request, this.#closed.signal);
    if (!answer.ok && answer.status.code === 404) return ABSENT;
    if (!answer.ok && answer.status.code === 410) return "gone";
    return readList(
      served,
      demand(answer, { verb: "list", served, ...(revision === undefined ? {} : { revision }) }),
    );
  }

  async #read(served: ServedKind, key: ResourceKey, name: string): Promise<ReadObject | undefined> {
    const answer = await this.#send("GET", pathOf(served, key.namespace, name));
    if (!answer.ok && answer.status.code === 404) return undefined;
    return readObject(served, demand(answer, { verb: "get", served, key }));
  }

  /** The names under which the object of a resource is to be written: one, unless it may be stored the old way. */
  async #namesOf(served: ServedKind, key: ResourceKey): Promise<readonly string[]> {
    const [plain = "", ...old] = objectNamesOf(served, key);
    const found = [plain];
    for (const name of old) if (isOf(key, await this.#read(served, key, name))) found.push(name);
    return found;
  }

  /** Whether it is a policy under its old name whose new one is there, too: then only that counts. */
  async #isReplaced(served: ServedKind, { objectName, value }: ReadObject): Promise<boolean> {
    if (isCorrupt(value)) return false;
    const [plain = ""] = objectNamesOf(served, value.key);
    return plain !== objectName && (await this.#read(served, value.key, plain)) !== undefined;
  }

  /** Says what is stored, where that is not the version that was expected. */
  async #conflict(
    served: ServedKind,
    key: ResourceKey,
    expected: string,
    offered: Resource | undefined,
  ): Promise<DatastoreError> {
    for (const name of await this.#namesOf(served, key)) {
      const answer = await this.#send("GET", pathOf(served, key.namespace, name));
      if (!answer.ok && answer.status.code === 404) continue;
      const object = demand(answer, { verb: "get", served, key });
      const { value } = readObject(served, object);
      const current = isCorrupt(value) ? undefined : value.resource;
      const read = await this.#atRevision(served, key, name, expected);
      const base = read ?? offered;
      const fields =
        current === undefined || base === undefined
          ? []
          : differingFields(base, current).filter((field) => !SERVER_FIELDS.test(field));
      return new DatastoreError({
        kind: "conflict",
        key,
        expected,
        actual: versionOf(object),
        fields,
        comparedWith: read === undefined ? "offered" : "read",
      });
    }
    return new DatastoreError({ kind: "not-found", key });
  }

  /** The resource as the caller had read it, if the server still knows: only lists can be asked for the past. */
  async #atRevision(
    served: ServedKind,
    key: ResourceKey,
    name: string,
    revision: string,
  ): Promise<Resource | undefined> {
    if (!/^[1-9]\d*$/.test(revision)) return undefined;
    const query = {
      fieldSelector: `metadata.name=${name}`,
      resourceVersion: revision,
      resourceVersionMatch: "Exact",
    };
    const request = { method: "GET", path: pathOf(served, key.namespace), query } as const;
    const answer = await this.#client.send(request, this.#closed.signal);
    const value = answer.ok ? readList(served, answer.body).reads[0]?.value : undefined;
    return value === undefined || isCorrupt(value) ? undefined : value.resource;
  }
}
