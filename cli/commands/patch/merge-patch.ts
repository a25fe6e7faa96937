import { isJsonObject, type Json, type JsonObject } from "../../../runtime/datastore/json.ts";
import { UserError } from "../../output/errors.ts";

/** RFC 7386. */
export function applyMergePatch(target: Json | undefined, patch: Json): Json {
  return merge(target, patch, () => undefined);
}

/**
 * Kubernetes' strategic merge of Calico's kinds: none of their lists has a merge key, so lists are replaced as a whole,
 * and of the directives only `$patch: replace` and `$patch: delete` have a meaning (community/contributors/devel/
 * sig-api-machinery/strategic-merge-patch.md of kubernetes/community). Throws UserError for the others.
 */
export function applyStrategicMergePatch(target: Json | undefined, patch: Json): Json {
  return merge(target, patch, (fields) => {
    const { $patch: directive, ...rest } = fields;
    const unknown = Object.keys(rest).find((field) => field.startsWith("$"));
    if (unknown !== undefined)
      throw new UserError(`the directive ${unknown} is for lists that are merged, and none is`);
    if (directive === undefined || directive === "merge") return undefined;
    if (directive === "replace") return rest;
    if (directive === "delete") return {};
    throw new UserError(`$patch: ${directive} is none of replace, delete, merge`);
  });
}

/** `whole`: what a mapping becomes of itself, whatever was there. */
function merge(
  target: Json | undefined,
  patch: Json,
  whole: (fields: JsonObject) => JsonObject | undefined,
): Json {
  if (!isJsonObject(patch)) return patch;
  const replaced = whole(patch);
  if (replaced !== undefined) return replaced;
  const merged: Record<string, Json> = isJsonObject(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (field === "$patch") continue;
    if (value === null) delete merged[field];
    else merged[field] = merge(merged[field], value, whole);
  }
  return merged;
}
