import { DiagnosticBag } from "./diagnostics/bag.ts";
import type { Diagnostic } from "./diagnostics/diagnostic.ts";
import { decodeDocuments } from "./resources/decode.ts";
import { isObject } from "./resources/json.ts";
import { createLocator } from "./syntax/locator.ts";
import type { LocatedDocument, SourceFile } from "./syntax/source.ts";
import { parseDocuments } from "./syntax/yaml.ts";

/** One document of the files, as it is written. */
export interface WrittenDocument {
  readonly file: string;
  readonly value: unknown;
  /** What the document alone breaks, errors and warnings, with their places. */
  readonly findings: readonly Diagnostic[];
}

/**
 * Files → documents in their order, each checked by itself: shape, unknown fields, all that its kind demands. Lists
 * (`IPPoolList`, and plain arrays of resources) are taken apart. `problems`: what cannot be read as YAML or JSON.
 */
export function readDocuments(files: readonly SourceFile[]): {
  readonly documents: readonly WrittenDocument[];
  readonly problems: readonly Diagnostic[];
} {
  const locator = createLocator(files);
  const syntax = new DiagnosticBag();
  const documents = parseDocuments(files, syntax.report)
    .flatMap(itemsOf)
    .map((located) => {
      const bag = new DiagnosticBag();
      decodeDocuments([located], bag.report);
      return {
        file: located.file,
        value: located.value,
        findings: bag.diagnostics(locator),
      };
    });
  return { documents, problems: syntax.diagnostics(locator) };
}

function itemsOf(document: LocatedDocument): readonly LocatedDocument[] {
  const { value, path } = document;
  if (!Array.isArray(value) || !value.every(isObject)) return [document];
  return value.map((item, i) => ({ ...document, path: [...path, i], value: item }));
}
