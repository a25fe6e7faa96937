import { type JsonObject, objectOf } from "../../../runtime/datastore/json.ts";
import type { Resource } from "../../../runtime/datastore/resource.ts";
import { withDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { demandValid } from "../../resources/checked.ts";
import { Client, describeFailure } from "../../resources/client.ts";
import { demandKind, named } from "../../resources/selection.ts";

export interface LabelRequest extends DatastoreRequest {
  readonly namespace?: string;
  readonly overwrite?: boolean;
  readonly remove?: boolean;
}

/** Messages: the sheet "Result messages". */
export async function runLabel(
  kind: string,
  name: string,
  label: string,
  request: LabelRequest,
): Promise<void> {
  const [key = "", value] = label.split(/=(.*)/s);
  if (key === "" || (value === undefined) !== (request.remove === true))
    throw new UserError(`invalid label ${label}`);
  const asked = named(demandKind(kind), name, request);
  await withDatastore(request.config, async ({ datastore, type }) => {
    try {
      const { resource, resourceVersion } = await datastore.get(asked.key);
      const labels = objectOf(resource.metadata.labels);
      const before = Object.hasOwn(labels, key) ? labels[key] : undefined;
      if (request.remove && before === undefined)
        throw new UserError(`cannot remove label of ${kind} ${name}, key ${key} does not exist`);
      if (!request.remove && before !== undefined && before !== value && !request.overwrite)
        throw new UserError(
          `failed to update label of ${kind} ${name}, key ${key} is already present. please use '--overwrite' to set a new value`,
        );
      const changed = withLabels(resource, changedLabels(labels, key, value), resourceVersion);
      demandValid(changed);
      await new Client(datastore, type).update(changed);
      process.stdout.write(`${success(before !== undefined, key, kind, name, request)}\n`);
    } catch (error) {
      throw error instanceof UserError ? error : new UserError(describeFailure(error));
    }
  });
}

function changedLabels(labels: JsonObject, key: string, value: string | undefined): JsonObject {
  const { [key]: _, ...others } = labels;
  return value === undefined ? others : { ...labels, [key]: value };
}

function withLabels(resource: Resource, labels: JsonObject, resourceVersion: string): Resource {
  const { labels: _, ...metadata } = resource.metadata;
  const kept = Object.keys(labels).length === 0 ? {} : { labels };
  return { ...resource, metadata: { ...metadata, ...kept, resourceVersion } } as Resource;
}

function success(present: boolean, key: string, kind: string, name: string, request: LabelRequest): string {
  if (request.remove) return `Successfully removed label ${key} from ${kind} ${name}`;
  return `Successfully ${present ? "updated" : "set"} label ${key} on ${kind} ${name}`;
}
