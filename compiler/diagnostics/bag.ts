import type { CodeSpec, Diagnostic, Location, Locator, Origin, Severity, TextSpan } from "./diagnostic.ts";
import { type Code, type ParamsOf, REGISTRY } from "./registry.ts";

export interface ReportOptions {
  /** Point at the mapping key rather than at its value. */
  readonly target?: "key" | "value";
  readonly span?: TextSpan;
  readonly related?: readonly {
    readonly message: string;
    readonly origin: Origin;
    readonly span?: TextSpan;
  }[];
  readonly fix?: { readonly description: string; readonly replacement: string };
}

/** Files a finding. Every stage of the compiler gets one; nothing is thrown for bad input. */
export type Report = <C extends Code>(
  code: C,
  params: ParamsOf<C>,
  origin: Origin | undefined,
  options?: ReportOptions,
) => void;

interface Finding {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly hint: string | undefined;
  readonly origin: Origin | undefined;
  readonly options: ReportOptions;
}

/** Collects findings; locations are resolved once, at the end, when `diagnostics` is asked for. */
export class DiagnosticBag {
  readonly #findings: Finding[] = [];
  #errorCount = 0;

  readonly report: Report = (code, params, origin, options = {}) => {
    // The registry's union of parameter types cannot be narrowed by a generic key; the public type has checked it.
    const spec = REGISTRY[code] as CodeSpec<unknown>;
    if (spec.severity === "error") this.#errorCount++;
    const hint = spec.hint?.(params);
    this.#findings.push({
      code,
      severity: spec.severity,
      message: readable(spec.message(params)),
      hint: hint && readable(hint),
      origin,
      options,
    });
  };

  get errorCount(): number {
    return this.#errorCount;
  }

  get hasErrors(): boolean {
    return this.#errorCount > 0;
  }

  /** Sorted by file, position, code and message; exact repetitions are dropped. */
  diagnostics(locator: Locator): readonly Diagnostic[] {
    const seen = new Set<string>();
    return this.#findings
      .map((finding) => resolve(finding, locator))
      .sort(compareDiagnostics)
      .filter((d) => {
        const key = JSON.stringify([d.code, d.message, d.location, d.resource]);
        return !seen.has(key) && seen.add(key);
      });
  }
}

/** A report that remembers whether an error went through it, and passes everything on where somebody listens. */
export class ErrorWatch {
  failed = false;
  readonly report: Report;

  constructor(next?: Report) {
    this.report = (code, params, origin, options) => {
      if (REGISTRY[code].severity === "error") this.failed = true;
      next?.(code, params, origin, options);
    };
  }
}

/** More than this nobody reads; a value of the input, or a list of what there is, may be as long as the input. */
const MAX_TEXT = 1000;

function readable(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT - 1)}…` : text;
}

function resolve(finding: Finding, locator: Locator): Diagnostic {
  const { origin, options } = finding;
  const location = origin && locator.locate(origin, options.target ?? "value", options.span);
  return {
    code: finding.code,
    severity: finding.severity,
    message: finding.message,
    ...(finding.hint === undefined ? {} : { hint: finding.hint }),
    ...(origin?.resource === undefined ? {} : { resource: origin.resource }),
    ...(location === undefined ? {} : { location }),
    related: (options.related ?? []).map(({ message, origin: at, span }) => {
      const where = locator.locate(at, options.target ?? "value", span);
      return where === undefined ? { message } : { message, location: where };
    }),
    ...(options.fix === undefined ? {} : { fix: options.fix }),
  };
}

export function compareDiagnostics(a: Diagnostic, b: Diagnostic): number {
  return (
    compareLocations(a.location, b.location) ||
    compareText(a.code, b.code) ||
    compareText(a.message, b.message)
  );
}

function compareLocations(a: Location | undefined, b: Location | undefined): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  return compareText(a.file, b.file) || a.line - b.line || a.column - b.column;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
