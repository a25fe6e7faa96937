import { findKind, readDocuments } from "../../../compiler/index.ts";
import type { Json } from "../../../runtime/datastore/json.ts";
import { readResource } from "../../../runtime/datastore/resource.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { readWhole } from "../../datastore/snapshot.ts";
import { toYaml } from "../../resources/output.ts";

export type ExportRequest = DatastoreRequest;

/** One YAML document a resource, in the order of the datastore. */
export async function exportInventory({ config }: ExportRequest): Promise<void> {
  const { documents } = readDocuments(await readWhole(config));
  for (const { value } of documents) {
    const read = readResource(value as Json);
    if (read.problem !== undefined) continue;
    const { resource } = read;
    if (findKind(resource.apiVersion, resource.kind)?.source !== "inventory") continue;
    process.stdout.write(`---\n${toYaml(resource)}`);
  }
}
