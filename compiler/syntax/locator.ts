import { EVENT_ID, getScalarValue } from "js-yaml";
import type { Location, Locator, Origin, TextSpan } from "../diagnostics/diagnostic.ts";
import { type Chunk, chunkOf, splitChunks } from "./chunks.ts";
import { type Entry, type EventTree, findEntry, readTree, scalarAt } from "./event-tree.ts";
import { scalarExtent, spanInScalar } from "./scalar-span.ts";
import type { SourceFile } from "./source.ts";
import { indexLines, type LineIndex, lineAt, positionOf } from "./text.ts";

interface OpenFile {
  readonly lines: LineIndex;
  readonly chunks: readonly Chunk[];
  readonly trees: Map<Chunk, EventTree>;
}

/**
 * Turns origins into places. Files are read a second time only when something in them is located, and then only the
 * document concerned; results are kept as long as the locator is.
 */
export function createLocator(files: readonly SourceFile[]): Locator {
  const texts = new Map(files.map((file) => [file.path, file.text]));
  const open = new Map<string, OpenFile>();

  const openFile = (path: string): OpenFile | undefined => {
    const known = open.get(path);
    if (known !== undefined) return known;
    const text = texts.get(path);
    if (text === undefined) return undefined;
    const file: OpenFile = { lines: indexLines(text), chunks: splitChunks(text), trees: new Map() };
    open.set(path, file);
    return file;
  };

  return {
    locate(origin, target, span) {
      const file = openFile(origin.file);
      if (file === undefined) return undefined;
      const found =
        origin.document < 0 ? (span ?? { start: 0, end: 0 }) : findSpan(file, origin, target, span);
      return toLocation(origin.file, file.lines, found);
    },
    lineText(path, line) {
      const file = openFile(path);
      return file && lineAt(file.lines, line);
    },
  };
}

function findSpan(
  file: OpenFile,
  origin: Origin,
  target: "key" | "value",
  span: TextSpan | undefined,
): TextSpan {
  const place = chunkOf(file.chunks, origin.document);
  if (place === undefined) return { start: 0, end: 0 };
  const { chunk, nth } = place;
  let tree = file.trees.get(chunk);
  if (tree === undefined) {
    tree = readTree(chunk.text);
    file.trees.set(chunk, tree);
  }
  const document = tree.documents[nth];
  const found =
    document === undefined ? { start: 0, end: 0 } : spanOfPath(tree, document + 1, origin.path, target, span);
  return { start: found.start + chunk.offset, end: found.end + chunk.offset };
}

/** Goes down the path as far as it exists: a missing field is shown at the key of the mapping that lacks it. */
function spanOfPath(
  tree: EventTree,
  root: number,
  path: readonly (string | number)[],
  target: "key" | "value",
  span: TextSpan | undefined,
): TextSpan {
  let entry: Entry = { key: undefined, value: root };
  for (const step of path) {
    const next = findEntry(tree, entry.value, step);
    if (next === undefined) return headOf(tree, entry);
    entry = next;
  }
  if (target === "key" && entry.key !== undefined) return nodeSpan(tree, entry.key);
  const scalar = scalarAt(tree, entry.value);
  if (scalar === undefined || scalar.valueStart < 0) return headOf(tree, entry);
  if (span === undefined) return scalarExtent(tree.text, scalar);
  return spanInScalar(tree.text, scalar, getScalarValue(tree.text, scalar), span);
}

/** A mapping or list is long: point at its key, or else at its first token. */
function headOf(tree: EventTree, entry: Entry): TextSpan {
  return nodeSpan(tree, entry.key ?? entry.value);
}

function nodeSpan(tree: EventTree, node: number): TextSpan {
  const event = tree.events[node];
  switch (event?.type) {
    case EVENT_ID.SCALAR:
      return event.valueStart < 0 ? { start: 0, end: 0 } : scalarExtent(tree.text, event);
    case EVENT_ID.ALIAS:
      return { start: event.anchorStart - 1, end: event.anchorEnd };
    case EVENT_ID.MAPPING:
    case EVENT_ID.SEQUENCE: {
      const { start } = event;
      const word = /^[^\s:]+/.exec(tree.text.slice(start, start + 80));
      return { start, end: start + (word?.[0].length ?? 1) };
    }
    default:
      return { start: 0, end: 0 };
  }
}

function toLocation(file: string, lines: LineIndex, span: TextSpan): Location {
  const start = positionOf(lines, span.start);
  const end = positionOf(lines, Math.max(span.end, span.start));
  return { file, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}
