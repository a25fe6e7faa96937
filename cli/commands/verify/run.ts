import { performance } from "node:perf_hooks";
import {
  type Artifact,
  type Compilation,
  compile,
  type NodeCompilation,
  notCovered,
  type SourceFile,
  traceCounterexample,
  UnreadableText,
  verifyFiles,
} from "../../../compiler/index.ts";
import { compileOptions, type TargetRequest } from "../../input/compile-options.ts";
import { readInputs, type SourceRequest } from "../../input/sources.ts";
import { printDiagnostics } from "../../output/diagnostics.ts";
import { readBundle } from "./bundle.ts";
import { reportJson } from "./json.ts";
import { exitCodeOf, type NodeResult } from "./result.ts";
import { reportText } from "./text.ts";

export interface VerifyRequest extends SourceRequest, TargetRequest {
  readonly node?: readonly string[];
  readonly bundle?: string;
  readonly output: "text" | "json";
}

/** Returns the exit code, as `exitCodeOf` says. */
export async function runVerify(request: VerifyRequest): Promise<number> {
  const sources = await readInputs(request);
  const options = await compileOptions(request);
  const compilation = compile(sources, { ...options, ...(request.node && { nodes: request.node }) });
  const results: NodeResult[] = [];
  for (const node of compilation.nodes)
    results.push(await verifyNode(node, compilation.model, sources, request.bundle));
  if (request.output === "json") {
    process.stdout.write(`${JSON.stringify(reportJson(compilation, results), null, 2)}\n`);
  } else {
    printDiagnostics(compilation.diagnostics, sources, "text");
    process.stdout.write(reportText(results));
  }
  return exitCodeOf(results);
}

async function verifyNode(
  { node, ir, artifacts }: NodeCompilation,
  model: Compilation["model"],
  sources: readonly SourceFile[],
  bundle: string | undefined,
): Promise<NodeResult> {
  if (artifacts === undefined) return { kind: "has-errors", node };
  const files: readonly Artifact[] = bundle === undefined ? artifacts : await readBundle(bundle, node);
  const gap = notCovered(ir.settings);
  if (gap !== undefined) return { kind: "not-covered", node, what: gap };
  const start = performance.now();
  try {
    const proof = verifyFiles(model, ir, files);
    const milliseconds = performance.now() - start;
    const versions = ir.settings.ipv6Support ? [4, 6] : [4];
    if (proof.isEqual) return { kind: "proven", node, versions, figures: proof.figures, milliseconds };
    const { counterexample, deviations } = proof;
    const traced = counterexample && {
      resourcesSay: counterexample.resourcesSay,
      filesSay: counterexample.textSays,
      trace: traceCounterexample({ model, ir, files }, counterexample, sources),
    };
    return { kind: "not-proven", node, counterexample: traced, deviations };
  } catch (error) {
    if (!(error instanceof UnreadableText)) throw error;
    return { kind: "unreadable", node, reason: error.message };
  }
}
