/** Rules and messages: the sheet "Datastore migration". */
import type { Datastore } from "../../../../runtime/datastore/datastore.ts";
import { isJsonObject, type JsonObject } from "../../../../runtime/datastore/json.ts";
import { CALICO_API_VERSION } from "../../../../runtime/datastore/kinds.ts";
import type { Resource } from "../../../../runtime/datastore/resource.ts";
import { listKind } from "../../../../runtime/ipam/objects.ts";
import { printExportFile } from "../../../../runtime/migration/export-file.ts";
import { IPAM_KINDS } from "../../../../runtime/migration/ipam-document.ts";
import { kubernetesName, type NodeNames, withNodeNames } from "../../../../runtime/migration/node-names.ts";
import { demandLocked, findClusterInformation } from "../../../datastore/cluster-information.ts";
import { withDatastore } from "../../../datastore/open.ts";
import type { DatastoreRequest } from "../../../datastore/options.ts";
import { UserError } from "../../../output/errors.ts";
import { toYaml, versioned } from "../../../resources/output.ts";
import { MIGRATED_KINDS } from "./kinds.ts";

/** All is read before the first line is written. */
export function exportDatastore({ config }: DatastoreRequest): Promise<void> {
  return withDatastore(config, async ({ datastore, type }) => {
    if (type !== "etcdv3")
      throw new UserError(
        `invalid datastore type: ${type} to export from for datastore migration. Datastore type must be etcdv3`,
      );
    await demandLocked(datastore, "to begin migration");
    const information = await findClusterInformation(datastore);
    const held = new Map<string, readonly Resource[]>();
    for (const kind of [...MIGRATED_KINDS, ...IPAM_KINDS]) held.set(kind, await readKind(datastore, kind));
    const names = nodeNames(held.get("Node") ?? []);
    const renamed = (kind: string): readonly Resource[] =>
      (held.get(kind) ?? []).map((resource) => withNodeNames(resource, names));
    const lists = MIGRATED_KINDS.map((kind) => {
      const items = renamed(kind).map((resource) => withActionsOfToday(withoutClusterMetadata(resource)));
      return `${toYaml({ kind: `${kind}List`, apiVersion: CALICO_API_VERSION, metadata: {}, items })}---\n`;
    });
    process.stdout.write(
      printExportFile({
        resources: lists.join(""),
        clusterInformation: information === undefined ? {} : versioned(information.stored),
        ipam: IPAM_KINDS.flatMap(renamed),
      }),
    );
  });
}

/** Throws UserError for a value that cannot be read: it would be missing in the new datastore. */
async function readKind(datastore: Datastore, kind: string): Promise<readonly Resource[]> {
  const { items, corrupt } = await listKind(datastore, kind);
  const [first] = corrupt;
  if (first !== undefined)
    throw new UserError(
      `${first.place} cannot be read, and would be lost: ${first.reason}. Mend or delete it`,
    );
  return items
    .map(({ resource }) => resource)
    .filter(({ metadata }) => kind !== "NetworkPolicy" || !metadata.name.startsWith("knp.default."));
}

function nodeNames(nodes: readonly Resource[]): NodeNames {
  return new Map(
    nodes.map((node) => {
      const { name } = node.metadata;
      const there = kubernetesName(node);
      if (there === undefined)
        throw new UserError(
          `node ${name} missing a 'k8s' orchestrator reference. Unable to export data unless every node has a 'k8s' orchestrator reference`,
        );
      return [name, there];
    }),
  );
}

const OF_ONE_CLUSTER = [
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
];

function withoutClusterMetadata(resource: Resource): Resource {
  const kept = Object.entries(resource.metadata).filter(([field]) => !OF_ONE_CLUSTER.includes(field));
  return { ...resource, metadata: Object.fromEntries(kept) as Resource["metadata"] };
}

const ACTIONS = [
  "defaultEndpointToHostAction",
  "iptablesFilterAllowAction",
  "iptablesMangleAllowAction",
  "iptablesFilterDenyAction",
];

/** The first API wrote actions of iptables in capitals: `ACCEPT`. */
function withActionsOfToday(resource: Resource): Resource {
  if (resource.kind !== "FelixConfiguration" || !isJsonObject(resource.spec)) return resource;
  const written: JsonObject = resource.spec;
  const spec = Object.fromEntries(
    Object.entries(written).map(([field, value]) => [
      field,
      ACTIONS.includes(field) && typeof value === "string"
        ? `${value.slice(0, 1).toUpperCase()}${value.slice(1).toLowerCase()}`
        : value,
    ]),
  );
  return { ...resource, spec };
}
