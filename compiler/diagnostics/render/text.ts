import type { Diagnostic, Location, Severity } from "../diagnostic.ts";

/** Colours, injected so that the compiler needs no terminal library. */
export interface Painter {
  readonly severity: (severity: Severity, text: string) => string;
  readonly dim: (text: string) => string;
  readonly bold: (text: string) => string;
}

export const PLAIN: Painter = { severity: (_, text) => text, dim: (text) => text, bold: (text) => text };

/** The text of a line of a source file, for the code frame; 1-based. */
export type LineText = (file: string, line: number) => string | undefined;

/** Nobody reads more findings of one code than these; of the others the number is told. */
const MAX_OF_A_CODE = 50;

/** Beyond this many columns a frame shows the part around the mistake only. */
const FRAME_WIDTH = 120;

/**
 * For people: what, where, the line itself with the place marked, what to do.
 *
 *     error[selector/invalid]: The selector does not parse: ….
 *       --> policies/api.yaml:8:24
 *        |
 *      8 |     selector: app = 'web'
 *        |                   ^
 *        = hint: …
 *
 * Of each code the first ones, in their order; then, for each code that has more, how many.
 */
export function renderText(
  diagnostics: readonly Diagnostic[],
  lineText: LineText,
  paint: Painter = PLAIN,
): string {
  const ofCode = new Map<string, number>();
  const shown = diagnostics.filter(({ code }) => {
    const nth = (ofCode.get(code) ?? 0) + 1;
    ofCode.set(code, nth);
    return nth <= MAX_OF_A_CODE;
  });
  const findings = shown.map((diagnostic) => renderOne(diagnostic, lineText, paint));
  const severities = new Map(shown.map(({ code, severity }) => [code, severity]));
  const more = [...severities].flatMap(([code, severity]) => {
    const hidden = (ofCode.get(code) ?? 0) - MAX_OF_A_CODE;
    return hidden > 0 ? [`${heading(severity, code, paint)}: ${paint.bold(`and ${hidden} more`)}`] : [];
  });
  return [...findings, ...more].map((text) => `${text}\n`).join("\n");
}

function heading(severity: Severity, code: string, paint: Painter): string {
  return paint.severity(severity, `${severity}[${code}]`);
}

function renderOne(diagnostic: Diagnostic, lineText: LineText, paint: Painter): string {
  const { severity, code, message, location, resource, related, hint, fix } = diagnostic;
  const lines = [`${heading(severity, code, paint)}: ${paint.bold(oneLine(message))}`];
  const gutter = " ".repeat(location === undefined ? 1 : String(location.line).length);
  const note = (text: string) => `${gutter} ${paint.dim("=")} ${oneLine(text)}`;
  if (location !== undefined) lines.push(...renderPlace(location, gutter, lineText, paint, severity));
  if (resource !== undefined) {
    const name = resource.namespace ? `${resource.namespace}/${resource.name}` : resource.name;
    lines.push(note(`in ${resource.kind} ${name}`));
  }
  for (const { message: text, location: at } of related)
    lines.push(note(at === undefined ? text : `${text} (${at.file}:${at.line}:${at.column})`));
  if (hint !== undefined) lines.push(note(`hint: ${hint}`));
  if (fix !== undefined) lines.push(note(`fix: ${fix.description}`));
  return lines.join("\n");
}

function renderPlace(
  location: Location,
  gutter: string,
  lineText: LineText,
  paint: Painter,
  severity: Severity,
): readonly string[] {
  const { file, line, column, endLine, endColumn } = location;
  const where = `${gutter}${paint.dim("-->")} ${oneLine(file)}:${line}:${column}`;
  const text = lineText(file, line);
  if (text === undefined) return [where];
  const shown = cut(text, column);
  const end = endLine === line ? endColumn : text.length + 1;
  const width = Math.max(1, Math.min(end - column, shown.text.length - (column - 1 - shown.skipped)));
  const marker = " ".repeat(Math.max(0, column - 1 - shown.skipped)) + "^".repeat(width);
  const bar = paint.dim("|");
  return [
    where,
    `${gutter} ${bar}`,
    `${paint.dim(String(line))} ${bar} ${shown.text}`,
    `${gutter} ${bar} ${paint.severity(severity, marker)}`,
  ];
}

/** Tabs and control characters take one column each, so that the marker stands below its place. */
function cut(text: string, column: number): { readonly text: string; readonly skipped: number } {
  const visible = oneLine(text);
  if (visible.length <= FRAME_WIDTH) return { text: visible, skipped: 0 };
  const skipped = Math.max(0, Math.min(column - 1 - FRAME_WIDTH / 2, visible.length - FRAME_WIDTH));
  return { text: visible.slice(skipped, skipped + FRAME_WIDTH), skipped };
}

/**
 * Names and values of the input appear in messages: none of them may steer the terminal, break the line, or turn the
 * direction of what stands behind it.
 */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, " ");
}
