import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as make from "../../ir/testing/objects.ts";
import { type Condition, TCP, UDP } from "../condition.ts";
import { type Diagram, isLeaf, outcomesOf } from "./diagram.ts";
import { LEVELS, Space, type View } from "./space.ts";
import { condition, headers, valuesOf } from "./testing/conditions.ts";
import { walk } from "./testing/walk.ts";

describe("sealed parts", () => {
  /** Up to three outcomes. */
  const decision = fc.tuple(condition, condition);
  const VIEW: View = { isBefore: false, destination: undefined };

  function decided<T>(
    space: Space,
    [first, second]: readonly [Condition, Condition],
    [a, b, c]: readonly [T, T, T],
  ): Diagram<T> {
    const { diagrams } = space;
    const rest = diagrams.ite(space.condition(second, VIEW), diagrams.leaf(b), diagrams.leaf(c));
    return diagrams.ite(space.condition(first, VIEW), diagrams.leaf(a), rest);
  }

  test("are known again under other outcomes, which stay with what led to them", () => {
    fc.assert(
      fc.property(
        decision,
        fc.shuffledSubarray(["a", "b", "c"], { minLength: 3 }),
        fc.array(headers(4), { minLength: 10 }),
        (of, names, probes) => {
          const space = new Space(4, ["lo"], () => ({ nets: [make.cidr("10.0.0.0/8")], triples: [] }));
          const plain = decided(space, of, [0, 1, 2]);
          const renamed = decided(space, of, names as [string, string, string]);
          const sealed = space.seal(plain);
          const known = space.recognise(renamed);
          if (isLeaf(plain)) {
            expect(sealed).toBe(plain);
            expect(known).toBeUndefined();
            return;
          }
          expect(known?.level).toBe(sealed.level);
          const count = outcomesOf(plain).length;
          const indexes = Array.from({ length: count }, (_, i) => i);
          for (const header of probes) {
            const values = valuesOf(header, VIEW);
            const at = <T>(diagram: Diagram<T>) => walk(diagram, (level) => values.get(level));
            const index = indexes.find((i) => walk(sealed, () => i) === at(plain));
            expect(walk(known!, () => index)).toBe(at(renamed));
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("of another shape are not known", () => {
    fc.assert(
      fc.property(condition, condition, (one, other) => {
        const space = new Space(4, ["lo"]);
        const { diagrams } = space;
        const [a, b] = [space.condition(one, VIEW), space.condition(other, VIEW)];
        fc.pre(!isLeaf(a) && !isLeaf(b));
        const isSameShape = a === b || a === diagrams.not(b);
        const sealed = space.seal(a);
        const known = space.recognise(diagrams.relabel(b, (each) => (each ? "allow" : "deny")));
        expect(known === undefined).toBe(!isSameShape);
        expect(space.seal(b).level === sealed.level).toBe(isSameShape);
      }),
      { numRuns: 300 },
    );
  });

  test("with fewer outcomes are another shape", () => {
    const space = new Space(4, ["lo"]);
    const of = [
      { kind: "field", field: "protocol", first: TCP, last: TCP },
      { kind: "field", field: "protocol", first: UDP, last: UDP },
    ] as const;
    space.seal(decided(space, of, [0, 1, 2]));
    expect(space.recognise(decided(space, of, ["a", "b", "c"]))).toBeDefined();
    expect(space.recognise(decided(space, of, ["a", "a", "c"]))).toBeUndefined();
  });

  test("come after the last interface only if they are asked late", () => {
    const space = new Space(4, ["lo"]);
    const [early, late] = [space.flag("one"), space.flag("two")];
    expect(space.seal(early).level).toBeLessThan(LEVELS.leavesBy);
    expect(space.seal(late, true).level).toBeGreaterThan(LEVELS.leavesBy);
  });
});
