/**
 * The file between `datastore migrate export` and `import`: lists of resources in YAML, the ClusterInformation and the
 * objects of IPAM in JSON, with lines `===` between them. Source: the sheet "Datastore migration".
 */
import { isJsonObject, type Json, type JsonObject, parseJson, printIndentedJson } from "../datastore/json.ts";
import type { Resource } from "../datastore/resource.ts";
import { ipamDocument, readIpamDocument } from "./ipam-document.ts";

const SEPARATOR = "===\n";

export interface ExportFile {
  /** YAML documents. */
  readonly resources: string;
  readonly clusterInformation: JsonObject;
  readonly ipam: readonly Resource[];
}

export function printExportFile({ resources, clusterInformation, ipam }: ExportFile): string {
  const printed = (value: Json): string => `${printIndentedJson(value, "  ")}\n`;
  return [resources, printed(clusterInformation), printed(ipamDocument(ipam))].join(SEPARATOR);
}

export function readExportFile(text: string): ExportFile | { readonly problem: string } {
  const parts = text.split(/^===\n/m);
  const [resources, information, ipam] = parts;
  if (parts.length !== 3 || resources === undefined || information === undefined || ipam === undefined)
    return {
      problem: "it is improperly formatted. Try recreating with 'calicoctl datastore migrate export'",
    };
  try {
    const clusterInformation = parseJson(information);
    if (!isJsonObject(clusterInformation)) return { problem: "its ClusterInformation is no JSON object" };
    const objects = readIpamDocument(parseJson(ipam));
    if ("problem" in objects) return { problem: `its IPAM part cannot be read: ${objects.problem}` };
    return { resources, clusterInformation, ipam: objects };
  } catch (error) {
    return { problem: `its JSON cannot be read: ${error instanceof Error ? error.message : error}` };
  }
}
