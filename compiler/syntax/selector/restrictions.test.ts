import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SelectorNode } from "./ast.ts";
import { matchesSelector } from "./match.ts";
import { sortedValues } from "./nodes.ts";
import { parseSelector } from "./parse.ts";
import { isUnsatisfiable, type LabelRestriction, labelRestrictions } from "./restrictions.ts";

function restrictionsOf(text: string): Readonly<Record<string, LabelRestriction>> {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return Object.fromEntries(labelRestrictions(parsed.selector.root));
}

const present = { mustBePresent: true, mustBeAbsent: false, mustHaveOneOf: undefined };
const absent = { mustBePresent: false, mustBeAbsent: true, mustHaveOneOf: undefined };
const oneOf = (...values: readonly string[]) => ({ ...present, mustHaveOneOf: values });

describe("labelRestrictions", () => {
  test.each([
    ["all()", {}],
    ["global()", {}],
    ["!all()", {}],
    ["a == 'x'", { a: oneOf("x") }],
    ["a in {'y', 'x'}", { a: oneOf("x", "y") }],
    ["has(a)", { a: present }],
    ["a contains 'x'", { a: present }],
    ["a starts with 'x'", { a: present }],
    ["a ends with 'x'", { a: present }],
    ["!has(a)", { a: absent }],
    ["a != 'x'", {}],
    ["a not in {'x'}", {}],
    ["!a == 'x'", {}],
    ["!(!has(a))", {}],
    ["a == 'x' && has(b)", { a: oneOf("x"), b: present }],
    ["a in {'x', 'y'} && a in {'y', 'z'}", { a: oneOf("y") }],
    ["a == 'x' && a == 'y'", { a: oneOf() }],
    ["a == 'x' && has(a)", { a: oneOf("x") }],
    ["has(a) && !has(a)", { a: { ...present, mustBeAbsent: true } }],
    ["a == 'y' || a == 'x'", { a: oneOf("x", "y") }],
    ["a == 'x' || has(a)", { a: present }],
    ["a == 'x' || b == 'x'", {}],
    ["a == 'x' || !has(a)", {}],
    ["a == 'x' && b == '1' || a == 'y'", { a: oneOf("x", "y") }],
    ["a == 'x' || all()", {}],
  ])("%s", (text, expected) => {
    expect(restrictionsOf(text)).toEqual(expected);
  });
});

test.each([
  ["a == 'x' && a == 'y'", true],
  ["a in {}", true],
  ["has(a) && !has(a)", true],
  ["a == 'x' && !has(a)", true],
  ["a == 'x'", false],
  ["!has(a)", false],
  ["!all()", false],
])("whether the restrictions of %s cannot be fulfilled: %s", (text, expected) => {
  expect(isUnsatisfiable(new Map(Object.entries(restrictionsOf(text))))).toBe(expected);
});

const label = fc.constantFrom("a", "b");
const value = fc.constantFrom("", "x", "y", "xy");
const { node } = fc.letrec<{ node: SelectorNode }>((tie) => ({
  node: fc.oneof(
    { maxDepth: 3 },
    fc.record({ kind: fc.constantFrom("has" as const), label }),
    fc.record({ kind: fc.constantFrom("eq", "ne", "contains", "starts-with", "ends-with"), label, value }),
    fc.record({ kind: fc.constantFrom("in", "not-in"), label, values: fc.array(value).map(sortedValues) }),
    fc.record({ kind: fc.constant("not" as const), operand: tie("node") }),
    fc.record({
      kind: fc.constantFrom("and", "or"),
      operands: fc.array(tie("node"), { minLength: 2, maxLength: 3 }),
    }),
  ),
}));

test("whatever matches fulfils the restrictions", () => {
  const options = [undefined, "", "x", "y", "xy"];
  fc.assert(
    fc.property(node, (root) => {
      const restrictions = labelRestrictions(root);
      for (const a of options)
        for (const b of options) {
          const labels: Record<string, string | undefined> = { a, b };
          if (!matchesSelector(root, (name) => labels[name])) continue;
          expect(isUnsatisfiable(restrictions)).toBe(false);
          for (const [name, { mustBePresent, mustBeAbsent, mustHaveOneOf }] of restrictions) {
            const actual = labels[name];
            if (mustBePresent) expect(actual).toBeDefined();
            if (mustBeAbsent) expect(actual).toBeUndefined();
            if (mustHaveOneOf !== undefined) expect(mustHaveOneOf).toContain(actual);
          }
        }
    }),
    { numRuns: 1000, seed: 16 },
  );
});
