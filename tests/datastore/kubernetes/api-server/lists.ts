import type { JsonObject } from "../../../../runtime/datastore/json.ts";
import { type ApiResource, apiVersionOf } from "./resources.ts";
import { refuse } from "./status.ts";
import type { Entry, Storage } from "./storage.ts";

/** An entry as the server shows it. */
export function shown({ object, revision }: Entry, resource: ApiResource): JsonObject {
  return {
    apiVersion: apiVersionOf(resource),
    kind: resource.kind,
    ...object,
    metadata: { ...(object.metadata as JsonObject), resourceVersion: `${revision}` },
  };
}

export function prefixOf({ group, plural }: ApiResource, namespace: string): string {
  return `${group}/${plural}/${namespace === "" ? "" : `${namespace}/`}`;
}

/** Source: Kubernetes' API concepts, "Retrieving large results sets in chunks" and "Resource versions". */
export function listObjects(
  storage: Storage,
  resource: ApiResource,
  namespace: string,
  query: URLSearchParams,
): JsonObject {
  const limit = Number(query.get("limit") ?? 0);
  const token = query.get("continue");
  const from = token === null || token === "" ? undefined : readToken(token);
  const revision = from?.revision ?? revisionOf(storage, query, from !== undefined);
  if (revision < storage.oldest)
    throw from === undefined
      ? refuse.compacted()
      : refuse.expiredToken(makeToken(storage.revision, from.start));
  const entries = storage.at(revision, prefixOf(resource, namespace));
  const first = from === undefined ? 0 : firstFrom(entries, from.start);
  const rest = first === 0 ? entries : entries.slice(first);
  const page = limit > 0 ? rest.slice(0, limit) : rest;
  const name = /^metadata\.name=(.+)$/.exec(query.get("fieldSelector") ?? "")?.[1];
  const items = page.filter(
    ({ object }) => name === undefined || (object.metadata as JsonObject).name === name,
  );
  const next = rest[page.length];
  return {
    apiVersion: apiVersionOf(resource),
    kind: `${resource.kind}List`,
    metadata: {
      resourceVersion: `${revision}`,
      ...(next === undefined
        ? {}
        : { continue: makeToken(revision, next.path), remainingItemCount: rest.length - page.length }),
    },
    items: items.map((entry) => listed(entry, resource)),
  };
}

/** Items of Kubernetes' own lists do not repeat what they are; custom resources do. */
function listed(entry: Entry, resource: ApiResource): JsonObject {
  const { apiVersion: _version, kind: _kind, ...bare } = shown(entry, resource);
  return resource.group.includes("projectcalico.org") ? shown(entry, resource) : bare;
}

function firstFrom(entries: readonly Entry[], start: string): number {
  const found = entries.findIndex(({ path }) => path >= start);
  return found < 0 ? entries.length : found;
}

function revisionOf(storage: Storage, query: URLSearchParams, continued: boolean): number {
  const asked = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch");
  if (asked === "" || continued) return storage.revision;
  const revision = Number(asked);
  if (!Number.isInteger(revision)) throw refuse.badRequest(`invalid resource version "${asked}"`);
  if (match === "Exact" && revision === 0)
    throw refuse.badRequest('resourceVersionMatch "Exact" is forbidden for resourceVersion "0"');
  if (revision > storage.revision) throw refuse.tooNew(revision, storage.revision);
  return match === "Exact" ? revision : storage.revision;
}

function makeToken(revision: number, start: string): string {
  return Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start })).toString("base64url");
}

function readToken(token: string): { readonly revision: number; readonly start: string } {
  try {
    const { rv, start } = JSON.parse(Buffer.from(token, "base64url").toString()) as {
      rv: number;
      start: string;
    };
    return { revision: rv, start };
  } catch {
    throw refuse.badRequest("continue key is not valid: invalid character");
  }
}
