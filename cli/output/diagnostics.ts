import pc from "picocolors";
import {
  type Diagnostic,
  type Painter,
  renderGitHub,
  renderJUnit,
  renderSarif,
  renderText,
  type SourceFile,
} from "../../compiler/index.ts";
import { VERSION } from "../version.ts";
import { count } from "./count.ts";

export type ReportFormat = "text" | "json" | "github" | "sarif" | "junit";

/** People read findings on standard error; machines read their format on standard output. */
export function printDiagnostics(
  diagnostics: readonly Diagnostic[],
  files: readonly SourceFile[],
  format: Exclude<ReportFormat, "json">,
): void {
  switch (format) {
    case "text":
      process.stderr.write(renderText(diagnostics, lineReader(files), painter()));
      return;
    case "github":
      process.stdout.write(renderGitHub(diagnostics));
      return;
    case "sarif":
      process.stdout.write(renderSarif(diagnostics, VERSION));
      return;
    case "junit":
      process.stdout.write(renderJUnit(diagnostics));
      return;
    default:
      format satisfies never;
  }
}

/** `1 error, 2 warnings`; "" where there are none of these. */
export function countFindings(
  diagnostics: readonly Diagnostic[],
  severities: readonly Diagnostic["severity"][],
): string {
  const numbers = severities.map(
    (wanted) => diagnostics.filter(({ severity }) => severity === wanted).length,
  );
  return severities
    .flatMap((severity, i) => (numbers[i] === 0 ? [] : count(numbers[i] ?? 0, severity)))
    .join(", ");
}

/** `NO_COLOR` and the kind of terminal are the library's business. */
function painter(): Painter {
  const colours = { error: pc.red, warning: pc.yellow, info: pc.cyan };
  return {
    severity: (severity, text) => pc.bold(colours[severity](text)),
    dim: pc.dim,
    bold: pc.bold,
  };
}

function lineReader(files: readonly SourceFile[]) {
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const split = new Map<string, readonly string[]>();
  return (file: string, line: number): string | undefined => {
    let lines = split.get(file);
    if (lines === undefined) {
      lines = texts.get(file)?.split(/\r\n|\r|\n/) ?? [];
      split.set(file, lines);
    }
    return lines[line - 1];
  };
}
