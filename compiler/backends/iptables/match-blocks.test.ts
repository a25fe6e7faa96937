import fc from "fast-check";
import { expect, test } from "vitest";
import type { XtMatch, XtTarget } from "../../dataplane/xtables.ts";
import type { Marks } from "./marks.ts";
import { type MatchBlock, renderBlocks } from "./match-blocks.ts";
import type { Draft } from "./rule-list.ts";

const MARKS: Marks = {
  accept: 0x1,
  pass: 0x2,
  scratch0: 0x4,
  scratch1: 0x8,
  wireguard: 0,
  endpoint: 0x10,
};

/** Alternative `n` matches packets whose predicate `n` holds: here simply protocol `n`. */
function predicate(n: number): XtMatch {
  return { kind: "protocol", protocol: n, negated: false };
}

const CASES = fc
  .array(
    fc.record({ negated: fc.boolean(), truths: fc.array(fc.boolean(), { minLength: 1, maxLength: 3 }) }),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((blocks) => blocks.toSorted((a, b) => Number(a.negated) - Number(b.negated)));

test("after its blocks, scratch0 says whether all of them hold, whatever the bits were before", () => {
  fc.assert(
    fc.property(CASES, fc.nat(0xff), (blocks, before) => {
      let next = 0;
      const holding = new Set<number>();
      const rendered: readonly MatchBlock[] = blocks.map(({ negated, truths }) => ({
        negated,
        alternatives: truths.map((truth) => {
          const n = next++;
          if (truth) holding.add(n);
          return [predicate(n)];
        }),
      }));
      const expected = blocks.every(({ negated, truths }) => truths.some(Boolean) !== negated);
      const mark = run(renderBlocks(rendered, MARKS), holding, before);
      expect((mark & MARKS.scratch0) !== 0).toBe(expected);
      expect(mark & ~(MARKS.scratch0 | MARKS.scratch1)).toBe(before & ~(MARKS.scratch0 | MARKS.scratch1));
    }),
    { numRuns: 2000, seed: 1 },
  );
});

/** The kernel, as far as these rules need it. */
function run(rules: readonly Draft[], holding: ReadonlySet<number>, before: number): number {
  return rules.reduce(
    (mark, { matches, target }) =>
      matches.every((m) => holds(m, holding, mark)) ? apply(target, mark) : mark,
    before,
  );
}

function holds(match: XtMatch, holding: ReadonlySet<number>, mark: number): boolean {
  if (match.kind === "protocol") return holding.has(match.protocol);
  if (match.kind === "mark") return ((mark & match.mask) === match.value) !== match.negated;
  throw new Error(`unexpected match ${match.kind}`);
}

function apply(target: XtTarget | undefined, mark: number): number {
  if (target?.kind !== "mark") throw new Error(`unexpected target ${target?.kind}`);
  return (mark & ~target.mask) | target.value;
}
