import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findKind, readDocuments } from "../../../compiler/index.ts";
import type { Json } from "../../../runtime/datastore/json.ts";
import { type Resource, readResource } from "../../../runtime/datastore/resource.ts";
import { collect, keep, pack } from "../../../runtime/diags/collect.ts";
import { podPieces } from "../../../runtime/diags/pods.ts";
import { withoutEnvironment } from "../../../runtime/diags/resources.ts";
import { runTool } from "../../../runtime/host/run.ts";
import { readSettings } from "../../datastore/config-file.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import type { Settings } from "../../datastore/settings.ts";
import { readSnapshot } from "../../datastore/snapshot.ts";
import { UserError } from "../../output/errors.ts";
import { timestamp } from "../../output/timestamp.ts";
import { toYaml } from "../../resources/output.ts";

export interface ClusterDiagsRequest extends DatastoreRequest {
  readonly since: string;
  readonly maxLogs: string;
  readonly maxParallelism: string;
  readonly focusNodes?: string;
  readonly skipTempDirCleanup?: boolean;
}

/** The archive goes to the working directory. What pods and nodes say is had where kubectl reaches the same cluster. */
export async function runClusterDiags(request: ClusterDiagsRequest): Promise<void> {
  const { since } = request;
  if (!/^\d+[smh]$/.test(since))
    throw new UserError(`--since ${since} is no duration: it reads 90s, 10m or 2h`);
  const [maxLogs, parallelism] = [
    count("--max-logs", request.maxLogs, 0),
    count("--max-parallelism", request.maxParallelism, 1),
  ];
  const settings = await readSettings(request.config, process.env);
  say("==== Begin collecting diagnostics. ====");
  const room = await mkdtemp(join(tmpdir(), "calico-"));
  say(`Created temporary directory: ${room}`);
  try {
    const name = `calico-diagnostics-${timestamp()}`;
    const directory = join(room, name);
    await mkdir(directory);
    const resources = await keepResources(directory, request.config);
    const kubectl = await kubectlFor(settings);
    if (kubectl !== undefined) {
      const pods = resources.filter(({ apiVersion, kind }) => apiVersion === "v1" && kind === "Pod");
      const focusNodes = request.focusNodes?.split(",") ?? [];
      const pieces = podPieces(pods, { maxLogs, focusNodes, since, kubectl });
      await collect(pieces, { directory, parallelism, say });
    }
    say("\n==== Producing a diagnostics bundle. ====");
    await pack(room, name, `${name}.tar.gz`);
    say(`Diagnostic bundle created at ./${name}.tar.gz`);
  } finally {
    if (!request.skipTempDirCleanup) await rm(room, { recursive: true, force: true });
  }
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function count(option: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= least) return number;
  throw new UserError(`${option} ${text} is no number from ${least} on`);
}

/** One file a kind, of the kinds that the compiler reads: no Secret, no ConfigMap, and no environment of a container. */
async function keepResources(directory: string, config: string): Promise<readonly Resource[]> {
  say("Collecting resources...");
  const byKind = new Map<string, Resource[]>();
  const { files, unreadable } = await readSnapshot(config);
  for (const { place, reason } of unreadable) say(`${place} cannot be read and is left out: ${reason}`);
  for (const { value } of readDocuments(files).documents) {
    const read = readResource(value as Json);
    if (read.problem !== undefined) continue;
    const { apiVersion, kind } = read.resource;
    if (findKind(apiVersion, kind) === undefined) continue;
    // Kinds of two groups may have one name.
    const file = `${kind}.${apiVersion.replaceAll("/", "_")}`;
    byKind.set(file, [...(byKind.get(file) ?? []), withoutEnvironment(read.resource)]);
  }
  for (const [file, resources] of byKind)
    await keep(
      join(directory, "cluster", `${file}.yaml`),
      resources.map((each) => `---\n${toYaml(each)}`).join(""),
    );
  return [...byKind.values()].flat();
}

/** kubectl for the cluster of the datastore; `undefined`, after saying why, where there is none. */
async function kubectlFor(settings: Settings): Promise<readonly [string, ...string[]] | undefined> {
  const none = (why: string): undefined => {
    say(`No logs and no dataplanes: ${why}`);
  };
  if (settings.type !== "kubernetes")
    return none("only pods of a cluster whose datastore is Kubernetes can be asked");
  const { kubeconfig, kubeconfigInline, endpoint, context } = settings;
  if (kubeconfigInline !== undefined || endpoint !== undefined)
    return none("kubectl needs a kubeconfig file for the cluster of the datastore");
  const { code } = await runTool("kubectl", ["version", "--client"]);
  if (code !== 0) return none("kubectl is not there, or does not run");
  const which = context === undefined ? [] : ["--context", context];
  // Not --kubeconfig, which takes one file: the variable may name several.
  return kubeconfig === undefined
    ? ["kubectl", ...which]
    : ["env", `KUBECONFIG=${kubeconfig}`, "kubectl", ...which];
}
