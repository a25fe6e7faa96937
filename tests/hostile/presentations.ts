import { dump } from "js-yaml";
import { findKind } from "../../compiler/index.ts";
import { isObject, type JsonObject } from "../../compiler/resources/json.ts";
import type { Draw } from "./draw.ts";

/** Other ways to write documents down that mean the same. */
type Rewrite = (documents: readonly JsonObject[], draw: Draw) => readonly JsonObject[];
type Print = (documents: readonly JsonObject[]) => string;

const CUSTOM_RESOURCES = "crd.projectcalico.org/v1";
const NAMED_INSIDE = /^(Staged)?(Global)?NetworkPolicy$/;

/** As Calico stores it in a cluster: its metadata are JSON in an annotation of a custom resource. */
function asCustomResource(document: JsonObject): JsonObject {
  const { apiVersion, kind, metadata } = document;
  if (apiVersion !== "projectcalico.org/v3" || findKind(CUSTOM_RESOURCES, String(kind)) === undefined)
    return document;
  const { name, namespace, ...others } = metadata as JsonObject;
  const isNamedInside = NAMED_INSIDE.test(String(kind));
  const stored = JSON.stringify(isNamedInside ? { ...others, name } : others);
  const annotations = { "projectcalico.org/metadata": stored };
  const own = { name: isNamedInside ? `default.${String(name)}` : name, annotations };
  return {
    ...document,
    apiVersion: CUSTOM_RESOURCES,
    metadata: namespace === undefined ? own : { ...own, namespace },
  };
}

function inLists(documents: readonly JsonObject[], draw: Draw): readonly JsonObject[] {
  if (documents.length < 2) return documents;
  const cut = 1 + draw.below(documents.length - 1);
  return [documents.slice(0, cut), documents.slice(cut)].map((part) => ({
    apiVersion: "v1",
    kind: "List",
    items: inLists(part, draw),
  }));
}

const REWRITES: readonly Rewrite[] = [
  (documents) => documents,
  (documents) => documents.map(asCustomResource),
  inLists,
  // What is null is not there.
  (documents) =>
    documents.map((document) => ({
      ...document,
      status: document.status ?? null,
      spec: isObject(document.spec) ? { ...document.spec, nothing: null } : document.spec,
    })),
];

const documentByDocument = (print: (document: unknown) => string, between: string): Print => {
  return (documents) => documents.map((document) => print(document)).join(between);
};

const PRINTS: Readonly<Record<string, Print>> = {
  "YAML in blocks": documentByDocument((document) => dump(document, { noRefs: true }), "---\n"),
  "YAML in one line": documentByDocument(
    (document) => dump(document, { flowLevel: 0, noRefs: true }),
    "---\n",
  ),
  "YAML with narrow lines": documentByDocument(
    (document) => dump(document, { lineWidth: 20 }),
    "--- # next\n",
  ),
  "YAML with aliases": documentByDocument((document) => dump(shared(document)), "...\n---\n"),
  "YAML with Windows' line ends, and its mark before": (documents) =>
    `\uFEFF${documents.map((document) => dump(document)).join("---\n")}`.replaceAll("\n", "\r\n"),
  "YAML with other digits": documentByDocument(
    (document) =>
      dump(document, { flowLevel: 0, lineWidth: -1 }).replaceAll(/(?<=: )\d+(?=[,}])/g, otherDigits),
    "---\n",
  ),
  "JSON with every character escaped": (documents) =>
    JSON.stringify({ apiVersion: "v1", kind: "List", items: documents }).replaceAll(
      /"((?:[^"\\]|\\.)*)"/g,
      (_, inner: string) => `"${escaped(JSON.parse(`"${inner}"`) as string)}"`,
    ),
};

export const PRESENTATIONS: readonly string[] = Object.keys(PRINTS);

export function present(documents: readonly JsonObject[], as: string, draw: Draw): string {
  const print = PRINTS[as];
  if (print === undefined) throw new Error(`nobody prints ${as}`);
  return print(draw.oneOf(REWRITES)(documents, draw));
}

/** The value with equal parts being one, for which the printer writes anchors and aliases. */
function shared(value: unknown, known = new Map<string, unknown>()): unknown {
  if (typeof value !== "object" || value === null) return value;
  const text = JSON.stringify(value);
  const same = known.get(text);
  if (same !== undefined) return same;
  const made = Array.isArray(value)
    ? value.map((item) => shared(item, known))
    : Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shared(item, known)]));
  known.set(text, made);
  return made;
}

/** Of Go's ways to write a number. */
function otherDigits(digits: string): string {
  const value = Number(digits);
  return value % 2 === 0 ? `0x${value.toString(16)}` : `0${value.toString(8)}`;
}

function escaped(text: string): string {
  return Array.from({ length: text.length }, (_, i) => {
    return `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`;
  }).join("");
}
