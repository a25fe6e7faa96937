import { randomUUID } from "node:crypto";
import {
  canonicalJson,
  isJsonObject,
  type Json,
  type JsonObject,
  parseJson,
  printJson,
} from "../../../../runtime/datastore/json.ts";
import { prefixOf, shown } from "./lists.ts";
import { type ApiResource, apiVersionOf } from "./resources.ts";
import { refuse } from "./status.ts";
import type { Entry, Storage } from "./storage.ts";

const MOST_IN_ETCD = 1_572_864;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

export function pathOf(resource: ApiResource, namespace: string, name: string): string {
  return `${prefixOf(resource, namespace)}${name}`;
}

export function createObject(
  storage: Storage,
  resource: ApiResource,
  namespace: string,
  body: string,
): JsonObject {
  const object = readBody(resource, namespace, body);
  const metadata = object.metadata as JsonObject;
  const name = String(metadata.name ?? "");
  if (resource.namespaced && storage.read(`/namespaces/${namespace}`) === undefined)
    throw refuse.notFound(
      { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false },
      namespace,
    );
  if (!SUBDOMAIN.test(name))
    throw refuse.invalid(
      resource,
      name,
      "metadata.name",
      `Invalid value: "${name}": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`,
    );
  if (metadata.resourceVersion !== undefined && metadata.resourceVersion !== "")
    throw refuse.badRequest("resourceVersion should not be set on objects to be created");
  const path = pathOf(resource, namespace, name);
  if (storage.read(path) !== undefined) throw refuse.exists(resource, name);
  return store(storage, resource, path, object, {
    uid: randomUUID(),
    generation: 1,
    creationTimestamp: `${new Date().toISOString().slice(0, 19)}Z`,
  });
}

export function replaceObject(
  storage: Storage,
  resource: ApiResource,
  namespace: string,
  name: string,
  body: string,
): JsonObject {
  const object = readBody(resource, namespace, body);
  const metadata = object.metadata as JsonObject;
  if (metadata.name !== name)
    throw refuse.badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  const path = pathOf(resource, namespace, name);
  const current = existing(storage, resource, path, name);
  const version = metadata.resourceVersion ?? "";
  if (version === "" || version === "0")
    throw refuse.invalid(
      resource,
      name,
      "metadata.resourceVersion",
      "Invalid value: 0x0: must be specified for an update",
    );
  if (version !== `${current.revision}`) throw refuse.changed(resource, name);
  const own = current.object.metadata as JsonObject;
  if (metadata.uid !== undefined && metadata.uid !== "" && metadata.uid !== own.uid)
    throw refuse.conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${metadata.uid}, UID in object meta: ${own.uid}`,
    );
  const same = canonicalJson(object.spec ?? null) === canonicalJson(current.object.spec ?? null);
  return store(storage, resource, path, object, {
    uid: own.uid!,
    creationTimestamp: own.creationTimestamp!,
    generation: Number(own.generation) + (same ? 0 : 1),
  });
}

export function deleteObject(
  storage: Storage,
  resource: ApiResource,
  namespace: string,
  name: string,
  body: string,
): JsonObject {
  const path = pathOf(resource, namespace, name);
  const current = existing(storage, resource, path, name);
  const options = body === "" ? {} : parsed(body);
  const wanted = isJsonObject(options) && isJsonObject(options.preconditions) ? options.preconditions : {};
  const { uid } = current.object.metadata as JsonObject;
  if (wanted.uid !== undefined && wanted.uid !== uid)
    throw refuse.conflict(
      resource,
      name,
      `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ${uid}`,
    );
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== `${current.revision}`)
    throw refuse.conflict(
      resource,
      name,
      `Precondition failed: ResourceVersion in precondition: ${wanted.resourceVersion}, ResourceVersion in object meta: ${current.revision}`,
    );
  storage.write(path, undefined);
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name, group: resource.group, kind: resource.plural, uid: uid! },
  };
}

/** All of the resource, or of a namespace. */
export function deleteObjects(storage: Storage, resource: ApiResource, namespace: string): JsonObject {
  for (const { path } of storage.at(storage.revision, prefixOf(resource, namespace)))
    storage.write(path, undefined);
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success" };
}

function store(
  storage: Storage,
  resource: ApiResource,
  path: string,
  object: JsonObject,
  own: JsonObject,
): JsonObject {
  const { resourceVersion: _, ...metadata } = object.metadata as JsonObject;
  const stored = { ...object, metadata: { ...metadata, ...own } };
  if (Buffer.byteLength(printJson(stored)) > MOST_IN_ETCD) throw refuse.tooLargeForEtcd();
  return shown(storage.write(path, stored)!, resource);
}

function existing(storage: Storage, resource: ApiResource, path: string, name: string): Entry {
  const current = storage.read(path);
  if (current === undefined) throw refuse.notFound(resource, name);
  return current;
}

function readBody(resource: ApiResource, namespace: string, body: string): JsonObject {
  const object = parsed(body);
  if (!isJsonObject(object) || !isJsonObject(object.metadata))
    throw refuse.badRequest("the object provided is unrecognized (must be of type object)");
  if (object.kind !== resource.kind || object.apiVersion !== apiVersionOf(resource))
    throw refuse.badRequest(
      `the API version in the data (${object.apiVersion}) does not match the expected API version (${apiVersionOf(resource)})`,
    );
  const { metadata } = object;
  const written = metadata.namespace ?? "";
  if (resource.namespaced && written !== "" && written !== namespace)
    throw refuse.badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  return resource.namespaced ? { ...object, metadata: { ...metadata, namespace } } : object;
}

function parsed(body: string): Json {
  try {
    return parseJson(body);
  } catch (error) {
    throw refuse.badRequest(`error decoding: ${error instanceof Error ? error.message : error}`);
  }
}
