import { describe, expect, test } from "vitest";
import { dnsLabelProblem, dnsSubdomainProblem, labelValueProblem, qualifiedNameProblem } from "./names.ts";

const CHECKS = { dnsSubdomainProblem, dnsLabelProblem, qualifiedNameProblem, labelValueProblem };

describe.each([
  [
    "dnsSubdomainProblem",
    ["a", "a.b-c.1", "a".repeat(253)],
    ["", "A", "-a", "a-", "a..b", "a_b", "a\n", "a".repeat(254)],
  ],
  ["dnsLabelProblem", ["a", "1-b", "a".repeat(63)], ["a.b", "", "a".repeat(64)]],
  [
    "qualifiedNameProblem",
    ["a", "A_b.c", "x.io/A", `${"a".repeat(253)}/b`],
    ["", "/a", "a/", "a/b/c", "X/a", "_a", "a b", "a'", "a".repeat(64)],
  ],
  ["labelValueProblem", ["", "a", "A_b.c"], ["-a", "a b", "a/b", "'", "a\n", "a".repeat(64)]],
] as const)("%s", (name, valid, invalid) => {
  test.each(valid)("accepts %j", (text) => {
    expect(CHECKS[name](text)).toBeUndefined();
  });
  test.each(invalid)("refuses %j", (text) => {
    expect(CHECKS[name](text)).toEqual(expect.any(String));
  });
});
