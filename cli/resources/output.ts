/** The formats of `get -o`. Source: the sheet "Output formats". */
import { type Json, type JsonObject, printIndentedJson } from "../../runtime/datastore/json.ts";
import { CALICO_API_VERSION } from "../../runtime/datastore/kinds.ts";
import type { Stored } from "../../runtime/datastore/resource.ts";
import { printYaml } from "../../runtime/datastore/yaml.ts";
import { UserError } from "../output/errors.ts";
import { readText } from "../output/read-text.ts";
import { columnsOf, type TableContext } from "./columns.ts";
import { runTemplate } from "./go-template/run.ts";
import { parseTemplate, type TemplateNode } from "./go-template/syntax.ts";
import { type ManagedKind, managedKind } from "./kinds.ts";
import { tabulated } from "./table.ts";

export type Format =
  | { readonly kind: "ps" | "wide" | "yaml" | "json" | "name" }
  | { readonly kind: "custom-columns"; readonly headings: readonly string[] }
  | { readonly kind: "go-template"; readonly template: readonly TemplateNode[] };

/** What a question brought: one resource, or all of a kind. */
export type Result =
  | { readonly what: "one"; readonly stored: Stored }
  | {
      readonly what: "list";
      readonly managed: ManagedKind;
      readonly revision: string;
      readonly items: readonly Stored[];
    };

/** Throws UserError. */
export async function parseFormat(text: string): Promise<Format> {
  const [kind = "", value = ""] = text.split(/=(.*)/s);
  switch (kind) {
    case "ps":
    case "wide":
    case "json":
    case "name":
      if (text === kind) return { kind };
      break;
    case "yaml":
    case "yml":
      if (text === kind) return { kind: "yaml" };
      break;
    case "custom-columns":
      if (value === "") throw new UserError("need to specify at least one column");
      return { kind, headings: value.split(",") };
    case "go-template":
      if (value === "") throw new UserError("need to specify a template");
      return { kind, template: parseTemplate(value) };
    case "go-template-file":
      if (value === "") throw new UserError("need to specify a template file");
      return { kind: "go-template", template: parseTemplate(await readText(value)) };
  }
  throw new UserError(`unrecognized output format '${text}'`);
}

/** `namespaces`: whether tables say the namespace. Throws UserError for a column that a kind does not have. */
export function render(
  results: readonly Result[],
  format: Format,
  namespaces: boolean,
  context: TableContext,
): string {
  switch (format.kind) {
    case "yaml":
      return toYaml(document(results));
    case "json":
      return toJson(document(results));
    case "go-template":
      return runTemplate(format.template, results.map(documentOf), { config: configOf(context) });
    case "name":
      return results
        .flatMap(storedOf)
        .map(({ key }) => `${key.kind.toLowerCase()}/${key.name}\n`)
        .join("");
    default:
      return results
        .map((result) => {
          const managed = kindOf(result);
          const head = headings(managed, format, namespaces);
          return `${tabulated([head, ...storedOf(result).map((stored) => row(stored, managed, head, context))])}\n`;
        })
        .join("");
  }
}

export function headings(managed: ManagedKind, format: Format, namespaces: boolean): readonly string[] {
  const columns = columnsOf(managed.kind, managed.namespaced);
  if (format.kind === "custom-columns") {
    const unknown = format.headings.find((heading) => !Object.hasOwn(columns.cells, heading));
    if (unknown !== undefined)
      throw new UserError(
        `unknown heading ${unknown}, valid values are: ${Object.keys(columns.cells).sort().join(", ")}`,
      );
    return format.headings;
  }
  const usual = format.kind === "wide" ? columns.wide : columns.ps;
  return namespaces && managed.namespaced ? ["NAMESPACE", ...usual] : usual;
}

export function row(
  { key, resource }: Stored,
  managed: ManagedKind,
  head: readonly string[],
  context: TableContext,
): readonly string[] {
  const { cells } = columnsOf(managed.kind, managed.namespaced);
  return head.map((heading) =>
    // Files may leave it out.
    heading === "NAMESPACE" ? key.namespace : (cells[heading]?.(resource, context) ?? ""),
  );
}

/** The resource with its version in its metadata, as commands take it back; "" is no version. */
export function versioned({ resource, resourceVersion }: Stored): JsonObject {
  if (resourceVersion === "") return resource;
  return { ...resource, metadata: { ...resource.metadata, resourceVersion } };
}

/** Sorted by field, as Go's YAML is. */
export function toYaml(value: Json): string {
  return printYaml(value, { sortKeys: true });
}

export function toJson(value: Json): string {
  return `${printIndentedJson(value, "  ")}\n`;
}

function document(results: readonly Result[]): Json {
  const documents = results.map(documentOf);
  return documents.length === 1 ? documents[0]! : documents;
}

function documentOf(result: Result): Json {
  if (result.what === "one") return versioned(result.stored);
  return {
    kind: `${result.managed.kind}List`,
    apiVersion: CALICO_API_VERSION,
    metadata: { resourceVersion: result.revision },
    items: result.items.map(versioned),
  };
}

/** `{{config "asnumber"}}` is the one setting that Calico's templates can ask for. */
function configOf({ asNumber }: TableContext): (name: Json | undefined) => Json {
  return (name) => {
    if (name === "asnumber") return asNumber;
    throw new UserError(`there is no setting ${name}`);
  };
}

function storedOf(result: Result): readonly Stored[] {
  return result.what === "one" ? [result.stored] : result.items;
}

function kindOf(result: Result): ManagedKind {
  if (result.what === "list") return result.managed;
  const { apiVersion, kind, namespace } = result.stored.key;
  return managedKind(apiVersion, kind) ?? { kind, namespaced: namespace !== "", names: [] };
}
