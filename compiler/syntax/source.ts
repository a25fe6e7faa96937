import type { Origin } from "../diagnostics/diagnostic.ts";

/** A file as it was read; `path` is what diagnostics print. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** One object of a file: a plain JSON value (never mutated: aliases share parts) and where it stands. */
export interface LocatedDocument {
  readonly file: string;
  /** Index of the document in its file; empty documents count. */
  readonly index: number;
  /** Where the object starts inside the document: `["items", 3]` in a `kind: List`, else empty. */
  readonly path: readonly (string | number)[];
  readonly value: unknown;
}

/** The origin of a place in a file that belongs to no document: `span` then counts from the start of the file. */
export function fileOrigin(file: string): Origin {
  return { file, document: -1, path: [] };
}
