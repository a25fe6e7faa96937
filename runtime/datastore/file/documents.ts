/** Resources in the text of a YAML or JSON file, and the text with one of them changed and everything else as it was. */
import { createHash } from "node:crypto";
import { CORE_SCHEMA, defineScalarTag, dump, intCoreTag, loadAll, mergeTag, NOT_RESOLVED } from "js-yaml";
import { splitChunks } from "../../../compiler/index.ts";
import { type CorruptValue, DatastoreError } from "../errors.ts";
import { canonicalJson, isJsonObject, type Json, type JsonObject } from "../json.ts";
import {
  keyOf,
  type Resource,
  type ResourceKey,
  readResource,
  type Stored,
  withoutResourceVersion,
} from "../resource.ts";

export interface Found extends Stored {
  readonly file: string;
  /** Index of the part of the file between `---` lines. */
  readonly chunk: number;
  /** Index among the items, where the document is a list. */
  readonly item: number | undefined;
}

export interface ParsedFile {
  readonly text: string;
  readonly found: readonly Found[];
  readonly corrupt: readonly CorruptValue[];
}

/** Aliases can make a small text stand for billions of values. */
const MOST_VALUES = 200_000;

/** As the compiler reads YAML, but with integers that are exact. */
const SCHEMA = CORE_SCHEMA.withTags(
  mergeTag,
  defineScalarTag<number | bigint>(intCoreTag.tagName, {
    implicit: true,
    implicitFirstChars: intCoreTag.implicitFirstChars,
    resolve(source, isExplicit, tagName) {
      const value = intCoreTag.resolve(source, isExplicit, tagName);
      if (typeof value !== "number") return NOT_RESOLVED;
      return Number.isSafeInteger(value) || !/^[-+]?\d+$/.test(source) ? value : BigInt(source);
    },
    identify: (data) => typeof data === "bigint" || Number.isInteger(data),
    represent: String,
  }),
);

/** `file` is what messages name. Never throws for bad text: what cannot be read is listed. */
export function parseFile(file: string, text: string): ParsedFile {
  const found: Found[] = [];
  const corrupt: CorruptValue[] = [];
  for (const [chunk, { text: part }] of splitChunks(text).entries()) {
    const place = `${file} document ${chunk + 1}`;
    const fail = (reason: string): void => {
      corrupt.push({ place, key: undefined, reason });
    };
    try {
      const documents = loadAll(part, { schema: SCHEMA }) as Json[];
      if (documents.length > 1) fail("files with YAML directives or `...` hold one document");
      const document = documents[0];
      if (document === undefined || document === null) continue;
      demandFinite(document);
      const items = itemsOf(document);
      for (const [i, value] of (items ?? [document]).entries()) {
        const read = readResource(value);
        if (read.problem !== undefined) fail(items ? `item ${i + 1}: ${read.problem}` : read.problem);
        else found.push({ ...storedOf(read.resource), file, chunk, item: items && i });
      }
    } catch (error) {
      fail(error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error));
    }
  }
  return { text, found, corrupt };
}

/** The version of a resource is that of its content: what git or an editor brings back is the same again. */
export function storedOf(written: Resource): Stored {
  const resource = withoutResourceVersion(written);
  const digest = createHash("sha256").update(canonicalJson(resource)).digest("hex");
  return { key: keyOf(resource), resourceVersion: digest.slice(0, 16), resource };
}

/** The file with one more document at its end. */
export function withDocument(file: string, text: string | undefined, resource: Resource): string {
  if (text === undefined || text.trim() === "") return print(file, resource);
  if (isJson(file)) throw uneditable(file, "a JSON file holds one document");
  demandPlain(file, text);
  return `${text}${text.endsWith("\n") ? "" : "\n"}---\n${print(file, resource)}`;
}

/**
 * The file with the resource in place of the one that was found there. Comments before and after the document stay,
 * comments within it do not; other documents keep every byte.
 */
export function withReplaced(text: string, { file, chunk, item }: Found, resource: Resource): string {
  return editChunk(file, text, chunk, item, (items) => items.with(item ?? 0, resource));
}

/** The file without the resource; "" when nothing is left. */
export function withRemoved(text: string, { file, chunk, item }: Found): string {
  return editChunk(file, text, chunk, item, (items) => items.toSpliced(item ?? 0, 1));
}

/** `edit` gets the items of a list, or the one resource of a document, and returns what is to be there. */
function editChunk(
  file: string,
  text: string,
  chunk: number,
  item: number | undefined,
  edit: (items: readonly Json[]) => readonly Json[],
): string {
  demandPlain(file, text);
  const old = splitChunks(text)[chunk];
  if (old === undefined) throw new TypeError(`${file} has no document ${chunk + 1}`);
  const documents = loadAll(old.text, { schema: SCHEMA }) as Json[];
  const document = documents[0] ?? null;
  const before = text.slice(0, old.offset);
  const after = text.slice(old.offset + old.text.length);
  const items = edit((item === undefined ? undefined : itemsOf(document)) ?? [document]);
  if (items.length === 0) {
    const left = before + after;
    return left.replaceAll("---", "").trim() === "" ? "" : left;
  }
  const value = item === undefined ? items[0]! : ({ ...(document as JsonObject), items } as Json);
  return before + replaceBody(file, old.text, value) + after;
}

const NO_CONTENT = /^\s*(#.*)?$/;

function replaceBody(file: string, chunk: string, value: Json): string {
  if (isJson(file)) return print(file, value);
  const lines = chunk.split("\n");
  const opens = /^---(\s|$)/.test(lines[0] ?? "");
  let head = opens ? 1 : 0;
  while (head < lines.length && NO_CONTENT.test(lines[head]!)) head++;
  let tail = lines.length;
  while (tail > head && NO_CONTENT.test(lines[tail - 1]!)) tail--;
  const kept = lines.slice(0, head);
  // Content may follow on the line of the separator itself.
  if (opens && !/^---\s*(#.*)?$/.test(kept[0]!)) kept[0] = "---";
  return [...kept, print(file, value).trimEnd(), ...lines.slice(tail)].join("\n");
}

function print(file: string, value: Json): string {
  if (isJson(file)) return `${JSON.stringify(value, rawIntegers, 2)}\n`;
  return dump(value, { schema: SCHEMA, lineWidth: -1, noRefs: true });
}

/** TypeScript's library does not know `JSON.rawJSON` yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function rawIntegers(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? rawJSON(`${value}`) : value;
}

function isJson(file: string): boolean {
  return /\.json$/i.test(file);
}

/** `kind: List`, and `PodList` whose items may leave out what the list says. */
function itemsOf(document: Json): readonly Json[] | undefined {
  if (!isJsonObject(document) || typeof document.kind !== "string" || !document.kind.endsWith("List"))
    return undefined;
  const { apiVersion, kind, items } = document;
  if (!Array.isArray(items)) return undefined;
  const itemKind = kind.slice(0, -"List".length);
  return (items as readonly Json[]).map((item) =>
    isJsonObject(item) && itemKind !== "" && !("kind" in item)
      ? { ...(apiVersion === undefined ? {} : { apiVersion }), kind: itemKind, ...item }
      : item,
  );
}

function demandFinite(document: Json): void {
  let left = MOST_VALUES;
  const visit = (value: Json): void => {
    if (--left < 0) throw new RangeError(`it has more than ${MOST_VALUES} values`);
    if (typeof value === "object" && value !== null) for (const child of Object.values(value)) visit(child);
  };
  visit(document);
}

/** Such lines belong to the documents around them in ways that an edit of one document would break. */
function demandPlain(file: string, text: string): void {
  if (/^(%|\.\.\.(\s|$))/m.test(text)) throw uneditable(file, "it has YAML directives or `...` lines");
}

function uneditable(file: string, reason: string): DatastoreError {
  return new DatastoreError({ kind: "invalid", reason: `${file} cannot be edited: ${reason}` });
}

/** For a resource that is in no file yet. Names that are no file names are escaped as in URLs. */
export function newFileFor({ kind, namespace, name }: ResourceKey): string {
  for (const part of [namespace, name])
    if (part === "." || part === ".." || part.includes("\0"))
      throw new DatastoreError({ kind: "invalid", reason: `${JSON.stringify(part)} cannot be a name` });
  const parts = [kind.toLowerCase(), ...(namespace === "" ? [] : [namespace]), name].map(encodeURIComponent);
  const long = parts.findIndex((part) => part.length > 200);
  if (long < 0) return `${parts.join("/")}.yaml`;
  const digest = createHash("sha256").update(parts.join("/")).digest("hex").slice(0, 16);
  return `${parts.map((part) => part.slice(0, 180)).join("/")}-${digest}.yaml`;
}
