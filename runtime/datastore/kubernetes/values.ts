/**
 * Resources as objects of the Kubernetes API and back. Sources: the sheet "Kubernetes datastore" for custom resources,
 * "IPAM block JSON" for those of IPAM.
 */
import { type CorruptValue, DatastoreError } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject, objectOf, parseJson, printJson } from "../json.ts";
import { isPolicyKind, storedNames } from "../kinds.ts";
import { METADATA_ANNOTATION, orderMetadata } from "../object-meta.ts";
import { keyOf, type Resource, type ResourceKey, type Stored, withoutResourceVersion } from "../resource.ts";
import { placeOf, type ServedKind } from "./served.ts";
import { mirrorUid } from "./uid.ts";

const V1 = "crd.projectcalico.org/v1";
const V3 = "projectcalico.org/v3";
/** Labels and annotations with these keys are on the custom resource itself, too. */
const SHARED_KEY = /projectcalico\.org\/|operator\.tigera\.io\//;

/** An object that came from the server, and the name that it has there. */
export interface ReadObject {
  readonly objectName: string;
  readonly value: Stored | CorruptValue;
}

/** Throws unreachable for what no API server answers. */
export function readObject(served: ServedKind, object: Json): ReadObject {
  if (!isJsonObject(object) || !isJsonObject(object.metadata) || typeof object.metadata.name !== "string")
    throw new DatastoreError({
      kind: "unreachable",
      reason: `${served.plural} are answered by what is none`,
    });
  const { metadata } = object;
  const objectName = metadata.name as string;
  const namespace = served.namespaced && typeof metadata.namespace === "string" ? metadata.namespace : "";
  const key: ResourceKey = { apiVersion: served.apiVersion, kind: served.kind, namespace, name: objectName };
  const read = served.form === V1 ? readV1(object, metadata) : { metadata };
  if ("reason" in read)
    return { objectName, value: { place: placeOf(served, key), key, reason: read.reason } };
  const { resourceVersion, managedFields: _managed, selfLink: _link, ...kept } = read.metadata;
  const { apiVersion: _version, kind: _kind, metadata: _metadata, ...rest } = object;
  const specific = { ...rest, ...(isJsonObject(rest.spec) ? { spec: specOf(served, rest.spec) } : {}) };
  const name = nameOf(served, objectName, kept, rest.spec);
  const resource = {
    kind: served.kind,
    apiVersion: served.apiVersion,
    metadata: { ...kept, name },
    ...specific,
  } as Resource;
  return {
    objectName,
    value: { key: { ...key, name }, resourceVersion: String(resourceVersion ?? ""), resource },
  };
}

/** The names that the object of a resource may have, the right one first. */
export function objectNamesOf(served: ServedKind, { kind, name }: ResourceKey): readonly string[] {
  if (kind === "IPAMHandle") return [name.toLowerCase()];
  return served.form === V1 ? storedNames(kind, name) : [name];
}

/** The JSON to be sent; `resourceVersion` for an update. */
export function writeObject(
  served: ServedKind,
  objectName: string,
  resource: Resource,
  resourceVersion?: string,
): string {
  const { kind: _kind, apiVersion: _version, metadata, ...rest } = withoutResourceVersion(resource);
  const { namespace } = keyOf(resource);
  const written = served.form === V1 ? writeV1(resource) : metadata;
  const { namespace: _namespace, name: _name, ...others } = written as JsonObject;
  const object: JsonObject = {
    kind: served.servedKind,
    apiVersion: served.servedVersion,
    metadata: orderMetadata({
      ...others,
      name: objectName,
      ...(namespace === "" ? {} : { namespace }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    }),
    ...rest,
    ...(isJsonObject(rest.spec) ? { spec: writtenSpec(served, resource.metadata.name, rest.spec) } : {}),
  };
  return printJson(object);
}

/** The metadata of a v1 custom resource, with what its annotation holds. */
function readV1(
  object: JsonObject,
  own: JsonObject,
): { readonly metadata: JsonObject } | { readonly reason: string } {
  const { [METADATA_ANNOTATION]: text, ...annotations } = isJsonObject(own.annotations)
    ? own.annotations
    : {};
  const held = text === undefined ? {} : objectIn(text);
  if (held === undefined) return { reason: `its annotation ${METADATA_ANNOTATION} is no JSON object` };
  const { name, ...others } = held;
  const merged = (field: string, native: JsonObject): JsonObject => {
    const both = { ...native, ...objectOf(held[field]) };
    return Object.keys(both).length === 0 ? {} : { [field]: both };
  };
  const { annotations: _annotations, labels, uid, ...plain } = own;
  const { annotations: _held, labels: _labels, creationTimestamp, ...stored } = others;
  const policyName = policyNameOf(object, text === undefined, name, String(own.name));
  return {
    metadata: {
      ...plain,
      ...stored,
      ...(typeof creationTimestamp === "string" ? { creationTimestamp } : {}),
      ...(typeof uid === "string" ? { uid: mirrorUid(uid) } : {}),
      ...merged("labels", objectOf(labels)),
      ...merged("annotations", annotations),
      ...(Array.isArray(stored.ownerReferences)
        ? // Older writers did not rename the group, and gave the UID of v1 all the same.
          { ownerReferences: owners(stored.ownerReferences, [V1, V3], V3) }
        : {}),
      name: policyName,
    },
  };
}

/** The sheet, "Policy name recovery on read". */
function policyNameOf(object: JsonObject, bare: boolean, held: Json | undefined, own: string): string {
  if (bare || !isPolicyKind(String(object.kind))) return own;
  if (typeof held === "string" && held !== "") return held;
  const tier = isJsonObject(object.spec) ? (object.spec.tier ?? "") : "";
  return tier === "" || tier === "default" ? own.replace(/^default\./, "") : own;
}

function objectIn(text: Json): JsonObject | undefined {
  try {
    const value = parseJson(String(text));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The native metadata of a v1 custom resource; all the rest is in its annotation. */
function writeV1({ kind, metadata }: Resource): JsonObject {
  const {
    namespace: _namespace,
    uid: _uid,
    resourceVersion: _version,
    managedFields: _managed,
    name,
    ...kept
  } = metadata;
  const held = {
    ...(isPolicyKind(kind) ? { name } : {}),
    ...kept,
    ...(Array.isArray(kept.ownerReferences)
      ? { ownerReferences: owners(kept.ownerReferences, [V3], V1) }
      : {}),
  };
  const shared = (map: Json | undefined): JsonObject =>
    Object.fromEntries(Object.entries(objectOf(map)).filter(([key]) => SHARED_KEY.test(key)));
  const labels = shared(metadata.labels);
  return {
    annotations: { ...shared(metadata.annotations), [METADATA_ANNOTATION]: printJson(orderMetadata(held)) },
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
  };
}

function owners(references: readonly Json[], from: readonly string[], to: string): readonly Json[] {
  return references.map((owner) =>
    isJsonObject(owner) && from.includes(String(owner.apiVersion))
      ? { ...owner, apiVersion: to, uid: mirrorUid(String(owner.uid)) }
      : owner,
  );
}

/** The object of a handle has its ID in lower case. */
function nameOf(
  served: ServedKind,
  objectName: string,
  metadata: JsonObject,
  spec: Json | undefined,
): string {
  if (served.kind !== "IPAMHandle") return String(metadata.name);
  const id = isJsonObject(spec) ? spec.handleID : undefined;
  return typeof id === "string" && id.toLowerCase() === objectName ? id : objectName;
}

function specOf({ kind, form }: ServedKind, spec: JsonObject): JsonObject {
  // A text in v1.
  if (kind === "BlockAffinity" && form === V1 && "deleted" in spec)
    return { ...spec, deleted: String(spec.deleted) === "true" };
  return spec;
}

/** With what the schemas of Calico's own custom resources demand. */
function writtenSpec({ kind, form }: ServedKind, name: string, spec: JsonObject): JsonObject {
  switch (kind) {
    case "BlockAffinity": {
      const deleted = String(spec.deleted ?? false) === "true";
      return { ...spec, deleted: form === V1 ? String(deleted) : deleted };
    }
    case "IPAMBlock": {
      // In etcd an empty list may be `null`.
      const given = Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== null));
      const lists = { allocations: [], unallocated: [], attributes: [] };
      return { ...(form === V1 ? { strictAffinity: false } : {}), ...lists, ...given };
    }
    case "IPAMHandle":
      return { handleID: name, ...spec };
    default:
      return spec;
  }
}
