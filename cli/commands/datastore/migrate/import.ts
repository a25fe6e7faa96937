/** Rules and messages: the sheet "Datastore migration". */
import { text } from "node:stream/consumers";
import { type Diagnostic, readDocuments } from "../../../../compiler/index.ts";
import type { Datastore } from "../../../../runtime/datastore/datastore.ts";
import { problemOf } from "../../../../runtime/datastore/errors.ts";
import { type Json, type JsonObject, objectOf } from "../../../../runtime/datastore/json.ts";
import { keyOf, type Resource, readResource } from "../../../../runtime/datastore/resource.ts";
import { affinityLabels, affinityName } from "../../../../runtime/ipam/affinity.ts";
import { specOf } from "../../../../runtime/ipam/objects.ts";
import { type ExportFile, readExportFile } from "../../../../runtime/migration/export-file.ts";
import { changeClusterInformation } from "../../../datastore/cluster-information.ts";
import { withDatastore } from "../../../datastore/open.ts";
import type { DatastoreRequest } from "../../../datastore/options.ts";
import { UnreadableInput, UserError } from "../../../output/errors.ts";
import { readText } from "../../../output/read-text.ts";
import { Client, describeFailure } from "../../../resources/client.ts";
import { identifier } from "../../../resources/kinds.ts";
import { APPLY, type Outcome, reportOutcome, singleKind } from "../../../resources/outcome.ts";
import { MIGRATED_KINDS } from "./kinds.ts";
import { annotateCommand } from "./node-annotations.ts";
import { demandEmpty } from "./target.ts";

export interface ImportRequest extends DatastoreRequest {
  readonly filename: string;
  readonly dryRun?: boolean;
}

/** All of the file is read and valid, and the datastore has nothing that is not of it, before the first write. */
export async function importDatastore({ config, filename, dryRun }: ImportRequest): Promise<void> {
  const file = await readExport(filename);
  const all = resourcesIn(filename, file);
  const resources = all.filter(({ kind }) => kind !== "Node");
  const nodes = all.filter(({ kind }) => kind === "Node");
  const ipam = file.ipam.map(asCustomResource);
  await withDatastore(config, async ({ datastore, type }) => {
    if (type !== "kubernetes")
      throw new UserError(
        `invalid datastore type: ${type} to import to for datastore migration. Datastore type must be kubernetes`,
      );
    const client = new Client(datastore, type);
    await demandEmpty(datastore, client, [...resources, ...ipam]);
    if (dryRun) {
      print(
        `Would import ${resources.length} resource(s) and ${ipam.length} IPAM resource(s); nothing was written.`,
      );
      return;
    }
    await changeClusterInformation(datastore, type, { datastoreReady: false });
    const applied = await writeAll(resources, (resource) => client.apply(resource));
    reportOutcome(APPLY, { ...applied, kind: singleKind(resources.map(({ kind }) => kind)) });
    await changeClusterInformation(datastore, type, identityIn(file.clusterInformation));
    print("Importing IPAM resources");
    if (ipam.length === 0) print("No IPAM resources specified in file");
    else reportIpam(await writeAll(ipam, (resource) => unlessThere(datastore.create(resource))));
    await tellNodes(datastore, nodes);
    print(
      "Datastore information successfully imported. Unlock the datastore with `calicoctl datastore migrate unlock` when Calico uses it.",
    );
  });
}

async function readExport(filename: string): Promise<ExportFile> {
  const file = readExportFile(await (filename === "-" ? text(process.stdin) : readText(filename)));
  if ("problem" in file)
    throw new UserError(`Error while reading migration file: ${filename}: ${file.problem}`);
  return file;
}

/** Throws UnreadableInput for what is invalid, or of a kind that no export has. */
function resourcesIn(path: string, file: ExportFile): readonly Resource[] {
  const files = [{ path, text: file.resources }];
  const { documents, problems } = readDocuments(files);
  const findings: readonly Diagnostic[] = [
    ...problems,
    ...documents.flatMap((document) => document.findings),
  ];
  const errors = findings.filter(({ severity }) => severity === "error");
  if (errors.length > 0)
    throw new UnreadableInput(
      `${errors.length} mistakes in ${path}, and nothing was imported`,
      errors,
      files,
    );
  return documents.map(({ value }) => {
    const read = readResource(value as Json);
    if (read.problem !== undefined)
      throw new UserError(`${path} holds something that is no resource: ${read.problem}`);
    if (!MIGRATED_KINDS.includes(read.resource.kind))
      throw new UserError(`${path} holds a ${read.resource.kind}, which no export has`);
    return read.resource;
  });
}

function asCustomResource(resource: Resource): Resource {
  if (resource.kind !== "BlockAffinity") return resource;
  const { node, type, cidr } = specOf(resource);
  const name = affinityName(String(node), String(cidr));
  return {
    ...resource,
    metadata: { name, labels: affinityLabels(String(node), String(type), String(cidr)) },
  };
}

/** Which cluster it is stays; its type is what the new one's components say. */
function identityIn(information: JsonObject): JsonObject {
  const { clusterGUID, calicoVersion } = objectOf(information.spec);
  return Object.fromEntries(
    Object.entries({ clusterGUID, calicoVersion }).flatMap(([field, value]) =>
      typeof value === "string" && value !== "" ? [[field, value]] : [],
    ),
  );
}

/** Goes on past what fails. Who then throws leaves the datastore locked, and the import may be repeated. */
async function writeAll(
  resources: readonly Resource[],
  write: (resource: Resource) => Promise<unknown>,
): Promise<Omit<Outcome, "kind">> {
  const errors: string[] = [];
  let handled = 0;
  for (const resource of resources) {
    try {
      await write(resource);
      handled++;
    } catch (error) {
      errors.push(`${identifier(keyOf(resource))}: ${describeFailure(error)}`);
      // Each further attempt would wait as long.
      if (problemOf(error)?.kind === "unreachable") break;
    }
  }
  return { total: resources.length, handled, errors };
}

/** Throws UserError when something failed. */
function reportIpam({ total, handled, errors }: Omit<Outcome, "kind">): void {
  if (errors.length === 0) {
    print(`Successfully applied ${handled} IPAM resource(s)`);
    return;
  }
  const list = `[${errors.join(", ")}]`;
  if (handled === 0) throw new UserError(`Failed to import any IPAM resources: ${list}`);
  print(`Partial success: applied ${handled} out of ${total} resources:`);
  throw new UserError(`Hit error(s): ${list}`);
}

/** An import that is repeated has made it before: `demandEmpty` has seen that it is the same. */
async function unlessThere(created: Promise<unknown>): Promise<void> {
  await created.catch((error) => {
    if (problemOf(error)?.kind !== "already-exists") throw error;
  });
}

async function tellNodes(datastore: Datastore, nodes: readonly Resource[]): Promise<void> {
  if (nodes.length === 0) return;
  const { items } = await datastore.list({ apiVersion: "v1", kind: "Node" });
  const there = new Set(items.map(({ key }) => key.name));
  for (const { metadata } of nodes)
    if (!there.has(metadata.name))
      print(
        `[WARNING] Attempted to import node ${metadata.name} from etcd that references a nonexistent Kubernetes node. Skipping that node.`,
      );
  const commands = nodes
    .filter(({ metadata }) => there.has(metadata.name))
    .flatMap((node) => annotateCommand(node) ?? []);
  if (commands.length === 0) return;
  print("Nodes are Kubernetes' own, and not written. These commands give them what was exported:");
  for (const command of commands) print(`  ${command}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
