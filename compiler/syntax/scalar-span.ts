import { SCALAR_STYLE, type ScalarEvent } from "js-yaml";
import type { TextSpan } from "../diagnostics/diagnostic.ts";

/** The extent of a scalar in its source, quotes included; never empty. */
export function scalarExtent(source: string, scalar: ScalarEvent): TextSpan {
  const { valueStart: start, valueEnd: end, style } = scalar;
  switch (style) {
    case SCALAR_STYLE.SINGLE_QUOTED:
    case SCALAR_STYLE.DOUBLE_QUOTED:
      return { start: start - 1, end: end + 1 };
    case SCALAR_STYLE.LITERAL_BLOCK:
    case SCALAR_STYLE.FOLDED_BLOCK: {
      const first = source.slice(start, end).search(/\S/);
      const last = source.slice(start, end).trimEnd().length;
      return first === -1 ? { start, end } : { start: start + first, end: start + last };
    }
    default:
      return { start, end };
  }
}

/**
 * Where a part of a scalar's *value* stands in the *source*. Folding, indentation and line joining change white
 * space only, so the n-th visible character of the value is the n-th visible one of the source, in every style;
 * escapes count as the one character that they make.
 */
export function spanInScalar(source: string, scalar: ScalarEvent, value: string, span: TextSpan): TextSpan {
  const start = Math.max(0, Math.min(span.start, value.length));
  const end = Math.max(start, Math.min(span.end, value.length));
  const raw = source.slice(scalar.valueStart, scalar.valueEnd);
  if (raw === value) {
    return { start: scalar.valueStart + start, end: scalar.valueStart + Math.max(end, start + 1) };
  }
  const marks = visibleCharacters(raw, scalar.style);
  const before = countVisible(value, 0, start);
  const inside = countVisible(value, start, end);
  const first = marks[before] ?? lastMark(marks);
  const last = inside === 0 ? first : marks[before + inside - 1];
  if (first === undefined) return scalarExtent(source, scalar);
  return { start: scalar.valueStart + first.start, end: scalar.valueStart + (last ?? first).end };
}

/** Past the last character: the end of the text, as one position. */
function lastMark(marks: readonly TextSpan[]): TextSpan | undefined {
  const last = marks.at(-1);
  return last && { start: last.end, end: last.end + 1 };
}

function countVisible(text: string, from: number, to: number): number {
  let count = 0;
  for (let i = from; i < to; i++) if (isVisible(text.charCodeAt(i))) count++;
  return count;
}

function isVisible(unit: number): boolean {
  return unit > 0x20;
}

/** The extents in `raw` of the characters that are not white space. */
function visibleCharacters(raw: string, style: ScalarEvent["style"]): readonly TextSpan[] {
  const marks: TextSpan[] = [];
  for (let i = 0; i < raw.length; ) {
    const length = characterLength(raw, i, style);
    const escapedSpace =
      style === SCALAR_STYLE.DOUBLE_QUOTED && /^\\[\s0abtnvfreNLP_]/.test(raw.slice(i, i + 2));
    if (isVisible(raw.charCodeAt(i)) && !escapedSpace) marks.push({ start: i, end: i + length });
    i += length;
  }
  return marks;
}

const ESCAPE_LENGTH: Readonly<Record<string, number>> = { x: 4, u: 6, U: 10 };

function characterLength(raw: string, at: number, style: ScalarEvent["style"]): number {
  const unit = raw[at];
  if (style === SCALAR_STYLE.SINGLE_QUOTED && unit === "'") return 2;
  if (style === SCALAR_STYLE.DOUBLE_QUOTED && unit === "\\") return ESCAPE_LENGTH[raw[at + 1] ?? ""] ?? 2;
  return 1;
}
