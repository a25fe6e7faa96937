import type { Report } from "../diagnostics/bag.ts";
import { at, type Origin } from "../diagnostics/diagnostic.ts";
import { closest } from "../diagnostics/suggest.ts";
import type { LocatedDocument } from "../syntax/source.ts";
import { describeType, isObject, type JsonObject } from "./json.ts";
import type { KindDefinition } from "./kind.ts";
import { findKind, groupOf, KINDS } from "./registry.ts";

const CALICO_GROUPS: readonly string[] = ["projectcalico.org", "crd.projectcalico.org"];

/** Where Kubernetes' kinds were before they had groups of their own; no server has taken them from there since 1.22. */
const RETIRED_GROUP = "extensions";

export type Identity =
  | {
      readonly known: true;
      readonly definition: KindDefinition;
      readonly document: JsonObject;
      readonly apiVersion: string;
      readonly origin: Origin;
    }
  /** A real kind that does not shape the dataplane: ConfigMap, Role, somebody's custom resource. */
  | { readonly known: false; readonly kind: string; readonly apiVersion: string; readonly origin: Origin };

/** Finds the definition that a document is of; `undefined` after a report that it is of none. */
export function identify(located: LocatedDocument, report: Report): Identity | undefined {
  const { file, index, path, value: document } = located;
  const origin: Origin = { file, document: index, path };
  if (!isObject(document)) {
    report("resource/not-an-object", { found: describeType(document) }, origin);
    return undefined;
  }
  const kind = readType(document, "kind", origin, report);
  const apiVersion = readType(document, "apiVersion", origin, report);
  if (kind === undefined || apiVersion === undefined) return undefined;
  if (apiVersion === "v1" && kind === "List") {
    reportList(document, origin, report);
    return undefined;
  }
  const definition = findKind(apiVersion, kind);
  if (definition !== undefined) return { known: true, definition, document, apiVersion, origin };
  if (reportMistake(apiVersion, kind, origin, report)) return undefined;
  return { known: false, kind, apiVersion, origin };
}

function readType(
  document: JsonObject,
  field: "apiVersion" | "kind",
  origin: Origin,
  report: Report,
): string | undefined {
  const value = document[field];
  if (typeof value === "string" && value !== "") return value;
  if (value === undefined || value === null || value === "")
    report("resource/missing-type", { field }, origin);
  else report("resource/type", { expected: "a string", found: describeType(value) }, at(origin, field));
  return undefined;
}

/** A list that could not be taken apart: nobody knows what it holds. */
function reportList({ items }: JsonObject, origin: Origin, report: Report): void {
  if (items === undefined) report("resource/missing-field", { field: "items" }, origin);
  else report("resource/type", { expected: "a list", found: describeType(items) }, at(origin, "items"));
}

/**
 * Whether an unknown type is a slip rather than something else's resource. Groups that only we and Kubernetes itself
 * define are judged strictly; kinds of other groups may bear our names (Knative has a Service). No kind of Kubernetes'
 * begins with a small letter; those of Calico's first API did, in the group where Kubernetes' first kinds are.
 */
function reportMistake(apiVersion: string, kind: string, origin: Origin, report: Report): boolean {
  const group = groupOf(apiVersion);
  const namesakes = KINDS.filter((k) => k.kind === kind);
  const known = namesakes.flatMap((k) => k.apiVersions);
  const inGroup = KINDS.filter((k) => k.apiVersions.some((version) => groupOf(version) === group));
  const sameGroup = namesakes.filter((k) => inGroup.includes(k)).flatMap((k) => k.apiVersions);
  const isOurs = inGroup.length > 0 || group === RETIRED_GROUP;
  if (namesakes.length > 0 && (isOurs || closest(apiVersion, known) !== undefined)) {
    const params = { apiVersion, kind, known: sameGroup.length > 0 ? sameGroup : known };
    report("resource/unknown-version", params, at(origin, "apiVersion"));
    return true;
  }
  const calico = CALICO_GROUPS.includes(group);
  const suggestion = closest(
    kind,
    (calico || inGroup.length > 0 ? inGroup : []).map((k) => k.kind),
  );
  const isNone = group === "" && /^[a-z]/.test(kind);
  if (!calico && suggestion === undefined && !isNone) return false;
  report("resource/unknown-kind", { apiVersion, kind, suggestion }, at(origin, "kind"));
  return true;
}
