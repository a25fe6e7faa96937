import { describe, expect, test } from "vitest";
import { closest, didYouMean, editDistance } from "./suggest.ts";

describe("closest", () => {
  const fields = ["selector", "namespaceSelector", "spec", "nets", "notNets", "Allow"];
  test.each([
    ["selctor", "selector"],
    ["SELECTOR", "selector"],
    ["namespaceselectors", "namespaceSelector"],
    ["sepc", "spec"],
    ["alow", "Allow"],
    ["status", undefined],
    ["x", undefined],
  ])("%s → %s", (text, expected) => {
    expect(closest(text, fields)).toBe(expected);
  });
});

test.each([
  ["", "abc", 3],
  ["kitten", "sitting", 3],
  ["ab", "ba", 1],
  ["same", "same", 0],
])("editDistance(%j, %j) = %d", (a, b, expected) => {
  expect(editDistance(a, b)).toBe(expected);
});

test("nothing close gives no hint", () => {
  expect(didYouMean(undefined)).toBeUndefined();
  expect(didYouMean("spec")).toBe('Did you mean "spec"?');
});
