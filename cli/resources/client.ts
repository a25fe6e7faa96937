/**
 * What Calico's client does around a datastore: which metadata may be written, what is filled in, when it tries again.
 * Source: the sheets "Input handling" and "Client rules"; `types` and the tier: "NetworkPolicy and GlobalNetworkPolicy".
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { DatastoreError, problemOf } from "../../runtime/datastore/errors.ts";
import { findStored } from "../../runtime/datastore/find-stored.ts";
import { canonicalJson, differingFields, type JsonObject, objectOf } from "../../runtime/datastore/json.ts";
import { keyOf, type Resource, type ResourceKey, type Stored } from "../../runtime/datastore/resource.ts";
import { identifier } from "./kinds.ts";
import { whyTierStays } from "./tiers.ts";

/** An operation that Calico does not offer on a resource, whatever the datastore. */
export class UnsupportedError extends Error {
  constructor(operation: string, what: string, reason?: string) {
    super(`operation ${operation} is not supported on ${what}${reason === undefined ? "" : `: ${reason}`}`);
    this.name = "UnsupportedError";
  }
}

const ATTEMPTS = 5;
const PAUSE = 1000;

/** Metadata that people write; the rest is the datastore's. */
const WRITTEN = ["name", "namespace", "labels", "annotations"];

export class Client {
  readonly #datastore: Datastore;
  /** People's files get what people wrote, and no default. */
  readonly #completes: boolean;
  /** Whether UID and time are the client's to make: Kubernetes makes its own, people's files have none. */
  readonly #stamps: boolean;

  constructor(datastore: Datastore, type: "file" | "etcdv3" | "kubernetes") {
    this.#datastore = datastore;
    this.#completes = type !== "file";
    this.#stamps = type === "etcdv3";
  }

  async create(resource: Resource): Promise<Stored> {
    demandWritable(resource, "create or apply");
    return this.createBuiltIn(resource);
  }

  /** Also what people may not write. */
  async createBuiltIn(resource: Resource): Promise<Stored> {
    const { apiVersion, kind, metadata, ...rest } = this.#completed(resource);
    const kept = Object.fromEntries(Object.entries(metadata).filter(([field]) => WRITTEN.includes(field)));
    const made = this.#stamps
      ? { uid: randomUUID(), creationTimestamp: `${new Date().toISOString().slice(0, 19)}Z` }
      : {};
    return this.#datastore.create({ apiVersion, kind, metadata: { ...kept, ...made }, ...rest } as Resource);
  }

  /**
   * With a resourceVersion in the input that version must be stored. Without one whatever is stored is replaced, also
   * if others write meanwhile. What is stored already is not written again.
   */
  async update(resource: Resource): Promise<Stored> {
    demandWritable(resource, "apply or replace");
    const { resourceVersion } = resource.metadata;
    for (let attempt = 1; ; attempt++) {
      const stored = await this.#datastore.get(keyOf(resource));
      const wanted = this.afterApply(resource, stored);
      if (resourceVersion !== undefined && resourceVersion !== stored.resourceVersion)
        throw new DatastoreError({
          kind: "conflict",
          key: stored.key,
          expected: String(resourceVersion),
          actual: stored.resourceVersion,
          fields: differingFields(wanted, stored.resource),
          comparedWith: "offered",
        });
      if (wanted === stored.resource) return stored;
      try {
        return await this.#datastore.update(wanted, stored.resourceVersion);
      } catch (error) {
        if (problemOf(error)?.kind !== "conflict" || resourceVersion !== undefined || attempt === ATTEMPTS)
          throw error;
        await delay(PAUSE);
      }
    }
  }

  /** What an update makes of `stored`: itself where it is that already, also without what is filled in. */
  afterApply(resource: Resource, stored: Stored | undefined): Resource {
    const completed = this.#completed(resource);
    if (stored === undefined) return completed;
    const wanted = withMetadataOf(stored.resource, completed);
    const same = [wanted, withMetadataOf(stored.resource, resource)].some(
      (value) => canonicalJson(value) === canonicalJson(stored.resource),
    );
    return same ? stored.resource : wanted;
  }

  /** Looks first: most of what is applied again and again is there, and a store may find that out without a lock. */
  async apply(resource: Resource): Promise<Stored> {
    demandWritable(resource, "create or apply");
    if ((await findStored(this.#datastore, keyOf(resource))) === undefined)
      try {
        return await this.create(resource);
      } catch (error) {
        // Somebody else was quicker.
        if (problemOf(error)?.kind !== "already-exists") throw error;
      }
    return this.update(resource);
  }

  async delete(key: ResourceKey, resourceVersion: string | undefined): Promise<void> {
    demandWritable({ ...key, metadata: { name: key.name } } as unknown as Resource, "delete");
    // In people's files a tier and its policies come and go in any order.
    const reason =
      key.kind === "Tier" && this.#completes ? await whyTierStays(this.#datastore, key.name) : undefined;
    if (reason !== undefined) throw new UnsupportedError("delete", key.name, reason);
    await this.#datastore.delete(key, resourceVersion);
  }

  #completed(resource: Resource): Resource {
    return this.#completes ? withDefaults(resource) : resource;
  }
}

function demandWritable({ kind, metadata }: Resource, operation: string): void {
  if (kind === "ClusterInformation") throw new UnsupportedError(operation, "ClusterInformation");
  if (kind === "NetworkPolicy" && metadata.name.startsWith("knp.default."))
    throw new UnsupportedError(
      operation,
      metadata.name,
      "kubernetes network policies must be managed through the kubernetes API",
    );
  if (kind === "Profile" && metadata.name === "projectcalico-default-allow")
    throw new UnsupportedError(operation, metadata.name, "it is built in");
}

/** The resource with all metadata that people do not write as it is stored. */
function withMetadataOf(stored: Resource, resource: Resource): Resource {
  const others = Object.entries(stored.metadata).filter(([field]) => !WRITTEN.includes(field));
  const written = Object.entries(resource.metadata).filter(([field]) => WRITTEN.includes(field));
  return { ...resource, metadata: Object.fromEntries([...written, ...others]) } as Resource;
}

const TIERED: ReadonlySet<string> = new Set([
  "NetworkPolicy",
  "GlobalNetworkPolicy",
  "StagedNetworkPolicy",
  "StagedGlobalNetworkPolicy",
]);

/** Tier, its label, and the directions that the rules of a policy speak of. */
function withDefaults(resource: Resource): Resource {
  if (!TIERED.has(resource.kind)) return resource;
  const { apiVersion, kind, metadata, spec, ...rest } = resource;
  const written: JsonObject = objectOf(spec);
  const tier = typeof written.tier === "string" && written.tier !== "" ? written.tier : "default";
  const labels = objectOf(metadata.labels);
  const isDeletion = written.stagedAction === "Delete";
  return {
    ...{ apiVersion, kind },
    metadata: { ...metadata, labels: { ...labels, "projectcalico.org/tier": tier } },
    spec: { ...written, tier, ...(isDeletion || hasItems(written.types) ? {} : { types: typesOf(written) }) },
    ...rest,
  };
}

function typesOf({ ingress, egress }: JsonObject): readonly string[] {
  if (!hasItems(egress)) return ["Ingress"];
  return hasItems(ingress) ? ["Ingress", "Egress"] : ["Egress"];
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

/** An error of a write or read as Calico's clients say it, and what ours knows besides. */
export function describeFailure(error: unknown): string {
  const problem = problemOf(error);
  switch (problem?.kind) {
    case "not-found":
      return `resource does not exist: ${identifier(problem.key)} with error: ${messageOf(error)}`;
    case "already-exists":
      return `resource already exists: ${identifier(problem.key)} with error: ${messageOf(error)}`;
    case "conflict":
      return `update conflict: ${identifier(problem.key)}: ${messageOf(error)}`;
    case "unauthorized":
      return `connection is unauthorized: ${problem.reason}`;
    case undefined:
      if (error instanceof UnsupportedError) return error.message;
      throw error;
    default:
      return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
