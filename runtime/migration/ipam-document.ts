/**
 * The objects of IPAM as Calico's export writes them: etcd's keys and values in one JSON object. Source: the sheet
 * "Datastore migration"; field names: `calicoctl/calicoctl/commands/datastore/migrate/migrateipam.go`.
 */
import { decodeIpam, encodeIpam } from "../datastore/etcd/ipam-values.ts";
import { keysOfResource, readKey } from "../datastore/etcd/keys.ts";
import { isJsonObject, type Json, type JsonObject, objectOf } from "../datastore/json.ts";
import type { Resource } from "../datastore/resource.ts";

const LISTS: Readonly<Record<string, string>> = {
  BlockAffinity: "block_affinities",
  IPAMBlock: "blocks",
  IPAMHandle: "handles",
};

export const IPAM_KINDS: readonly string[] = [...Object.keys(LISTS), "IPAMConfiguration"];

export function ipamDocument(resources: readonly Resource[]): JsonObject {
  const pairs = Map.groupBy(resources, ({ kind }) => kind);
  const written = (kind: string): readonly Json[] => (pairs.get(kind) ?? []).map(pairOf);
  const [config] = written("IPAMConfiguration");
  return {
    ...Object.fromEntries(
      Object.entries(LISTS).flatMap(([kind, list]) => {
        const items = written(kind);
        return items.length === 0 ? [] : [[list, items]];
      }),
    ),
    ...(config === undefined ? {} : { config }),
  };
}

function pairOf(resource: Resource): JsonObject {
  const [key = ""] = keysOfResource(resource);
  return { Key: key, Value: encodeIpam(resource) ?? null, TTL: 0 };
}

/** In the order in which Calico writes them; or what cannot be read. */
export function readIpamDocument(document: Json): readonly Resource[] | { readonly problem: string } {
  if (!isJsonObject(document)) return { problem: "it is no JSON object" };
  const resources: Resource[] = [];
  for (const kind of IPAM_KINDS) {
    const list = LISTS[kind];
    const pairs = list === undefined ? [document.config ?? null] : (document[list] ?? []);
    if (!Array.isArray(pairs)) return { problem: `${list} is no list` };
    for (const pair of pairs) {
      if (pair === null) continue;
      const { Key: key, Value: value } = objectOf(pair);
      const named = typeof key === "string" ? readKey(key) : undefined;
      const resource =
        named?.kind === kind && isJsonObject(value) ? decodeIpam(String(key), named, value) : undefined;
      if (resource === undefined) return { problem: `${String(key)} is no ${kind}` };
      resources.push(resource as Resource);
    }
  }
  return resources;
}
