import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatPortRange, mergePortRanges, parsePortRange } from "./ports.ts";

describe("parsePortRange", () => {
  test.each([
    [80, "80"],
    ["80", "80"],
    ["1:5", "1:5"],
    ["7:7", "7"],
    [0, "0"],
    ["0:65535", "0:65535"],
  ])("%j is %s", (port, expected) => {
    expect(formatPortRange(parsePortRange(port)!)).toBe(expected);
  });

  test.each([
    "http",
    "",
    ":",
    "1:",
    ":5",
    "5:1",
    "65536",
    "1:65536",
    " 80",
    "80\n",
    "1-5",
    -1,
    65536,
    1.5,
    Number.NaN,
  ])("%j is none", (port) => {
    expect(parsePortRange(port)).toBeUndefined();
  });
});

describe("mergePortRanges", () => {
  test("joins what overlaps or adjoins, and sorts", () => {
    const ranges = ["90", "80:85", "86", "82:83", "1:2", "85:88"].map((text) => parsePortRange(text)!);
    expect(mergePortRanges(ranges).map(formatPortRange)).toEqual(["1:2", "80:88", "90"]);
  });

  test("keeps the ports", () => {
    const range = fc.tuple(fc.nat(40), fc.nat(8)).map(([first, more]) => ({ first, last: first + more }));
    fc.assert(
      fc.property(fc.array(range, { maxLength: 8 }), (ranges) => {
        const merged = mergePortRanges(ranges);
        for (let port = 0; port < 60; port++) {
          const holds = (r: { first: number; last: number }) => r.first <= port && port <= r.last;
          expect(merged.filter(holds).length).toBe(ranges.some(holds) ? 1 : 0);
        }
        for (let i = 1; i < merged.length; i++)
          expect(merged[i]!.first).toBeGreaterThan(merged[i - 1]!.last + 1);
      }),
      { seed: 9 },
    );
  });
});
