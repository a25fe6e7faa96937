import { expect, test } from "vitest";
import * as make from "../ir/testing/objects.ts";
import { anchorsOf } from "./anchors.ts";

test.each<[string, ReturnType<typeof anchorsOf>]>([
  ["a == 'x'", [[{ label: "a", values: ["x"] }]]],
  ["a == 'x' && has(b)", [[{ label: "a", values: ["x"] }], [{ label: "b", values: undefined }]]],
  ["a == 'x' || a == 'y'", [[{ label: "a", values: ["x", "y"] }]]],
  [
    "a == 'x' || b in {'y', 'z'}",
    [
      [
        { label: "a", values: ["x"] },
        { label: "b", values: ["y", "z"] },
      ],
    ],
  ],
  // Of several anchors of an alternative, one that asks for a value.
  [
    "(has(a) && b == 'x') || has(c)",
    [
      [
        { label: "b", values: ["x"] },
        { label: "c", values: undefined },
      ],
    ],
  ],
  // An `||` that must hold beside something else, at any depth of brackets.
  [
    "has(n) && ((a == 'x' || b == 'y') && all())",
    [
      [{ label: "n", values: undefined }],
      [
        { label: "a", values: ["x"] },
        { label: "b", values: ["y"] },
      ],
    ],
  ],
  // An alternative that can never hold leads nowhere.
  ["a == 'x' || (has(b) && !has(b))", [[{ label: "a", values: ["x"] }]]],
  ["(has(a) && !has(a)) || (has(b) && !has(b))", [[]]],
  // One that needs no label leads everywhere.
  ["a == 'x' || b != 'y'", []],
  ["all()", []],
  ["has(a) && !has(a)", undefined],
])("%s", (text, anchors) => {
  expect(anchorsOf(make.selector(text))).toEqual(anchors);
});

test("alternatives in alternatives are looked into a few times only", () => {
  const nested = (depth: number): string =>
    depth === 0 ? "has(z)" : `(a${depth} != 'x' && (b${depth} == 'x' || ${nested(depth - 1)}))`;
  expect(anchorsOf(make.selector(nested(4)))).toMatchObject([{ length: 5 }]);
  expect(anchorsOf(make.selector(nested(200)))).toEqual([]);
});

test("a chain of alternatives is one, however it is bracketed", () => {
  const chain = Array.from({ length: 400 }, (_, i) => `b${i} == 'x'`).reduce(
    (all, one) => `(${all} || ${one})`,
  );
  expect(anchorsOf(make.selector(chain))).toMatchObject([{ length: 400 }]);
});
