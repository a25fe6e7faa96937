/** The resources in the text of a YAML or JSON file, each with its place. */
import { createHash } from "node:crypto";
import { splitChunks } from "../../../compiler/index.ts";
import type { CorruptValue } from "../errors.ts";
import { canonicalJson, isJsonObject, type Json } from "../json.ts";
import { keyOf, type Resource, readResource, type Stored, withoutResourceVersion } from "../resource.ts";
import { parseYaml } from "../yaml.ts";

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
      const documents = parseYaml(part);
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
