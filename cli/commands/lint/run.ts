import { type Compilation, compile, type Diagnostic } from "../../../compiler/index.ts";
import { compileOptions, type TargetRequest } from "../../input/compile-options.ts";
import { readInputs, type SourceRequest } from "../../input/sources.ts";
import { count } from "../../output/count.ts";
import { countFindings, printDiagnostics, type ReportFormat } from "../../output/diagnostics.ts";

type Severity = Diagnostic["severity"];

export interface LintRequest extends SourceRequest, TargetRequest {
  readonly failOn: Severity;
  readonly output: ReportFormat;
}

const FROM_MILD_TO_GRAVE: readonly Severity[] = ["info", "warning", "error"];

/** Returns the exit code: 1 when a finding is at least as grave as `failOn`. */
export async function runLint(request: LintRequest): Promise<number> {
  const files = await readInputs(request);
  const compilation = compile(files, await compileOptions(request));
  const { diagnostics } = compilation;
  const grave = FROM_MILD_TO_GRAVE.slice(FROM_MILD_TO_GRAVE.indexOf(request.failOn));
  const ok = !diagnostics.some(({ severity }) => grave.includes(severity));
  if (request.output === "json") {
    const resources = Object.fromEntries(compilation.resources);
    process.stdout.write(`${JSON.stringify({ version: 1, ok, resources, diagnostics }, null, 2)}\n`);
  } else {
    printDiagnostics(diagnostics, files, request.output);
    if (request.output === "text") process.stdout.write(`${verdict(compilation)}\n`);
  }
  return ok ? 0 : 1;
}

/** Also how much was looked at: nothing is found in nothing. */
function verdict({ diagnostics, resources, nodes, inputErrors }: Compilation): string {
  const findings = countFindings(diagnostics, FROM_MILD_TO_GRAVE.toReversed());
  const read = resources.reduce((sum, [, number]) => sum + number, 0);
  const places = inputErrors ? "no node yet: the input has errors" : count(nodes.length, "node");
  return `${findings === "" ? "no findings" : findings}; ${count(read, "resource")}, ${places}`;
}
