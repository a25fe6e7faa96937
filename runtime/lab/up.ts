import {
  birdSecrets,
  type ClusterModel,
  type Compilation,
  type CompileOptions,
  compile,
  type HostFeatures,
  type NodeCompilation,
  type SourceFile,
} from "../../compiler/index.ts";
import { applyBundle } from "../apply/apply-bundle.ts";
import { detectFeatures } from "../host/features.ts";
import { LinuxHost } from "../host/linux-host.ts";
import { removeNetworkSpaces } from "../host/network-space.ts";
import { build, buildSteps, existing, spacesOf } from "./build.ts";
import { converge, type NodePeer } from "./converge.ts";
import type { Invented, LabDirectory, LabRecord } from "./directory.ts";
import { LabError } from "./errors.ts";
import { layOut } from "./layout.ts";
import { spaceNames } from "./names.ts";
import type { LabPlan, Machine } from "./plan.ts";
import type { Progress } from "./progress.ts";
import { inventFor, nameOfSecret } from "./secrets.ts";
import { birdRuns, runSpeakers, startBird, writeSecrets } from "./speakers.ts";
import { inParallel } from "./tools.ts";
import { whyNot } from "./why-not.ts";
import { hasWireguardGo, openDevices, withKeys } from "./wireguard.ts";

type NewRecord = Omit<LabRecord, "format">;

export interface UpRequest {
  readonly directory: LabDirectory;
  readonly sources: readonly SourceFile[];
  readonly variant: "nft" | "legacy" | undefined;
  readonly interfacePrefix: string | undefined;
  readonly compilerVersion: string;
  /** Milliseconds that BGP may take to converge. */
  readonly timeout: number;
}

export type UpResult =
  /** The resources are in error; the lab is as it was. */
  | { readonly kind: "invalid"; readonly compilation: Compilation }
  | {
      readonly kind: "up";
      readonly plan: LabPlan;
      readonly compilation: Compilation;
      /** What of the resources is not in the lab, in words. */
      readonly skipped: readonly string[];
      /** Nodes that this kernel cannot run, and why. */
      readonly cannotRun: Readonly<Record<string, string>>;
      /** Sessions that are not established. */
      readonly down: readonly NodePeer[];
    };

/** Builds the lab, or brings it to what the resources say now. The caller holds the lab's lock. Throws `LabError`. */
export async function bringUp(request: UpRequest, say: Progress): Promise<UpResult> {
  const { directory } = request;
  const old = await directory.read();
  const { features, hasUserspaceWireguard } = await kernelFor(request, old, say);
  const first = compileLab(request.sources, features, request);
  if (first.inputErrors) return { kind: "invalid", compilation: first };
  if (first.nodes.length === 0) throw new LabError("the resources describe no Node, and so no lab");
  const invented = await inventFor(directory, first);
  const sources = withKeys(request.sources, invented.keys);
  const compilation = sources === request.sources ? first : compileLab(sources, features, request);
  const { plan, skipped } = layOut(
    directory.lab,
    compilation.model,
    compilation.nodes.map(({ ir }) => ir),
  );
  const cannotRun = whyNot(compilation, (nodes) => compileLab(sources, features, { ...request, nodes }));
  const { interfacePrefix } = request;
  const record = { sources, features, hasUserspaceWireguard, interfacePrefix, plan, cannotRun };
  const built = await rebuild(directory, old, record, say);
  const running = compilation.nodes.filter(({ artifacts }) => artifacts !== undefined);
  await runSpeakers(directory, plan, invented.passwords);
  await inParallel(running, async (node) => {
    const changes = await applyNode(directory, built, node, compilation.model, invented);
    say(`node ${node.node}: ${changes === 0 ? "no change" : `${changes} steps`}`);
  });
  await directory.write({ ...built, isApplied: true });
  const speakers = running.filter(({ ir }) => ir.bgp.kind === "speaker").map(({ node }) => node);
  const down = await converge(directory, record, speakers, request.timeout, say);
  return { kind: "up", plan, compilation, skipped, cannotRun, down };
}

/** Tried once for a lab: the kernel under it does not change. */
async function kernelFor(
  { variant, directory }: UpRequest,
  old: LabRecord | undefined,
  say: Progress,
): Promise<Pick<LabRecord, "features" | "hasUserspaceWireguard">> {
  if (old !== undefined) {
    if (variant !== undefined && variant !== old.features.iptablesBackend)
      throw new LabError(
        `lab ${directory.lab} runs with iptables-${old.features.iptablesBackend}; take it down before it can run with iptables-${variant}`,
      );
    return old;
  }
  say("trying what this kernel can do");
  // A killed attempt may have left it.
  const scratch = spaceNames.scratch(directory.lab);
  await removeNetworkSpaces([scratch]);
  const features = await detectFeatures(variant, scratch);
  const { linkKinds } = features;
  if (linkKinds.includes("wireguard") || !(await hasWireguardGo()))
    return { features, hasUserspaceWireguard: false };
  return {
    features: { ...features, linkKinds: [...linkKinds, "wireguard"].sort() },
    hasUserspaceWireguard: true,
  };
}

/** As the lab's nodes get it. */
export function compileLab(
  sources: readonly SourceFile[],
  features: HostFeatures,
  options: Pick<UpRequest, "interfacePrefix" | "compilerVersion"> & Pick<CompileOptions, "nodes">,
): Compilation {
  const { interfacePrefix, compilerVersion, nodes } = options;
  return compile(sources, {
    features,
    compilerVersion,
    ...(interfacePrefix === undefined ? {} : { interfacePrefix }),
    ...(nodes === undefined ? {} : { nodes }),
  });
}

/** Namespaces and wires. What shall exist is on record before any of it does. */
async function rebuild(
  directory: LabDirectory,
  old: LabRecord | undefined,
  record: Omit<NewRecord, "spaces" | "built" | "isApplied">,
  say: Progress,
): Promise<NewRecord> {
  const { plan } = record;
  const known = [...new Set([...(old?.spaces ?? []), spaceNames.scratch(plan.lab)])];
  const whole = await existing(old?.built ?? []);
  const steps = buildSteps(old?.plan, plan, known, whole);
  const isFabricSame = JSON.stringify(old?.plan.fabric) === JSON.stringify(plan.fabric);
  const kept = [...whole].filter(
    (space) => !steps.remove.includes(space) && (isFabricSame || space !== plan.fabric.space),
  );
  const spaces = [...new Set([...known, ...spacesOf(plan)])];
  // A fabric that is being changed is not whole until all is made.
  await directory.write({ ...record, spaces, built: kept, isApplied: false });
  const { machines, workloads } = steps;
  say(`making ${machines.length} hosts and ${workloads.length} workloads; ${kept.length} namespaces stay`);
  await build(old?.plan, plan, steps);
  await forgetFiles(directory, old?.plan, plan, machines);
  const done = { ...record, spaces: spacesOf(plan), built: spacesOf(plan), isApplied: false };
  await directory.write(done);
  return done;
}

/** A host that is new has nothing of ours yet, whatever its predecessor's files say. */
async function forgetFiles(
  directory: LabDirectory,
  old: LabPlan | undefined,
  plan: LabPlan,
  made: readonly Machine[],
): Promise<void> {
  const isNew = new Set(made.map(({ space }) => space));
  for (const kind of ["nodes", "routers"] as const) {
    const kept = new Set(plan[kind].filter(({ space }) => !isNew.has(space)).map(({ name }) => name));
    for (const { name } of [...(old?.[kind] ?? []), ...plan[kind]])
      if (!kept.has(name)) await directory.removeFilesOf(kind, name);
  }
}

/** Returns how many steps it took. */
async function applyNode(
  directory: LabDirectory,
  { plan, features, hasUserspaceWireguard }: NewRecord,
  { node, ir, artifacts = [] }: NodeCompilation,
  model: ClusterModel,
  { passwords, keys }: Invented,
): Promise<number> {
  const files = directory.node(node);
  const { space } = plan.nodes.find(({ name }) => name === node)!;
  const variant = features.iptablesBackend;
  const wireguard = { directory: directory.wireguard(node), isUserspace: hasUserspaceWireguard };
  const host = new LinuxHost({
    iptablesVariant: variant,
    netns: space,
    stateDirectory: directory.nodeState(node),
    ...(hasUserspaceWireguard ? { wireguardSockets: wireguard.directory } : {}),
  });
  const isSpeaker = artifacts.some(({ path }) => path === "bird.conf");
  // A daemon that has died is started with what it had, so that it is told of the change like any other.
  if ((await host.readFile(files.config)) !== undefined && !(await birdRuns(files)))
    await startBird(space, files);
  const secrets = birdSecrets(ir.bgp);
  await writeSecrets(
    files,
    new Map(secrets.map(({ symbol, ref }) => [symbol, passwords[nameOfSecret(ref)]!])),
  );
  const { publicKey4, publicKey6 } = model.all("node").get(node)!.wireguard;
  await openDevices({ ...wireguard, space, ir, published: { 4: publicKey4, 6: publicKey6 } }, keys);
  const bird = { config: files.config, socket: files.socket };
  const applied = await applyBundle(host, { node, variant, bird, artifacts }, true);
  if (isSpeaker) await startBird(space, files);
  return applied.steps.length;
}
