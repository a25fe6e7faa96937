import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Diagram, Diagrams, isLeaf, outcomesOf, type Value } from "./diagram.ts";
import { partsOf, walk } from "./testing/walk.ts";

/** Ends of intervals, ascending, with the end of the domain last: every interval has one as its last value. */
interface Variable {
  readonly min: Value;
  readonly ends: readonly Value[];
}

const LAST6 = (1n << 128n) - 1n;
/** Small numbers, the numbers that do not fit 31 bits, and bigints of which two have one hash. */
const VARIABLES: readonly Variable[] = [
  { min: 0, ends: [0, 1, 2] },
  { min: 0, ends: [5, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff] },
  { min: 0n, ends: [1n, 1n << 64n, (1n << 64n) + 1n, 1n << 127n, LAST6] },
  { min: 0, ends: [0, 1] },
];

type Point = readonly Value[];
const POINTS: readonly Point[] = VARIABLES.reduce<readonly Point[]>(
  (points, { ends }) => points.flatMap((point) => ends.map((end) => [...point, end])),
  [[]],
);

/** A function of all variables, as a diagram and as its value at one point. */
interface Made<T> {
  readonly diagram: Diagram<T>;
  readonly at: (point: Point) => T;
}
/** Made anew by each maker of diagrams. */
type Recipe<T> = (diagrams: Diagrams) => Made<T>;

function constant<T>(outcome: T): Recipe<T> {
  return (diagrams) => ({ diagram: diagrams.leaf(outcome), at: () => outcome });
}

/** Cuts of the variable's domain, with a recipe for each interval; neighbours may be alike. */
function cuts<T>(level: number, part: fc.Arbitrary<Recipe<T>>): fc.Arbitrary<Recipe<T>> {
  const { ends } = VARIABLES[level]!;
  return fc.subarray(ends.slice(0, -1) as Value[]).chain((bounds) =>
    fc.array(part, { minLength: bounds.length + 1, maxLength: bounds.length + 1 }).map(
      (parts): Recipe<T> =>
        (diagrams) => {
          const made = parts.map((make) => make(diagrams));
          return {
            diagram: diagrams.choice(
              level,
              bounds,
              made.map(({ diagram }) => diagram),
            ),
            at: (point) => {
              const index = bounds.findIndex((bound) => point[level]! <= bound);
              return made.at(index)!.at(point);
            },
          };
        },
    ),
  );
}

/** Built from variables that come at that level or later. */
function choices<T>(level: number, outcome: fc.Arbitrary<T>): fc.Arbitrary<Recipe<T>> {
  const leaf = outcome.map(constant);
  if (level === VARIABLES.length) return leaf;
  const later = choices(level + 1, outcome);
  return fc.oneof(leaf, later, { weight: 2, arbitrary: cuts(level, later) });
}

const range: fc.Arbitrary<Recipe<boolean>> = fc
  .nat(VARIABLES.length - 1)
  .chain((level) => {
    const { min, ends } = VARIABLES[level]!;
    const starts = [min, ...ends.slice(0, -1).map((end) => (typeof end === "bigint" ? end + 1n : end + 1))];
    return fc.tuple(fc.constant(level), fc.constantFrom(...starts), fc.constantFrom(...ends));
  })
  .filter(([, first, last]) => first <= last)
  .map(
    ([level, first, last]): Recipe<boolean> =>
      (diagrams) => {
        const { min, ends } = VARIABLES[level]!;
        return {
          diagram: diagrams.within(level, first, last, min, ends[ends.length - 1]!),
          at: (point) => first <= point[level]! && point[level]! <= last,
        };
      },
  );

type Outcome = "a" | "b" | "c";
const OUTCOMES: readonly Outcome[] = ["a", "b", "c"];
const outcome = fc.constantFrom(...OUTCOMES);

const { condition, value } = fc.letrec<{ condition: Recipe<boolean>; value: Recipe<Outcome> }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4 },
    range,
    choices(0, fc.boolean()),
    tie("condition").map(
      (of): Recipe<boolean> =>
        (diagrams) => {
          const { diagram, at } = of(diagrams);
          return { diagram: diagrams.not(diagram), at: (point) => !at(point) };
        },
    ),
    fc.tuple(tie("condition"), tie("condition")).map(
      ([left, right]): Recipe<boolean> =>
        (diagrams) => {
          const [a, b] = [left(diagrams), right(diagrams)];
          return { diagram: diagrams.and(a.diagram, b.diagram), at: (point) => a.at(point) && b.at(point) };
        },
    ),
    fc.tuple(tie("condition"), tie("condition")).map(
      ([left, right]): Recipe<boolean> =>
        (diagrams) => {
          const [a, b] = [left(diagrams), right(diagrams)];
          return { diagram: diagrams.or(a.diagram, b.diagram), at: (point) => a.at(point) || b.at(point) };
        },
    ),
    fc.tuple(tie("value"), fc.subarray([...OUTCOMES])).map(
      ([of, wanted]): Recipe<boolean> =>
        (diagrams) => {
          const { diagram, at } = of(diagrams);
          return {
            diagram: diagrams.relabel(diagram, (each) => wanted.includes(each)),
            at: (point) => wanted.includes(at(point)),
          };
        },
    ),
  ),
  value: fc.oneof(
    { maxDepth: 4 },
    choices(0, outcome),
    fc.tuple(tie("condition"), tie("value"), tie("value")).map(
      ([when, then, otherwise]): Recipe<Outcome> =>
        (diagrams) => {
          const [asked, yes, no] = [when(diagrams), then(diagrams), otherwise(diagrams)];
          return {
            diagram: diagrams.ite(asked.diagram, yes.diagram, no.diagram),
            at: (point) => (asked.at(point) ? yes : no).at(point),
          };
        },
    ),
    fc.tuple(tie("value"), fc.record({ a: tie("value"), b: tie("value"), c: tie("value") })).map(
      ([first, after]): Recipe<Outcome> =>
        (diagrams) => {
          const start = first(diagrams);
          const next = { a: after.a(diagrams), b: after.b(diagrams), c: after.c(diagrams) };
          return {
            diagram: diagrams.continueWith(start.diagram, (each) => next[each].diagram),
            at: (point) => next[start.at(point)].at(point),
          };
        },
    ),
  ),
}));

/** The outcomes at all points, in their order. */
function tableOf<T>(diagram: Diagram<T>): readonly T[] {
  return POINTS.map((point) => walk(diagram, (level) => point[level]));
}

/** The same function, made of choices alone. */
function fromTable<T>(diagrams: Diagrams, table: readonly T[], level = 0): Diagram<T> {
  if (level === VARIABLES.length) return diagrams.leaf(table[0]!);
  const { ends } = VARIABLES[level]!;
  const length = table.length / ends.length;
  const parts = ends.map((_, i) => fromTable(diagrams, table.slice(i * length, (i + 1) * length), level + 1));
  return diagrams.choice(level, ends.slice(0, -1), parts);
}

function isReduced<T>(diagram: Diagram<T>): boolean {
  if (isLeaf(diagram)) return true;
  const { level, bounds, parts } = diagram;
  const { ends } = VARIABLES[level]!;
  const isAscending = bounds.every((bound, i) => i === 0 || bounds[i - 1]! < bound);
  return (
    parts.length > 1 &&
    bounds.length === parts.length - 1 &&
    isAscending &&
    bounds.every((bound) => bound < ends[ends.length - 1]!) &&
    parts.every((part, i) => part.level > level && part !== parts[i - 1])
  );
}

describe("diagrams", () => {
  test("are the functions that they were made to be", () => {
    fc.assert(
      fc.property(value, condition, (ofValue, ofCondition) => {
        const diagrams = new Diagrams();
        const [{ diagram, at }, asked] = [ofValue(diagrams), ofCondition(diagrams)];
        expect(tableOf(diagram)).toEqual(POINTS.map(at));
        expect(tableOf(asked.diagram)).toEqual(POINTS.map(asked.at));
      }),
      { numRuns: 300 },
    );
  });

  test("are equal objects exactly if they are equal functions, down to their parts", () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 2, maxLength: 6 }), (recipes) => {
        const diagrams = new Diagrams();
        const made = recipes.map((recipe) => recipe(diagrams).diagram);
        for (const diagram of made) expect(fromTable(diagrams, tableOf(diagram))).toBe(diagram);
        const parts = new Set(made.flatMap(partsOf));
        expect(new Set([...parts].map((part) => tableOf(part).join(""))).size).toBe(parts.size);
      }),
      { numRuns: 200 },
    );
  });

  test("are reduced: no question is asked whose answer does not matter", () => {
    fc.assert(
      fc.property(value, condition, (ofValue, ofCondition) => {
        const diagrams = new Diagrams();
        for (const { diagram } of [ofValue(diagrams), ofCondition(diagrams)])
          expect(partsOf<unknown>(diagram).filter((part) => !isReduced(part))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  test("know their outcomes, and no others", () => {
    fc.assert(
      fc.property(value, (recipe) => {
        const { diagram, at } = recipe(new Diagrams());
        expect(new Set(outcomesOf(diagram))).toEqual(new Set(POINTS.map(at)));
      }),
    );
  });

  test("of one hash stay apart", () => {
    const diagrams = new Diagrams();
    // Both bounds have the hash 1.
    const [low, high] = [1n, 1n << 64n].map((bound) =>
      diagrams.choice(0, [bound], [diagrams.yes, diagrams.no]),
    );
    expect(low).not.toBe(high);
    expect(walk(low!, () => 2n)).toBe(false);
    expect(walk(high!, () => 2n)).toBe(true);
  });
});

describe("results that are remembered", () => {
  const BITS = 16;
  const ALL = (1 << BITS) - 1;
  /** A boolean function of four bits: bit i of the number is its value where the four bits say i. */
  function ofBits(diagrams: Diagrams, table: number, width = BITS, level = 0): Diagram<boolean> {
    if (width === 1) return table === 1 ? diagrams.yes : diagrams.no;
    const half = width / 2;
    const high = ofBits(diagrams, table >>> half, half, level + 1);
    const low = ofBits(diagrams, table & ((1 << half) - 1), half, level + 1);
    return diagrams.choice(level, [0], [low, high]);
  }

  const diagrams = new Diagrams();
  const known = Array.from({ length: ALL + 1 }, (_, table) => ofBits(diagrams, table));
  const choose = (a: number, b: number, c: number) => (a & b) | (~a & ALL & c);
  let state = 1;
  /** A linear congruential generator (Numerical Recipes) will do to draw many different tables. */
  function draw(): number {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> BITS;
  }

  test("are those of what was asked, also when far more was asked than is remembered", () => {
    expect(new Set(known).size).toBe(ALL + 1);
    let wrong = 0;
    for (let i = 0; i < 60_000; i++) {
      const [a, b, c] = [draw(), draw(), draw()];
      const [x, y, z] = [known[a]!, known[b]!, known[c]!];
      if (diagrams.ite(x, y, z) !== known[choose(a, b, c)]) wrong++;
      if (diagrams.and(x, y) !== known[a & b]) wrong++;
      if (diagrams.or(y, z) !== known[b | c]) wrong++;
      if (diagrams.not(z) !== known[~c & ALL]) wrong++;
    }
    expect(wrong).toBe(0);
  });

  test.each([0, 1, 2])("are told apart where all but operand %i are the same", (operand) => {
    const operands = [draw(), draw(), draw()] as [number, number, number];
    let wrong = 0;
    for (let table = 0; table <= ALL; table++) {
      operands[operand] = table;
      const [x, y, z] = operands.map((each) => known[each]!);
      if (diagrams.ite(x!, y!, z!) !== known[choose(...operands)]) wrong++;
    }
    expect(wrong).toBe(0);
  });
});
