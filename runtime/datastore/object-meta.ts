/** Metadata as Calico's clients write it. Source: the sheet "Storage layout", etcd semantics and Kubernetes datastore. */
import { isJsonObject, type Json, type JsonObject } from "./json.ts";

/** Holds, as JSON, what the store's own metadata cannot: the name of a policy, with v1 custom resources nearly all. */
export const METADATA_ANNOTATION = "projectcalico.org/metadata";

/** The fields of Kubernetes' ObjectMeta in the order in which Go writes them. */
const METADATA_FIELDS = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
];

export function orderMetadata(metadata: JsonObject): JsonObject {
  const known = METADATA_FIELDS.filter((field) => field in metadata);
  const unknown = Object.keys(metadata).filter((field) => !METADATA_FIELDS.includes(field));
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
