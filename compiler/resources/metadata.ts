import type { Report } from "../diagnostics/bag.ts";
import { at, type Origin } from "../diagnostics/diagnostic.ts";
import { closest } from "../diagnostics/suggest.ts";
import { describeType, isObject, type JsonObject, textHint } from "./json.ts";
import type { KindDefinition, Metadata } from "./kind.ts";
import { checkAnnotations, checkLabel } from "./labels.ts";
import { dnsLabelProblem, dnsSubdomainProblem } from "./names.ts";

/** The fields of Kubernetes' ObjectMeta, in the order in which Go writes them. */
export const OBJECT_META_FIELDS = [
  "name",
  "generateName",
  "namespace",
  "selfLink",
  "uid",
  "resourceVersion",
  "generation",
  "creationTimestamp",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "labels",
  "annotations",
  "ownerReferences",
  "finalizers",
  "managedFields",
];
const FIELDS: ReadonlySet<string> = new Set(OBJECT_META_FIELDS);

/**
 * Reads and checks metadata by the rules of all kinds (names of single kinds are checked by the kind).
 * `undefined` when the resource has no usable name; everything else that is wrong is reported and left out.
 */
export function decodeMetadata(
  document: JsonObject,
  definition: KindDefinition,
  origin: Origin,
  report: Report,
): Metadata | undefined {
  const calico = isCalicoKind(definition);
  const metadata = document.metadata ?? {};
  if (!isObject(metadata)) {
    const params = { expected: "a mapping", found: describeType(metadata) };
    report("resource/type", params, at(origin, "metadata"));
    return undefined;
  }
  for (const field in metadata) {
    if (FIELDS.has(field)) continue;
    const code = calico ? "resource/unknown-field" : "kubernetes/unknown-field";
    const params = { field, suggestion: closest(field, OBJECT_META_FIELDS) };
    report(code, params, at(origin, "metadata", field), { target: "key" });
  }
  const reader = { metadata, origin, report };
  const name = readText(reader, "name") || (calico ? "" : readText(reader, "generateName").replace(/-$/, ""));
  if (name === "") {
    // Of a name that is no text that has been said.
    if (typeof (metadata.name ?? "") === "string")
      report("resource/missing-name", {}, at(origin, "metadata"));
    return undefined;
  }
  const problem = dnsSubdomainProblem(name);
  if (problem !== undefined) {
    report("resource/invalid-name", { what: "name", value: name, problem }, at(origin, "metadata", "name"));
    return undefined;
  }
  const namespace = decodeNamespace(reader, definition, calico);
  if (namespace === undefined) return undefined;
  return {
    name,
    namespace,
    labels: decodeLabels(reader),
    annotations: decodeAnnotations(reader),
    uid: readText(reader, "uid"),
    creationTimestamp: readText(reader, "creationTimestamp"),
    deletionTimestamp: readText(reader, "deletionTimestamp"),
  };
}

export function isCalicoKind(definition: KindDefinition): boolean {
  return definition.apiVersions.some((version) => version.startsWith("projectcalico.org/"));
}

interface Reader {
  readonly metadata: JsonObject;
  /** Of the resource; places are worked out for findings only, as nearly every resource has none. */
  readonly origin: Origin;
  readonly report: Report;
}

function decodeNamespace(reader: Reader, definition: KindDefinition, calico: boolean): string | undefined {
  const namespace = readText(reader, "namespace");
  const origin = () => at(reader.origin, "metadata", "namespace");
  if (definition.scope === "cluster") {
    if (namespace !== "" && calico) {
      reader.report("resource/unexpected-namespace", { kind: definition.kind }, origin());
    }
    return "";
  }
  if (namespace === "") return "default";
  const problem = dnsLabelProblem(namespace);
  if (problem === undefined) return namespace;
  reader.report("resource/invalid-name", { what: "namespace", value: namespace, problem }, origin());
  return undefined;
}

function readText({ metadata, origin, report }: Reader, field: string): string {
  const value = metadata[field] ?? "";
  if (typeof value === "string") return value;
  reportNotText(value, at(origin, "metadata", field), report);
  return "";
}

function reportNotText(value: unknown, origin: Origin, report: Report): void {
  const params = { expected: "a string", found: describeType(value), hint: textHint(value) };
  report("resource/type", params, origin);
}

type Texts = Readonly<Record<string, string>>;

const NO_TEXTS: Texts = Object.freeze({});

/** The mapping itself where every value is a text. */
function readTexts({ metadata, origin, report }: Reader, field: string): Texts {
  const map = metadata[field];
  if (map === undefined || map === null) return NO_TEXTS;
  if (!isObject(map)) {
    report(
      "resource/type",
      { expected: "a mapping", found: describeType(map) },
      at(origin, "metadata", field),
    );
    return NO_TEXTS;
  }
  let allTexts = true;
  for (const key in map) {
    const value = map[key];
    if (typeof value === "string") continue;
    allTexts = false;
    // Only of what selectors ask: kubectl refuses both, but an annotation without a value does no harm.
    if (value !== null || field === "labels")
      reportNotText(value, at(origin, "metadata", field, key), report);
  }
  return (allTexts ? map : keep(map, (_, value) => typeof value === "string")) as Texts;
}

/** `fromEntries` defines properties, so that a key `__proto__` stays data. */
function keep(map: JsonObject, wanted: (key: string, value: unknown) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(map).filter(([key, value]) => wanted(key, value)));
}

function decodeLabels(reader: Reader): Texts {
  const labels = readTexts(reader, "labels");
  const origin = () => at(reader.origin, "metadata", "labels");
  let invalid: Set<string> | undefined;
  for (const key in labels)
    if (!checkLabel(key, labels[key] ?? "", origin, reader.report)) invalid = (invalid ?? new Set()).add(key);
  return invalid === undefined ? labels : (keep(labels, (key) => !invalid.has(key)) as Texts);
}

function decodeAnnotations(reader: Reader): Texts {
  const annotations = readTexts(reader, "annotations");
  checkAnnotations(annotations, () => at(reader.origin, "metadata", "annotations"), reader.report);
  return annotations;
}
