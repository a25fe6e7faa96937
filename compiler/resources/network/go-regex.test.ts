import fc from "fast-check";
import { expect, test } from "vitest";
import { isGoRegex } from "./go-regex.ts";

test.each([
  "",
  "^eth[0-9]+$",
  "(?i)eth",
  "(?i:eth)x",
  "(?P<name>a)",
  "(?:a|b)",
  "[[:alpha:]]+",
  "a{2,3}",
  "(?s-i)a",
])("%s is one", (pattern) => expect(isGoRegex(pattern)).toBe(true));

test.each(["(", "[", "a**", "(?=a)", "(?!a)", "(?<!a)b", "a{2,1}"])("%s is none", (pattern) =>
  expect(isGoRegex(pattern)).toBe(false),
);

test("never throws", () => {
  fc.assert(fc.property(fc.string(), (pattern) => void isGoRegex(pattern)));
});
