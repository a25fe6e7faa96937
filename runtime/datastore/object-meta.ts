/** Metadata as Calico's clients write it. Source: the sheet "Storage layout", etcd semantics and Kubernetes datastore. */
import { OBJECT_META_FIELDS } from "../../compiler/index.ts";
import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** Holds, as JSON, what the store's own metadata cannot: the name of a policy, with v1 custom resources nearly all. */
export const METADATA_ANNOTATION = "projectcalico.org/metadata";

/** In the order in which Go writes them. */
export function orderMetadata(metadata: JsonObject): JsonObject {
  const known = OBJECT_META_FIELDS.filter((field) => field in metadata);
  const unknown = Object.keys(metadata).filter((field) => !OBJECT_META_FIELDS.includes(field));
  return Object.fromEntries([...known, ...unknown].map((field) => [field, sortMap(field, metadata[field]!)]));
}

/** Go writes maps sorted. */
function sortMap(field: string, value: Json): Json {
  if ((field !== "labels" && field !== "annotations") || !isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, value[key]!]),
  );
}
