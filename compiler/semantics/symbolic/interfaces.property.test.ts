import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Diagram, isLeaf } from "./diagram.ts";
import { LEVELS, Space } from "./space.ts";
import { walk } from "./testing/walk.ts";

describe("interfaces", () => {
  const NAMES: readonly string[] = ["cali0", "cali1", "eth0", "eth1", "lo"];
  const ROLES = ["arrivesBy", "firstLeavesBy", "leavesBy"] as const;
  const role = fc.constantFrom(...ROLES);

  /** Some function of the interfaces. */
  const byAll = fc.array(fc.nat(2), { minLength: NAMES.length ** 3, maxLength: NAMES.length ** 3 });
  function nested(space: Space, table: readonly number[], order: readonly (typeof ROLES)[number][]) {
    const go = (i: number, at: Readonly<Partial<Record<string, number>>>): Diagram<number> => {
      const next = order[i];
      if (next !== undefined)
        return space.byInterface(next, (name) => go(i + 1, { ...at, [next]: NAMES.indexOf(name) }));
      const index = ROLES.reduce((sum, each) => sum * NAMES.length + at[each]!, 0);
      return space.diagrams.leaf(table[index]!);
    };
    return go(0, {});
  }

  test("each goes its own way, in whatever order roles are asked", () => {
    fc.assert(
      fc.property(byAll, fc.shuffledSubarray([...ROLES], { minLength: 3 }), (table, order) => {
        const space = new Space(4, NAMES);
        const diagram = nested(space, table, order);
        expect(diagram).toBe(nested(space, table, ROLES));
        table.forEach((wanted, index) => {
          const values = new Map<number, number>();
          ROLES.forEach((each, i) => {
            values.set(LEVELS[each], Math.floor(index / NAMES.length ** (2 - i)) % NAMES.length);
          });
          expect(walk(diagram, (level) => values.get(level))).toBe(wanted);
        });
      }),
      { numRuns: 60 },
    );
  });

  test("are those that are wanted", () => {
    fc.assert(
      fc.property(fc.subarray([...NAMES]), role, (wanted, at) => {
        const space = new Space(4, NAMES);
        const isOne = space.interfaceIs(at, (name) => wanted.includes(name));
        NAMES.forEach((name, i) => {
          const value = walk(isOne, (level) => (level === LEVELS[at] ? i : undefined));
          expect(value).toBe(wanted.includes(name));
        });
        const { yes, no } = space.diagrams;
        expect(space.interfaceIs("loopback", (name) => wanted.includes(name))).toBe(
          wanted.includes("lo") ? yes : no,
        );
        expect(space.interfaceIs(undefined, (name) => wanted.includes(name))).toBe(no);
        expect(space.interfaceIs(undefined, (name) => name === "")).toBe(yes);
      }),
    );
  });

  test("parts are replaced where the diagram asks for an interface first, and only there", () => {
    fc.assert(
      fc.property(byAll, role, (table, at) => {
        const space = new Space(4, NAMES);
        const diagram = space.byInterface(at, (name) => space.diagrams.leaf(table[NAMES.indexOf(name)]!));
        const replaced = space.partsByInterface(diagram, (part) =>
          space.diagrams.relabel(part, (n) => n + 10),
        );
        if (isLeaf(diagram)) expect(replaced).toBeUndefined();
        else expect(replaced).toBe(space.diagrams.relabel(diagram, (n) => n + 10));
        expect(space.partsByInterface(space.flag("other"), (part) => part)).toBeUndefined();
      }),
    );
  });
});
