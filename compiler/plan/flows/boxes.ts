import { type Diagram, isLeaf, type Value } from "../../semantics/symbolic/diagram.ts";

/** Values of one variable, ends included. */
export interface Interval {
  readonly first: Value;
  readonly last: Value;
}

/** A product set: for each variable that is not free, by level, the values that it may have, ascending. */
export type Box = ReadonlyMap<number, readonly Interval[]>;

/** The last value of a variable's domain, which begins at 0 (or 0n). */
export type LastValue = (level: number) => Value;

/**
 * The packets for which the diagram is true, as disjoint products in the order of the variables. Values that lead to
 * the same part stand together, so that there are as few products as that order allows.
 */
export function* boxesOf(diagram: Diagram<boolean>, lastValue: LastValue): Generator<Box> {
  if (isLeaf(diagram)) {
    if (diagram.outcome) yield new Map();
    return;
  }
  const { level } = diagram;
  for (const [part, intervals] of partsOf(diagram, lastValue))
    for (const rest of boxesOf(part, lastValue)) yield new Map([[level, intervals], ...rest]);
}

/** How many `boxesOf` gives, without making them. */
export function countBoxes(diagram: Diagram<boolean>): number {
  const known = new Map<Diagram<boolean>, number>();
  const count = (at: Diagram<boolean>): number => {
    if (isLeaf(at)) return at.outcome ? 1 : 0;
    const found = known.get(at);
    if (found !== undefined) return found;
    const made = [...new Set(at.parts)].reduce((sum, part) => sum + count(part), 0);
    known.set(at, made);
    return made;
  };
  return count(diagram);
}

function partsOf(
  { level, bounds, parts }: Extract<Diagram<boolean>, { parts: unknown }>,
  lastValue: LastValue,
): ReadonlyMap<Diagram<boolean>, readonly Interval[]> {
  const max = lastValue(level);
  const found = new Map<Diagram<boolean>, Interval[]>();
  for (const [i, part] of parts.entries()) {
    const interval = { first: i === 0 ? zeroLike(max) : next(bounds[i - 1]!), last: bounds[i] ?? max };
    const intervals = found.get(part);
    if (intervals === undefined) found.set(part, [interval]);
    else intervals.push(interval);
  }
  return found;
}

/** All values of the domain that are in none of the intervals. */
export function complement(intervals: readonly Interval[], max: Value): readonly Interval[] {
  const gaps: Interval[] = [];
  let from = zeroLike(max);
  for (const { first, last } of intervals) {
    if (first > from) gaps.push({ first: from, last: previous(first) });
    from = next(last);
  }
  if (from <= max) gaps.push({ first: from, last: max });
  return gaps;
}

export function includes(intervals: readonly Interval[], value: Value): boolean {
  return intervals.some(({ first, last }) => first <= value && value <= last);
}

function zeroLike(value: Value): Value {
  return typeof value === "bigint" ? 0n : 0;
}

function next(value: Value): Value {
  return typeof value === "bigint" ? value + 1n : value + 1;
}

function previous(value: Value): Value {
  return typeof value === "bigint" ? value - 1n : value - 1;
}
