import { CORE_SCHEMA, load } from "js-yaml";
import { isJsonObject, type Json, type JsonObject } from "../../../runtime/datastore/json.ts";
import type { Resource } from "../../../runtime/datastore/resource.ts";
import { withDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { demandValid } from "../../resources/checked.ts";
import { Client, describeFailure } from "../../resources/client.ts";
import { demandKind, named } from "../../resources/selection.ts";

export interface PatchRequest extends DatastoreRequest {
  readonly namespace?: string;
  readonly patch: string;
  readonly type: string;
}

/** Fields that say which resource it is. */
const IDENTITY = ["apiVersion", "kind"] as const;

/** Calico ignores `--type` and always merges; here the one that would not mean that is refused. */
export async function runPatch(kind: string, name: string, request: PatchRequest): Promise<void> {
  if (request.type !== "strategic" && request.type !== "merge")
    throw new UserError(`patch type '${request.type}' is not there: use strategic or merge`);
  const patch = readPatch(request.patch);
  const managed = demandKind(kind);
  const asked = named(managed, name, request);
  await withDatastore(request.config, async ({ datastore, type }) => {
    try {
      const { resource, resourceVersion } = await datastore.get(asked.key);
      const merged = merge(resource, patch) as Resource;
      const moved =
        IDENTITY.some((field) => merged[field] !== resource[field]) ||
        merged.metadata.name !== resource.metadata.name ||
        merged.metadata.namespace !== resource.metadata.namespace;
      if (moved) throw new UserError("a patch cannot give a resource another kind, name or namespace");
      demandValid(merged);
      // A version in the patch is the caller's condition; else that of the resource that was patched is.
      const version = merged.metadata.resourceVersion ?? resourceVersion;
      await new Client(datastore, type).update({
        ...merged,
        metadata: { ...merged.metadata, resourceVersion: version },
      } as Resource);
    } catch (error) {
      throw new UserError(
        `Failed to patch '${managed.kind}' resource: ${error instanceof UserError ? error.message : describeFailure(error)}`,
      );
    }
  });
  process.stdout.write(`Successfully patched 1 '${managed.kind}' resource\n`);
}

function readPatch(text: string): JsonObject {
  let value: unknown;
  try {
    value = load(text, { schema: CORE_SCHEMA });
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : error;
    throw new UserError(`the patch is neither JSON nor YAML: ${reason}`);
  }
  if (!isJsonObject(value as Json)) throw new UserError("the patch is not a mapping of fields");
  return value as JsonObject;
}

/**
 * RFC 7386. For Calico's kinds it is also what a strategic merge does, as none of their lists has a merge key; its
 * `$patch` directives are not read.
 */
function merge(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  const merged: Record<string, Json> = isJsonObject(target) ? { ...target } : {};
  for (const [field, value] of Object.entries(patch)) {
    if (value === null) delete merged[field];
    else merged[field] = merge(merged[field], value);
  }
  return merged;
}
