import { type Diagram, type Diagrams, isLeaf, type Value } from "../symbolic/diagram.ts";

/** Where two readings differ: `true` for the packets of which they say different things. */
export function difference<T>(diagrams: Diagrams, a: Diagram<T>, b: Diagram<T>): Diagram<boolean> {
  return diagrams.continueWith(a, (outcome) => diagrams.relabel(b, (other) => other !== outcome));
}

/**
 * For each variable on one way to `true` a range of values; other variables may have any. `undefined` = no way. A
 * diagram that is not `false` leads to `true` from each of its choices, so the walk never has to turn back far.
 */
export function wayToTrue(diagram: Diagram<boolean>): ReadonlyMap<number, Range> | undefined {
  if (isLeaf(diagram)) return diagram.outcome ? new Map() : undefined;
  for (const [i, part] of diagram.parts.entries()) {
    const rest = wayToTrue(part);
    if (rest === undefined) continue;
    const range: Range = { afterBound: diagram.bounds[i - 1], last: diagram.bounds[i] };
    return new Map([...rest, [diagram.level, range]]);
  }
  return undefined;
}

export interface Range {
  /** The value before the first; `undefined` = from the beginning of the domain. */
  readonly afterBound: Value | undefined;
  /** `undefined` = to the end of the domain. */
  readonly last: Value | undefined;
}

/** The first value of the range. */
export function firstOf(range: Range | undefined, otherwise: Value): Value {
  if (range === undefined) return otherwise;
  const { afterBound } = range;
  if (afterBound === undefined) return typeof otherwise === "bigint" ? 0n : 0;
  return typeof afterBound === "bigint" ? afterBound + 1n : afterBound + 1;
}
