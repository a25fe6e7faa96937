/** The text of a file with one resource added, changed or removed, and everything else as it was. */
import { splitChunks } from "../../../compiler/index.ts";
import { DatastoreError } from "../errors.ts";
import { canonicalJson, isJsonObject, type Json, printIndentedJson } from "../json.ts";
import type { Resource } from "../resource.ts";
import { parseYaml, printYaml } from "../yaml.ts";
import type { Found } from "./documents.ts";
import { editYaml } from "./yaml-edit.ts";

/** The file with one more document at its end. */
export function withDocument(file: string, text: string | undefined, resource: Resource): string {
  if (text === undefined || text.trim() === "") return print(file, resource);
  if (isJson(file)) throw uneditable(file, "a JSON file holds one document");
  demandPlain(file, text);
  return `${text}${text.endsWith("\n") ? "" : "\n"}---\n${print(file, resource)}`;
}

/** The file with the resource in place of the one that was found there: fields that are the same keep every byte. */
export function withReplaced(text: string, { file, chunk, item }: Found, resource: Resource): string {
  return editChunk(file, text, chunk, item, (items) => {
    const index = item ?? 0;
    return items.with(index, withoutImplied(items[index], resource));
  });
}

/** The file without the resource; "" when nothing is left. */
export function withRemoved(text: string, { file, chunk, item }: Found): string {
  return editChunk(file, text, chunk, item, (items) => items.toSpliced(item ?? 0, 1));
}

/** What the kind of a list says of its items is not written into them. */
function withoutImplied(item: Json | undefined, resource: Resource): Json {
  if (!isJsonObject(item) || "kind" in item) return resource;
  const { apiVersion, kind: _, ...rest } = resource;
  return "apiVersion" in item ? { apiVersion, ...rest } : rest;
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
  const document = readDocument(old.text);
  const list = item !== undefined && isJsonObject(document) ? document : undefined;
  const before = text.slice(0, old.offset);
  const after = text.slice(old.offset + old.text.length);
  const items = edit(list === undefined ? [document] : (list.items as readonly Json[]));
  if (items.length === 0) {
    const left = before + after;
    return left.replaceAll("---", "").trim() === "" ? "" : left;
  }
  return (
    before + withValue(file, old.text, document, list === undefined ? items[0]! : { ...list, items }) + after
  );
}

/** The text of one document that holds `after` in place of `before`. */
function withValue(file: string, chunk: string, before: Json, after: Json): string {
  if (isJson(file)) return printIndentedJson(after, indentOf(chunk)) + (chunk.endsWith("\n") ? "\n" : "");
  const edited = editYaml(chunk, before, after);
  if (edited !== undefined && holds(edited, after)) return edited;
  return withBody(chunk, printYaml(after));
}

function holds(chunk: string, value: Json): boolean {
  try {
    return canonicalJson(readDocument(chunk)) === canonicalJson(value);
  } catch {
    return false;
  }
}

function readDocument(chunk: string): Json {
  return parseYaml(chunk)[0] ?? null;
}

const NO_CONTENT = /^\s*(#.*)?$/;

/** What stands before and after the content stays; comments within it do not. */
function withBody(chunk: string, body: string): string {
  const lines = chunk.split("\n");
  const opens = /^---(\s|$)/.test(lines[0] ?? "");
  let head = opens ? 1 : 0;
  while (head < lines.length && NO_CONTENT.test(lines[head]!)) head++;
  let tail = lines.length;
  while (tail > head && NO_CONTENT.test(lines[tail - 1]!)) tail--;
  const kept = lines.slice(0, head);
  // Content may follow on the line of the separator itself.
  if (opens && !/^---\s*(#.*)?$/.test(kept[0]!)) kept[0] = "---";
  return [...kept, body.trimEnd(), ...lines.slice(tail)].join("\n");
}

function print(file: string, value: Json): string {
  return isJson(file) ? `${printIndentedJson(value, "  ")}\n` : printYaml(value);
}

/** JSON has no comments to keep: printed with the same indentation most files come out as they went in. */
function indentOf(json: string): string {
  return /^\s*[[{]\r?\n([ \t]+)/.exec(json)?.[1] ?? "";
}

function isJson(file: string): boolean {
  return /\.json$/i.test(file);
}

/** Such lines belong to the documents around them in ways that an edit of one document would break. */
function demandPlain(file: string, text: string): void {
  if (/^(%|\.\.\.(\s|$))/m.test(text)) throw uneditable(file, "it has YAML directives or `...` lines");
}

function uneditable(file: string, reason: string): DatastoreError {
  return new DatastoreError({ kind: "invalid", reason: `${file} cannot be edited: ${reason}` });
}
