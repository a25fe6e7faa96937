import type { Report } from "../diagnostics/bag.ts";
import type { TextSpan } from "../diagnostics/diagnostic.ts";
import { splitChunks } from "./chunks.ts";
import { countJsonEntries } from "./json-entries.ts";
import { fileOrigin, type LocatedDocument, type SourceFile } from "./source.ts";
import { MAX_DEPTH, readYaml, type YamlProblem } from "./yaml-reader.ts";

const MAX_FILE_UNITS = 64 * 1024 * 1024;
/** JSON above this size is taken to be written by machines: read at full speed as long as nothing is wrong with it. */
const LARGE_JSON = 1024 * 1024;

/** Reads YAML and JSON files into objects: multi-document files and lists are taken apart, empty documents skipped. */
export function parseDocuments(files: readonly SourceFile[], report: Report): readonly LocatedDocument[] {
  return files.flatMap((file) => [...documentsOf(file, report)]);
}

function* documentsOf(file: SourceFile, report: Report): Iterable<LocatedDocument> {
  if (file.text.length > MAX_FILE_UNITS) {
    const megabytes = Math.round(file.text.length / 1024 / 1024);
    report("syntax/too-large", { megabytes, limit: MAX_FILE_UNITS / 1024 / 1024 }, fileOrigin(file.path));
    return;
  }
  const json = readLargeJson(file.text);
  if (json !== undefined) {
    yield* expandLists({ file: file.path, index: 0, path: [], value: json.value });
    return;
  }
  const chunks = splitChunks(file.text);
  for (const [position, chunk] of chunks.entries()) {
    const result = readYaml(chunk.text);
    if (result.ok) {
      for (const [nth, value] of result.documents.entries()) {
        if (value === null || value === undefined) continue;
        const index = chunks.length === 1 ? nth : position;
        yield* expandLists({ file: file.path, index, path: [], value });
      }
    } else {
      for (const problem of result.problems) reportProblem(problem, file.path, chunk.offset, report);
    }
  }
}

function readLargeJson(text: string): { readonly value: unknown } | undefined {
  if (text.length <= LARGE_JSON || !/^\uFEFF?\s*[{[]/.test(text)) return undefined;
  try {
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    // Of a repeated key the value keeps the last entry only; the YAML reader then says where all of them are.
    return countProperties(value, MAX_DEPTH) === countJsonEntries(text) ? { value } : undefined;
  } catch {
    // It may still be YAML in flow style; if it is not, the YAML reader says where the mistake is.
    return undefined;
  }
}

/** Of all mappings in the value; `NaN` where it nests deeper. */
function countProperties(value: unknown, depth: number): number {
  if (typeof value !== "object" || value === null) return 0;
  if (depth === 0) return Number.NaN;
  const children: readonly unknown[] = Object.values(value);
  return children.reduce<number>(
    (sum, child) => sum + countProperties(child, depth - 1),
    Array.isArray(value) ? 0 : children.length,
  );
}

/**
 * `v1 List` as kubectl writes it, and `PodList` as the API serves it, whose items may omit kind and apiVersion. Go
 * writes null for no items.
 */
function* expandLists(document: LocatedDocument): Iterable<LocatedDocument> {
  const { value, path } = document;
  if (!isRecord(value) || !isList(value)) {
    yield document;
    return;
  }
  const kind = String(value.kind).slice(0, -"List".length);
  for (const [i, item] of (value.items ?? []).entries()) {
    const named =
      isRecord(item) && kind !== "" && !Object.hasOwn(item, "kind")
        ? { apiVersion: value.apiVersion, kind, ...item }
        : item;
    yield* expandLists({ ...document, path: [...path, "items", i], value: named });
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & {
  readonly items: readonly unknown[] | null;
} {
  if (typeof value.kind !== "string" || !value.kind.endsWith("List")) return false;
  return Array.isArray(value.items) || value.items === null;
}

function reportProblem(problem: YamlProblem, file: string, offset: number, report: Report): void {
  const origin = fileOrigin(file);
  const span = shift(problem.span, offset);
  switch (problem.kind) {
    case "invalid":
      report("syntax/yaml", { reason: problem.reason, ...hintFor(problem.reason) }, origin, { span });
      break;
    case "duplicate-key":
      report("syntax/duplicate-key", { key: problem.key }, origin, {
        span,
        related: [{ message: "first here", origin, span: shift(problem.first, offset) }],
      });
      break;
    case "alias":
      report("syntax/alias", { anchor: problem.anchor, problem: problem.problem }, origin, { span });
      break;
    case "nesting":
      report("syntax/nesting", { limit: MAX_DEPTH }, origin, { span });
      break;
  }
}

function shift(span: TextSpan, by: number): TextSpan {
  return { start: span.start + by, end: span.end + by };
}

/** What to do about the mistakes that people make most. */
function hintFor(reason: string): { readonly hint?: string } {
  if (reason.includes("tab characters")) return { hint: "Indent with spaces." };
  if (reason.includes("bad indentation")) {
    return { hint: 'Align the entries of a mapping, and quote a value that contains ": ".' };
  }
  if (reason.includes("document separator is expected"))
    return { hint: 'Put a line "---" between two documents.' };
  if (reason.includes("end of the stream within"))
    return { hint: "Close the bracket or quote that was opened." };
  if (reason.includes("unknown") && reason.includes("tag")) {
    return { hint: "Resources use no tags; quote a value that starts with an exclamation mark." };
  }
  return {};
}
