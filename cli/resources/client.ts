/**
 * What Calico's client does around a datastore: which metadata may be written, what needs something else to be there,
 * when it tries again. Source: the sheets "Input handling" and "Client rules".
 */
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { DatastoreError, problemOf } from "../../runtime/datastore/errors.ts";
import { findStored } from "../../runtime/datastore/find-stored.ts";
import { canonicalJson, differingFields } from "../../runtime/datastore/json.ts";
import {
  keyOf,
  type Resource,
  type ResourceKey,
  type Stored,
  withoutResourceVersion,
} from "../../runtime/datastore/resource.ts";
import { withDefaults } from "./defaults.ts";
import { identifier } from "./kinds.ts";
import { demandRoom, demandSamePool } from "./pools.ts";
import { Refusal, refusedFields, unsupported } from "./refusal.ts";
import { remove } from "./removal.ts";
import { demandTier, tierOf } from "./tiers.ts";

const ATTEMPTS = 5;
const PAUSE = 1000;

/** Metadata that people write; the rest is the datastore's. */
const WRITTEN = ["name", "namespace", "labels", "annotations"];

export class Client {
  readonly #datastore: Datastore;
  /** People's files get what people wrote, no default, and in any order. */
  readonly #completes: boolean;
  /** Whether UID and time are the client's to make: Kubernetes makes its own, people's files have none. */
  readonly #stamps: boolean;
  /** Tiers that were there when they were looked for. */
  readonly #tiers = new Set<string>();

  constructor(datastore: Datastore, type: "file" | "etcdv3" | "kubernetes") {
    this.#datastore = datastore;
    this.#completes = type !== "file";
    this.#stamps = type === "etcdv3";
  }

  async create(resource: Resource): Promise<Stored> {
    demandWritable(resource, "create or apply");
    const { resourceVersion: value } = resource.metadata;
    if (typeof value === "string" && value !== "")
      throw refusedFields([
        { name: "Metadata.ResourceVersion", value, reason: "field must not be set for a Create request" },
      ]);
    if (this.#completes) await this.#demandPlace(resource);
    return this.createUnchecked(resource);
  }

  /** Also what people may not write, and whatever is there beside it. */
  async createUnchecked(resource: Resource): Promise<Stored> {
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
      if (this.#completes && resource.kind === "IPPool") demandSamePool(stored.resource, wanted);
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
        return await this.create(withoutResourceVersion(resource));
      } catch (error) {
        // Somebody else was quicker.
        if (problemOf(error)?.kind !== "already-exists") throw error;
      }
    return this.update(resource);
  }

  async delete(key: ResourceKey, resourceVersion: string | undefined): Promise<void> {
    demandWritable({ ...key, metadata: { name: key.name } } as unknown as Resource, "delete");
    if (this.#completes) await remove(this.#datastore, key, resourceVersion);
    else await this.#datastore.delete(key, resourceVersion);
  }

  async #demandPlace(resource: Resource): Promise<void> {
    if (resource.kind === "IPPool") await demandRoom(this.#datastore, resource);
    const tier = tierOf(resource);
    if (tier === undefined || this.#tiers.has(tier)) return;
    await demandTier(this.#datastore, tier);
    this.#tiers.add(tier);
  }

  #completed(resource: Resource): Resource {
    return this.#completes ? withDefaults(resource) : resource;
  }
}

function demandWritable({ kind, metadata }: Resource, operation: string): void {
  if (kind === "ClusterInformation") throw unsupported(operation, "ClusterInformation");
  if (kind === "NetworkPolicy" && metadata.name.startsWith("knp.default."))
    throw unsupported(
      operation,
      metadata.name,
      "kubernetes network policies must be managed through the kubernetes API",
    );
  if (kind === "Profile" && metadata.name === "projectcalico-default-allow")
    throw unsupported(
      operation,
      metadata.name,
      `The profile "${metadata.name}" is a default provided by Calico and cannot be ${operation === "delete" ? "deleted" : "updated"}`,
    );
}

/** The resource with all metadata that people do not write as it is stored. */
function withMetadataOf(stored: Resource, resource: Resource): Resource {
  const others = Object.entries(stored.metadata).filter(([field]) => !WRITTEN.includes(field));
  const written = Object.entries(resource.metadata).filter(([field]) => WRITTEN.includes(field));
  return { ...resource, metadata: Object.fromEntries([...written, ...others]) } as Resource;
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
      if (error instanceof Refusal) return error.message;
      throw error;
    default:
      return messageOf(error);
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
