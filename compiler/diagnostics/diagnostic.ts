/** A place in a source file: 1-based line and column, `end*` exclusive. */
export interface Location {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** Identifies a resource in messages: `NetworkPolicy shop/allow-api`. */
export interface ResourceRef {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/**
 * Where a value came from. Kept by every node of the pipeline, so it is small and made without looking at the
 * text; a `Locator` turns it into a `Location` only when there is a finding to print.
 */
export interface Origin {
  readonly file: string;
  /** Index of the YAML document in the file, and, for `kind: List`, the path starts inside `items`. */
  readonly document: number;
  /** Path from the document's root to the value: `["spec", "ingress", 0, "source", "selector"]`. */
  readonly path: readonly (string | number)[];
  readonly resource?: ResourceRef;
}

/** The origin of a part of what stands there. */
export function at(origin: Origin, ...path: readonly (string | number)[]): Origin {
  return { ...origin, path: [...origin.path, ...path] };
}

/** A part of a string value, in UTF-16 offsets: where in a selector the mistake is. */
export interface TextSpan {
  readonly start: number;
  readonly end: number;
}

export interface Locator {
  /** `target: "key"` points at the mapping key instead of its value (unknown fields, duplicates). */
  locate(origin: Origin, target: "key" | "value", span?: TextSpan): Location | undefined;
  /** The text of one line, for the code frame. */
  lineText(file: string, line: number): string | undefined;
}

export type Severity = "error" | "warning" | "info";

export interface Diagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string;
  readonly resource?: ResourceRef;
  readonly location?: Location;
  readonly related: readonly { readonly message: string; readonly location?: Location }[];
  readonly fix?: { readonly description: string; readonly replacement: string };
}

/** What a code means: registered once, in `codes/`, with typed parameters. */
export interface CodeSpec<P> {
  readonly severity: Severity;
  /** Constant one-liner, for SARIF rules and the reference documentation. */
  readonly summary: string;
  readonly message: (params: P) => string;
  /** What to do about it. */
  readonly hint?: (params: P) => string | undefined;
}

/** Declares a code; the identity function that keeps the parameter type. */
export function code<P>(spec: CodeSpec<P>): CodeSpec<P> {
  return spec;
}
