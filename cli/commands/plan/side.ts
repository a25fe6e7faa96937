import {
  type Artifact,
  type Compilation,
  type CompileOptions,
  compile,
  digestSources,
  type NodeMeaning,
  type SourceFile,
  type Sources,
} from "../../../compiler/index.ts";
import { compiledBy } from "../../../runtime/history/compiled-by.ts";
import { saidOptions } from "../../input/compile-options.ts";
import { printDiagnostics } from "../../output/diagnostics.ts";
import { UserError } from "../../output/errors.ts";
import type { PlanRequest } from "./request.ts";

/** One node on one side of the comparison. */
export interface SideNode {
  /** With the manifest; none = nothing of ours is wanted there. */
  readonly artifacts: readonly Artifact[];
  /** What the resources mean there; absent where only the files are known. */
  readonly meaning?: NodeMeaning;
}

/** What is compared: the nodes' files, and what they were compiled from where that is at hand. */
export interface Side {
  /** In words, for the report: `bundle out/`. */
  readonly name: string;
  readonly kind: "resources" | "bundle" | "git" | "live";
  readonly nodes: ReadonlyMap<string, SideNode>;
  /** Why there are only files; absent where the meaning is known. */
  readonly noMeaning?: string;
  readonly sources?: Sources;
  /** All of its nodes, compiled together; absent where only some were, or only the files are known. */
  readonly cluster?: Compilation;
}

/**
 * Compiles resources; their findings go to standard error, of the `old` side errors only: the others were told when it
 * was new. Throws `UserError` where they have errors: a plan of half of them would be wrong about the other half. Of the
 * `nodes` that are asked for this side may lack some: those are new on the other, or gone.
 */
export function compileSide(
  kind: "resources" | "git",
  name: string,
  files: readonly SourceFile[],
  options: CompileOptions,
  nodes: readonly string[] | undefined,
  which: "old" | "new",
): Side {
  const compilation = compileNodes(files, options, nodes);
  const told = compilation.diagnostics.filter(({ severity }) => which === "new" || severity === "error");
  printDiagnostics(told, files, "text");
  const failed = compilation.nodes.filter(({ artifacts }) => artifacts === undefined);
  if (compilation.inputErrors || failed.length > 0)
    throw new UserError(`${name}: the resources have errors; nothing was compared`);
  return {
    name,
    kind,
    nodes: new Map(
      compilation.nodes.map(({ node, artifacts = [], ir }) => [
        node,
        { artifacts, meaning: { model: compilation.model, ir } },
      ]),
    ),
    sources: compilation.sources,
    ...(nodes === undefined ? { cluster: compilation } : {}),
  };
}

function compileNodes(
  files: readonly SourceFile[],
  options: CompileOptions,
  nodes: readonly string[] | undefined,
): Compilation {
  if (nodes === undefined) return compile(files, options);
  const compilation = compile(files, { ...options, nodes });
  if (!compilation.diagnostics.some(({ code }) => code === "compile/unknown-node")) return compilation;
  const known = compile(files, { ...options, nodes: [] }).model.all("node");
  return compile(files, { ...options, nodes: nodes.filter((node) => known.has(node)) });
}

/** As the bundle was, unless the caller says otherwise: or else all that differs in kind would show as changed. */
export function howCompiled(artifacts: readonly Artifact[], request: PlanRequest): Partial<CompileOptions> {
  const by = compiledBy(artifacts);
  if (by === undefined) return {};
  const { features, options } = by;
  const isSaid = request.features !== undefined || request.iptablesBackend !== undefined;
  return { ...(isSaid ? {} : { features }), ...options, ...saidOptions(request) };
}

/** Whether the bundle was compiled from exactly these. */
export function areSourcesOf(artifacts: readonly Artifact[], sources: Sources): boolean {
  const by = compiledBy(artifacts);
  const { policyDigest, inventoryDigest } = digestSources(sources);
  return by?.policyDigest === policyDigest && by.inventoryDigest === inventoryDigest;
}

/**
 * What bundles' resources mean, compiled as they were then, for the given nodes or for all; `undefined` = they no longer
 * compile.
 */
export function recompiled(
  artifacts: readonly Artifact[],
  { policy, inventory }: Sources,
  nodes: readonly string[] | undefined,
): Compilation | undefined {
  const by = compiledBy(artifacts);
  if (by === undefined) return undefined;
  const { features, compilerVersion, options } = by;
  const files = [
    { path: "policy.json", text: policy },
    { path: "inventory.json", text: inventory },
  ];
  const compilation = compile(files, { features, compilerVersion, ...(nodes && { nodes }), ...options });
  return compilation.inputErrors ? undefined : compilation;
}

/** Of one node; `undefined` = it has errors, or is not there. */
export function meaningIn(compilation: Compilation | undefined, node: string): NodeMeaning | undefined {
  const compiled = compilation?.nodes.find((each) => each.node === node);
  return compilation === undefined || compiled?.artifacts === undefined
    ? undefined
    : { model: compilation.model, ir: compiled.ir };
}
