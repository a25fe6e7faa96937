import { randomBytes } from "node:crypto";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { DatastoreError } from "../../runtime/datastore/errors.ts";
import type { Json } from "../../runtime/datastore/json.ts";
import { CALICO_API_VERSION } from "../../runtime/datastore/kinds.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";
import { Client } from "./client.ts";
import { BUILT_IN_TIERS } from "./tiers.ts";

/**
 * What every Calico datastore holds before anything else: an identity and the built-in tiers (`EnsureInitialized` of
 * `libcalico-go/lib/clientv3`). As in Calico a failure here is no failure of the command. The identity gets no
 * version: it would be compared with that of Calico's own tools.
 */
export async function ensureInitialized(datastore: Datastore, type: "etcdv3" | "kubernetes"): Promise<void> {
  const client = new Client(datastore, type);
  try {
    const information = resource("ClusterInformation", "default", {
      clusterGUID: randomBytes(16).toString("hex"),
      datastoreReady: true,
    });
    await unlessThere(client.createUnchecked(information));
    for (const [name, order, defaultAction] of BUILT_IN_TIERS)
      await unlessThere(client.create(resource("Tier", name, { order, defaultAction })));
  } catch (error) {
    if (!(error instanceof DatastoreError)) throw error;
  }
}

function resource(kind: string, name: string, spec: { readonly [field: string]: Json }): Resource {
  return { kind, apiVersion: CALICO_API_VERSION, metadata: { name }, spec };
}

async function unlessThere(created: Promise<unknown>): Promise<void> {
  try {
    await created;
  } catch (error) {
    if (!(error instanceof DatastoreError && error.problem.kind === "already-exists")) throw error;
  }
}
