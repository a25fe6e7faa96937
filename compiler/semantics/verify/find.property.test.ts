import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Diagram, Diagrams } from "../symbolic/diagram.ts";
import { walk } from "../symbolic/testing/walk.ts";
import { difference, firstOf, type Range, wayToTrue } from "./find.ts";

/** Three variables of five values each; the last ones are bigints. */
const DOMAIN = [0, 1, 2, 3, 4];
const POINTS = DOMAIN.flatMap((a) => DOMAIN.flatMap((b) => DOMAIN.map((c) => [a, b, BigInt(c)] as const)));
type Point = (typeof POINTS)[number];

function fromTable<T>(diagrams: Diagrams, table: readonly T[], level = 0): Diagram<T> {
  if (level === 3) return diagrams.leaf(table[0]!);
  const length = table.length / DOMAIN.length;
  const parts = DOMAIN.map((i) => fromTable(diagrams, table.slice(i * length, (i + 1) * length), level + 1));
  const bounds = DOMAIN.slice(0, -1);
  return diagrams.choice(level, level === 2 ? bounds.map(BigInt) : bounds, parts);
}

const at = <T>(diagram: Diagram<T>, point: Point): T => walk(diagram, (level) => point[level]);

/** Mostly of one outcome, so that ways to the others are few. */
function tables<T>(usual: T, others: readonly T[]): fc.Arbitrary<readonly T[]> {
  const outcome = fc.oneof(
    { weight: 20, arbitrary: fc.constant(usual) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
  return fc.array(outcome, { minLength: POINTS.length, maxLength: POINTS.length });
}

function isWithin(value: number | bigint, range: Range | undefined): boolean {
  if (range === undefined) return true;
  const { afterBound, last } = range;
  return (afterBound === undefined || value > afterBound) && (last === undefined || value <= last);
}

describe("the difference of two readings", () => {
  test("is where they say different things", () => {
    const table = tables("allow", ["deny", "elsewhere"]);
    fc.assert(
      fc.property(table, table, (one, other) => {
        const diagrams = new Diagrams();
        const [a, b] = [fromTable(diagrams, one), fromTable(diagrams, other)];
        const differ = difference(diagrams, a, b);
        for (const point of POINTS) expect(at(differ, point)).toBe(at(a, point) !== at(b, point));
        expect(difference(diagrams, a, a)).toBe(diagrams.no);
      }),
    );
  });
});

describe("a way to true", () => {
  test("is found if there is one, and every value on it leads there", () => {
    fc.assert(
      fc.property(tables(false, [true]), (table) => {
        const diagrams = new Diagrams();
        const diagram = fromTable(diagrams, table);
        const way = wayToTrue(diagram);
        if (way === undefined) {
          expect(diagram).toBe(diagrams.no);
          return;
        }
        const on = POINTS.filter((point) => point.every((value, level) => isWithin(value, way.get(level))));
        expect(on.length).toBeGreaterThan(0);
        expect(on.filter((point) => !at(diagram, point))).toEqual([]);
        const first = walk(diagram, (level) => firstOf(way.get(level), level === 2 ? 3n : 3));
        expect(first).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("names no variable where all packets take it, and is none where no packet does", () => {
    const { yes, no } = new Diagrams();
    expect(wayToTrue(yes)).toEqual(new Map());
    expect(wayToTrue(no)).toBeUndefined();
  });
});

describe("the first value of a range", () => {
  test.each([
    [undefined, 80, 80],
    [undefined, 7n, 7n],
    [{ afterBound: undefined, last: 5 }, 80, 0],
    [{ afterBound: undefined, last: 5n }, 80n, 0n],
    [{ afterBound: 5, last: 9 }, 80, 6],
    [{ afterBound: 5n, last: undefined }, 80n, 6n],
  ] as const)("%o, else %s: %s", (range, otherwise, expected) => {
    expect(firstOf(range, otherwise)).toBe(expected);
  });
});
