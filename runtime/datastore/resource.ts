import { isJsonObject, type Json, type JsonObject } from "./json.ts";
import { isNamespaced } from "./kinds.ts";

/** A resource as people write it; every field is kept, also those that this version does not know. */
export type Resource = JsonObject & {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: JsonObject & { readonly name: string };
};

/** What identifies a resource. `namespace` is "" for kinds without one. */
export interface ResourceKey {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** All resources of a kind, or those in one namespace. */
export interface Selection {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
}

/** A resource in a datastore. `resource.metadata` holds no resourceVersion: it is beside it. */
export interface Stored {
  readonly key: ResourceKey;
  /** Opaque; equal exactly while the resource is unchanged. */
  readonly resourceVersion: string;
  readonly resource: Resource;
}

/** `value` as a resource, or why it is none. */
export function readResource(
  value: Json,
): { readonly resource: Resource; readonly problem?: undefined } | { readonly problem: string } {
  if (!isJsonObject(value)) return { problem: "it is not an object" };
  const { apiVersion, kind, metadata } = value;
  if (typeof apiVersion !== "string" || apiVersion === "") return { problem: "it has no apiVersion" };
  if (typeof kind !== "string" || kind === "") return { problem: "it has no kind" };
  if (!isJsonObject(metadata) || typeof metadata.name !== "string" || metadata.name === "")
    return { problem: "it has no metadata.name" };
  if (metadata.namespace !== undefined && typeof metadata.namespace !== "string")
    return { problem: "metadata.namespace is not a string" };
  return { resource: value as Resource };
}

/** A namespaced kind without a namespace is in "default", as for kubectl and the compiler. */
export function keyOf({ apiVersion, kind, metadata }: Resource): ResourceKey {
  const namespaced = isNamespaced(apiVersion, kind);
  const written = typeof metadata.namespace === "string" ? metadata.namespace : "";
  const namespace = namespaced === false ? "" : written === "" && namespaced === true ? "default" : written;
  return { apiVersion, kind, namespace, name: metadata.name };
}

/** One text per key, which no other key has; sorted as text, as etcd sorts its keys: by kind and `namespace/name`. */
export function keyId({ apiVersion, kind, namespace, name }: ResourceKey): string {
  return `${kind}\0${apiVersion}\0${namespace}/${name}`;
}

/** For messages: `NetworkPolicy prod/web`. */
export function describeKey({ kind, namespace, name }: ResourceKey): string {
  return namespace === "" ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

export function isSelected(key: ResourceKey, { apiVersion, kind, namespace }: Selection): boolean {
  return (
    key.kind === kind &&
    key.apiVersion === apiVersion &&
    (namespace === undefined || key.namespace === namespace)
  );
}

/** The version is the datastore's to say; a copy of an old one inside the resource would only mislead. */
export function withoutResourceVersion(resource: Resource): Resource {
  if (!("resourceVersion" in resource.metadata)) return resource;
  const { resourceVersion: _, ...metadata } = resource.metadata;
  return { ...resource, metadata } as Resource;
}
