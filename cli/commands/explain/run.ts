import {
  type Compilation,
  compile,
  crossingOf,
  type Explanation,
  explain,
  notCovered,
  type SourceFile,
} from "../../../compiler/index.ts";
import { compileOptions, type TargetRequest } from "../../input/compile-options.ts";
import { readInputs, type SourceRequest } from "../../input/sources.ts";
import { printDiagnostics } from "../../output/diagnostics.ts";
import { UserError } from "../../output/errors.ts";
import { type PayloadRequest, payloadOf } from "./payload.ts";
import { disagreements, explanationText } from "./text.ts";

export interface ExplainRequest extends SourceRequest, TargetRequest, PayloadRequest {
  readonly from: string;
  readonly to: string;
  readonly ipVersion?: "4" | "6";
  readonly node?: string;
  readonly uplink?: string;
  readonly output: "text" | "json";
}

/**
 * Returns the exit code: 0 whatever the verdict is; 1 the input has errors; 2 the files do something else than the
 * resources say.
 */
export async function runExplain(request: ExplainRequest): Promise<number> {
  const { from, to, node, ipVersion, uplink } = request;
  const sources = await readInputs(request);
  const options = await compileOptions(request);
  // What the resources mean tells which nodes the packet crosses; only these are compiled.
  const whole = compile(sources, { ...options, nodes: [] });
  if (whole.inputErrors) return withErrors(whole, sources);
  const crossing = crossingOf(whole.model, { from, to, node, version: versionOf(ipVersion) });
  if (!crossing.ok) throw new UserError(crossing.problem);
  const payload = payloadOf(request, crossing.found.source.version);
  const compilation = compile(sources, { ...options, nodes: crossing.found.nodes });
  const { model, nodes } = compilation;
  if (nodes.some(({ artifacts }) => artifacts === undefined)) return withErrors(compilation, sources);
  for (const { ir } of nodes) {
    const gap = notCovered(ir.settings);
    if (gap !== undefined) throw new UserError(`node ${ir.node} is not covered: ${gap}`);
  }
  const files = nodes.map(({ ir, artifacts = [] }) => ({ model, ir, files: artifacts }));
  const explained = explain(files, crossing.found, payload, uplink, sources);
  report(explained, request);
  return explained.nodes.every(({ agreed }) => agreed) ? 0 : 2;
}

function versionOf(text: "4" | "6" | undefined): 4 | 6 | undefined {
  return text === undefined ? undefined : text === "4" ? 4 : 6;
}

function withErrors({ diagnostics }: Compilation, sources: readonly SourceFile[]): number {
  printDiagnostics(diagnostics, sources, "text");
  return 1;
}

function report(explained: Explanation, { output }: ExplainRequest): void {
  process.stdout.write(
    output === "json"
      ? `${JSON.stringify({ version: 1, ...explained }, null, 2)}\n`
      : explanationText(explained),
  );
  process.stderr.write(disagreements(explained));
}
