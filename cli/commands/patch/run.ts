import { isJsonObject, type Json } from "../../../runtime/datastore/json.ts";
import { type Resource, readResource } from "../../../runtime/datastore/resource.ts";
import { parseYaml } from "../../../runtime/datastore/yaml.ts";
import { withDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { demandValid } from "../../resources/checked.ts";
import { Client, describeFailure } from "../../resources/client.ts";
import { demandKind, named } from "../../resources/selection.ts";
import { applyJsonPatch } from "./json-patch.ts";
import { applyMergePatch, applyStrategicMergePatch } from "./merge-patch.ts";

export interface PatchRequest extends DatastoreRequest {
  readonly namespace?: string;
  readonly patch: string;
  readonly type: string;
}

/** Fields that say which resource it is. */
const IDENTITY = ["apiVersion", "kind"] as const;

const TYPES: Readonly<Record<string, (target: Json, patch: Json) => Json>> = {
  json: applyJsonPatch,
  merge: applyMergePatch,
  strategic: applyStrategicMergePatch,
};

/** The types are kubectl's; Calico takes any and always merges. */
export async function runPatch(kind: string, name: string, request: PatchRequest): Promise<void> {
  const apply = Object.hasOwn(TYPES, request.type) ? TYPES[request.type] : undefined;
  if (apply === undefined)
    throw new UserError(`patch type '${request.type}' is none of ${Object.keys(TYPES).join(", ")}`);
  const patch = readPatch(request.patch);
  if (request.type !== "json" && !isJsonObject(patch))
    throw new UserError("the patch is not a mapping of fields");
  const managed = demandKind(kind);
  const asked = named(managed, name, request);
  await withDatastore(request.config, async ({ datastore, type }) => {
    try {
      const { resource, resourceVersion } = await datastore.get(asked.key);
      const read = readResource(apply(resource, patch));
      if (read.problem !== undefined)
        throw new UserError(`what the patch makes is no resource: ${read.problem}`);
      const merged = read.resource;
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

function readPatch(text: string): Json {
  try {
    return parseYaml(text)[0] ?? null;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split("\n")[0] : error;
    throw new UserError(`the patch is neither JSON nor YAML: ${reason}`);
  }
}
