/**
 * The bytes that Calico's own client writes for a resource. A value of a v3 resource is its JSON without
 * resourceVersion; decoding one and encoding it again gives the same bytes. Source: the sheet "Storage layout", etcd
 * keys and etcd semantics.
 */
import { isUtf8 } from "node:buffer";
import type { CorruptValue } from "../errors.ts";
import { isJsonObject, type Json, type JsonObject, objectOf, parseJson, printJson } from "../json.ts";
import { isPolicyKind } from "../kinds.ts";
import { METADATA_ANNOTATION, orderMetadata } from "../object-meta.ts";
import { keyOf, type Resource, type ResourceKey, readResource, withoutResourceVersion } from "../resource.ts";
import { decodeIpam, encodeIpam } from "./ipam-values.ts";
import { readKey } from "./keys.ts";

/** Reads the value of a key that `readKey` knows. */
export function decodeValue(
  place: string,
  key: ResourceKey,
  bytes: Buffer,
): { readonly key: ResourceKey; readonly resource: Resource } | CorruptValue {
  const corrupt = (reason: string): CorruptValue => ({ place, key, reason });
  if (!isUtf8(bytes)) return corrupt("it is not UTF-8");
  let value: Json;
  try {
    // An affinity that has no value at all reads as an empty one.
    value = bytes.length === 0 && key.kind === "BlockAffinity" ? {} : parseJson(bytes.toString());
  } catch (error) {
    return corrupt(error instanceof Error ? error.message : String(error));
  }
  const ipam = isJsonObject(value) ? decodeIpam(place, key, value) : undefined;
  const read = readResource(ipam ?? value);
  if (read.problem !== undefined) return corrupt(read.problem);
  const { resource } = read;
  if (resource.kind !== key.kind || resource.apiVersion !== key.apiVersion)
    return corrupt(`it is a ${resource.kind} of ${resource.apiVersion}`);
  const named = isPolicyKind(key.kind) ? recoverPolicyName(resource) : resource;
  const found = keyOf(named);
  if (found.namespace !== key.namespace) return corrupt(`its namespace is ${found.namespace}`);
  if (!isPolicyKind(key.kind) && found.name !== key.name) return corrupt(`its name is ${found.name}`);
  return { key: found, resource: withoutResourceVersion(named) };
}

/** The value to be stored under `etcdKey`, which is one of the resource's keys. */
export function encodeValue(etcdKey: string, resource: Resource): Buffer {
  const ipam = encodeIpam(resource);
  if (ipam !== undefined) return Buffer.from(printJson(ipam));
  const { kind, apiVersion, metadata, ...rest } = withoutResourceVersion(resource);
  const { namespace } = keyOf(resource);
  const named = isPolicyKind(resource.kind) ? withPolicyName(etcdKey, resource) : metadata;
  const stored = namespace === "" ? named : { ...named, namespace };
  return Buffer.from(printJson({ kind, apiVersion, metadata: orderMetadata(stored), ...rest } as JsonObject));
}

/** The sheet, "Policy name recovery on read". */
function recoverPolicyName(resource: Resource): Resource {
  const { metadata, spec } = resource;
  const annotations = objectOf(metadata.annotations);
  const { [METADATA_ANNOTATION]: written, ...others } = annotations;
  const tier = isJsonObject(spec) ? (spec.tier ?? "") : "";
  const inDefaultTier = tier === "" || tier === "default";
  const name = nameIn(written) ?? (inDefaultTier ? metadata.name.replace(/^default\./, "") : metadata.name);
  if (written === undefined) return { ...resource, metadata: { ...metadata, name } };
  const { annotations: _, ...bare } = metadata;
  const left = Object.keys(others).length === 0 ? bare : { ...metadata, annotations: others };
  return { ...resource, metadata: { ...left, name } } as Resource;
}

function nameIn(annotation: Json | undefined): string | undefined {
  if (typeof annotation !== "string") return undefined;
  try {
    const value = parseJson(annotation);
    return isJsonObject(value) && typeof value.name === "string" && value.name !== ""
      ? value.name
      : undefined;
  } catch {
    return undefined;
  }
}

function withPolicyName(etcdKey: string, { metadata }: Resource): JsonObject {
  const annotations = objectOf(metadata.annotations);
  return {
    ...metadata,
    name: readKey(etcdKey)?.name ?? metadata.name,
    annotations: { ...annotations, [METADATA_ANNOTATION]: printJson({ name: metadata.name }) },
  };
}
