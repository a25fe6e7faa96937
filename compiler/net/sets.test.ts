import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cidr, cidrContainsIp, cidrOf, compareCidr, formatCidr, parseCidr } from "./cidr.ts";
import { dropCovered, mergeCidrs, splitDefault } from "./sets.ts";

const cidrs = (...texts: readonly string[]): readonly Cidr[] => texts.map((text) => parseCidr(text)!);

/** Networks inside 10.0.0.0/26, so that neighbours and nesting are frequent, and every address can be tried. */
const crowded = fc.array(
  fc
    .tuple(fc.nat(63), fc.integer({ min: 26, max: 32 }))
    .map(([low, length]) => cidrOf({ version: 4, value: 0x0a000000 + low }, length)),
  { maxLength: 20 },
);
const covers = (list: readonly Cidr[]) =>
  Array.from({ length: 64 }, (_, low) =>
    list.some((c) => cidrContainsIp(c, { version: 4, value: 0x0a000000 + low })),
  );

describe("dropCovered", () => {
  test("keeps the widest networks, sorted, each once", () => {
    const list = cidrs("fd00::1/128", "10.1.0.0/16", "10.0.0.0/8", "fd00::/8", "10.0.0.0/8", "11.0.0.0/8");
    expect(dropCovered(list).map(formatCidr)).toEqual(["10.0.0.0/8", "11.0.0.0/8", "fd00::/8"]);
  });

  test("a default route of one family covers only that family", () => {
    expect(dropCovered(cidrs("0.0.0.0/0", "1.2.3.4", "::1")).map(formatCidr)).toEqual([
      "0.0.0.0/0",
      "::1/128",
    ]);
  });
});

describe("mergeCidrs", () => {
  test.each([
    [["10.0.0.0/25", "10.0.0.128/25"], ["10.0.0.0/24"]],
    [["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/0"]],
    [["::/1", "8000::/1"], ["::/0"]],
    [
      ["10.0.0.128/25", "10.0.1.0/25"],
      ["10.0.0.128/25", "10.0.1.0/25"],
    ],
    [["10.0.0.0/32", "10.0.0.1/32", "10.0.0.2/31", "10.0.0.4/30"], ["10.0.0.0/29"]],
    [
      ["255.255.255.255", "::"],
      ["255.255.255.255/32", "::/128"],
    ],
  ])("%j becomes %j", (from, to) => {
    expect(mergeCidrs(cidrs(...from)).map(formatCidr)).toEqual(to);
  });

  test("keeps the addresses, and no two of the result can be joined", () => {
    fc.assert(
      fc.property(crowded, (list) => {
        const merged = mergeCidrs(list);
        expect(covers(merged)).toEqual(covers(list));
        expect(covers(dropCovered(list))).toEqual(covers(list));
        expect(merged).toEqual([...merged].sort(compareCidr));
        const parents = merged.map((c) => formatCidr(cidrOf(c, c.length - 1)));
        const lengths = merged.map((c, i) => `${parents[i]} of ${c.length}`);
        expect(new Set(lengths).size).toBe(merged.length);
      }),
      { numRuns: 500, seed: 8 },
    );
  });
});

test.each([
  ["0.0.0.0/0", ["0.0.0.0/1", "128.0.0.0/1"]],
  ["::/0", ["::/1", "8000::/1"]],
  ["10.0.0.0/8", ["10.0.0.0/8"]],
])("%s is written to a set as %j", (cidr, expected) => {
  expect(splitDefault(parseCidr(cidr)!).map(formatCidr)).toEqual(expected);
});
