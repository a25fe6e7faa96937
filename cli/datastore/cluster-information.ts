/** ClusterInformation `default`: which cluster a datastore is of, and whether it is locked. */
import { randomBytes } from "node:crypto";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { problemOf } from "../../runtime/datastore/errors.ts";
import { findStored } from "../../runtime/datastore/find-stored.ts";
import { type JsonObject, objectOf } from "../../runtime/datastore/json.ts";
import { CALICO_API_VERSION } from "../../runtime/datastore/kinds.ts";
import type { ResourceKey, Stored } from "../../runtime/datastore/resource.ts";
import { UserError } from "../output/errors.ts";
import { ensureInitialized } from "../resources/initialise.ts";
import type { Settings } from "./settings.ts";

const KEY: ResourceKey = {
  ...{ apiVersion: CALICO_API_VERSION, kind: "ClusterInformation" },
  ...{ namespace: "", name: "default" },
};
const ATTEMPTS = 5;

export interface ClusterInformation {
  readonly stored: Stored;
  readonly spec: JsonObject;
  readonly guid: string;
  readonly type: string;
  /** Nothing new shall be given addresses, and nobody acts on changes. */
  readonly locked: boolean;
}

/** `undefined` where there is none. */
export async function findClusterInformation(datastore: Datastore): Promise<ClusterInformation | undefined> {
  const stored = await findStored(datastore, KEY);
  if (stored === undefined) return undefined;
  const spec = objectOf(stored.resource.spec);
  const text = (field: string): string => (typeof spec[field] === "string" ? spec[field] : "");
  return {
    ...{ stored, spec },
    guid: text("clusterGUID"),
    type: text("clusterType"),
    locked: spec.datastoreReady === false,
  };
}

/** `purpose` completes Calico's sentence. Throws UserError. */
export async function demandLocked(datastore: Datastore, purpose: string): Promise<void> {
  if ((await findClusterInformation(datastore))?.locked) return;
  throw new UserError(
    `datastore is not locked. Run the \`calicoctl datastore migrate lock\` command in order ${purpose}`,
  );
}

/** Changes fields of the specification, which is made where there is none, past other writers. */
export async function changeClusterInformation(
  datastore: Datastore,
  type: Settings["type"],
  change: JsonObject,
): Promise<void> {
  if (type !== "file") await ensureInitialized(datastore, type);
  for (let attempt = 1; ; attempt++) {
    const found = await findClusterInformation(datastore);
    try {
      if (found !== undefined) {
        const { stored, spec } = found;
        const isThere = Object.entries(change).every(([field, value]) => spec[field] === value);
        if (!isThere)
          await datastore.update(
            { ...stored.resource, spec: { ...spec, ...change } },
            stored.resourceVersion,
          );
      } else
        await datastore.create({
          ...{ apiVersion: KEY.apiVersion, kind: KEY.kind, metadata: { name: KEY.name } },
          spec: { clusterGUID: randomBytes(16).toString("hex"), ...change },
        });
      return;
    } catch (error) {
      const problem = problemOf(error)?.kind;
      const isRace = problem === "conflict" || problem === "already-exists" || problem === "not-found";
      if (!isRace || attempt === ATTEMPTS) throw error;
    }
  }
}
