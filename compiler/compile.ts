import type { Artifact, Printer } from "./backends/backend.ts";
import { createPrinters } from "./backends/index.ts";
import { CHECKS } from "./checks/index.ts";
import type { HostFeatures } from "./dataplane/features.ts";
import { DiagnosticBag, type Report } from "./diagnostics/bag.ts";
import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import type { BgpOptions } from "./engine/bgp/resolve.ts";
import { Engine } from "./engine/engine.ts";
import type { RoutingOptions } from "./engine/routing/context.ts";
import { asUpdate, type ClusterModel } from "./ir/cluster-model.ts";
import type { NodeIr } from "./ir/node-ir.ts";
import { type BundleCounts, countArtifacts } from "./manifest/counts.ts";
import { buildManifest } from "./manifest/manifest.ts";
import { PASSES } from "./passes/index.ts";
import { builtinObjects } from "./resources/builtin.ts";
import { decodeDocuments } from "./resources/decode.ts";
import { digestResources, type Sources, sourcesOf } from "./resources/digest.ts";
import { EndpointProfiles } from "./resources/endpoint-profiles.ts";
import type { Resource } from "./resources/kind.ts";
import { lowerInto } from "./resources/lower.ts";
import { createLocator } from "./syntax/locator.ts";
import { SelectorFolder } from "./syntax/selector/folder.ts";
import type { SourceFile } from "./syntax/source.ts";
import { parseDocuments } from "./syntax/yaml.ts";

export interface CompileOptions {
  /** What the target hosts can do. */
  readonly features: HostFeatures;
  /** Nodes to compile for; every node of the cluster when absent. */
  readonly nodes?: readonly string[];
  /** First part of workload interface names on Kubernetes; "cali" when absent. */
  readonly interfacePrefix?: string;
  /** What the hosts' networks are like: nothing of it is in the resources. */
  readonly routing?: RoutingOptions;
  /** How BGP speakers identify themselves. */
  readonly bgp?: BgpOptions;
  /** Goes into the manifest, nowhere else. */
  readonly compilerVersion: string;
  /** Sees the IR of each node after lowering (`"lower"`) and after each pass, by name. */
  readonly trace?: (stage: string, ir: NodeIr) => void;
}

/** What one node gets. `artifacts` is absent when something of the node is in error: half a dataplane is none. */
export interface NodeCompilation {
  readonly node: string;
  readonly ir: NodeIr;
  readonly artifacts: readonly Artifact[] | undefined;
  readonly counts: BundleCounts;
}

export interface Compilation {
  /** Of the input and of every compiled node, sorted by place. */
  readonly diagnostics: readonly Diagnostic[];
  /** The resources themselves are in error: no node can be compiled. */
  readonly inputErrors: boolean;
  /** How many resources of each kind were read, sorted by kind. */
  readonly resources: readonly (readonly [kind: string, count: number])[];
  /** The resources themselves, as they were understood; made when it is first asked for. */
  readonly sources: Sources;
  /** What the resources mean, before any node is considered. */
  readonly model: ClusterModel;
  /** Sorted by name. */
  readonly nodes: readonly NodeCompilation[];
}

/** Where the IR can be looked at: as the engine made it, and after each pass. */
export const STAGES: readonly string[] = ["lower", ...PASSES.map(({ name }) => name)];

/** The whole pipeline: source text in, every node's artifacts out. Pure; bad input becomes diagnostics. */
export function compile(files: readonly SourceFile[], options: CompileOptions): Compilation {
  const locator = createLocator(files);
  const bag = new DiagnosticBag();
  const selectors = new SelectorFolder();
  const resources = decodeDocuments(parseDocuments(files, bag.report), bag.report, selectors);
  const engine = analyse(resources, selectors, options, bag.report);
  const wanted = selectNodes(engine, options.nodes, bag.report);
  let sources: Sources | undefined;
  const readSources = (): Sources => {
    sources ??= sourcesOf(resources);
    return sources;
  };
  if (bag.hasErrors)
    return {
      diagnostics: bag.diagnostics(locator),
      inputErrors: true,
      resources: countKinds(resources),
      get sources() {
        return readSources();
      },
      model: engine.model,
      nodes: [],
    };

  const digests = digestResources(resources);
  const printers = createPrinters();
  const nodes = wanted.map((node) => {
    const errorsBefore = bag.errorCount;
    const compiled = compileNode(engine.nodeIr(node), printers, options, bag.report);
    const manifest = buildManifest(node, compiled.artifacts, digests, compiled.ir.routing.ownership, options);
    return {
      node,
      ir: compiled.ir,
      artifacts: bag.errorCount > errorsBefore ? undefined : [manifest, ...compiled.artifacts],
      counts: countArtifacts(compiled.ir, compiled.artifacts),
    };
  });
  return {
    diagnostics: bag.diagnostics(locator),
    inputErrors: false,
    resources: countKinds(resources),
    get sources() {
      return readSources();
    },
    model: engine.model,
    nodes,
  };
}

/** Resources → cluster model → engine, with every check that looks at more than one resource. */
function analyse(
  resources: readonly Resource[],
  selectors: SelectorFolder,
  options: CompileOptions,
  report: Report,
): Engine {
  const { routing = {}, bgp = {}, interfacePrefix = "cali" } = options;
  const engine = new Engine({ routing, bgp });
  engine.update(builtinObjects().map(asUpdate));
  const context = { report, interfacePrefix, selectors, profiles: new EndpointProfiles() };
  lowerInto(engine, resources, context);
  for (const check of CHECKS) check(engine.model, report, routing);
  engine.diagnostics(report);
  return engine;
}

function selectNodes(
  engine: Engine,
  wanted: readonly string[] | undefined,
  report: Report,
): readonly string[] {
  const known = engine.nodeNames();
  if (wanted === undefined) return known;
  for (const node of wanted)
    if (!known.includes(node)) report("compile/unknown-node", { node, known }, undefined);
  return known.filter((node) => wanted.includes(node));
}

function compileNode(
  lowered: NodeIr,
  printers: readonly Printer[],
  options: CompileOptions,
  report: Report,
): { readonly ir: NodeIr; readonly artifacts: readonly Artifact[] } {
  let ir = lowered;
  options.trace?.("lower", ir);
  for (const pass of PASSES) {
    ir = pass.run(ir);
    options.trace?.(pass.name, ir);
  }
  const context = { features: options.features, report };
  const artifacts = printers.flatMap((print) => print(ir, context));
  return { ir, artifacts: artifacts.toSorted((a, b) => (a.path < b.path ? -1 : 1)) };
}

function countKinds(resources: readonly Resource[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const { kind } of resources) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
