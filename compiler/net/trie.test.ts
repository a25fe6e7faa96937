import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Cidr,
  cidrContains,
  cidrKey,
  cidrOf,
  compareCidr,
  formatCidr,
  hostCidr,
  parseCidr,
} from "./cidr.ts";
import { parseIp } from "./ip.ts";
import { CidrTrie } from "./trie.ts";

const cidr = (text: string): Cidr => parseCidr(text)!;

function trieOf(...texts: readonly string[]): CidrTrie<string> {
  const trie = new CidrTrie<string>();
  for (const text of texts) trie.insert(cidr(text), text);
  return trie;
}

describe("CidrTrie", () => {
  const trie = trieOf(
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.0/24",
    "10.2.0.0/16",
    "0.0.0.0/0",
    "fd00::/8",
    "fd00::1/128",
  );

  test.each([
    ["10.1.2.3", "10.1.2.0/24"],
    ["10.1.3.3", "10.1.0.0/16"],
    ["10.9.9.9", "10.0.0.0/8"],
    ["11.0.0.0", "0.0.0.0/0"],
    ["fd00::1", "fd00::1/128"],
    ["fd12::1", "fd00::/8"],
  ])("the longest match of %s is %s", (ip, expected) => {
    const found = trie.longestMatch(parseIp(ip)!)!;
    expect([found.value, formatCidr(found.cidr)]).toEqual([expected, expected]);
  });

  test("an address outside of all networks has no match", () => {
    expect(trie.longestMatch(parseIp("2001:db8::1")!)).toBeUndefined();
    expect(new CidrTrie().longestMatch(parseIp("1.2.3.4")!)).toBeUndefined();
  });

  test("the path leads from the widest to the narrowest network, the asked one included", () => {
    expect(trie.path(cidr("10.1.2.0/24")).map((entry) => entry.value)).toEqual([
      "0.0.0.0/0",
      "10.0.0.0/8",
      "10.1.0.0/16",
      "10.1.2.0/24",
    ]);
    expect(trie.path(cidr("10.0.0.0/7")).map((entry) => entry.value)).toEqual(["0.0.0.0/0"]);
  });

  test("networks within another one come in order", () => {
    expect(trie.within(cidr("10.0.0.0/7")).map((entry) => entry.value)).toEqual([
      "10.0.0.0/8",
      "10.1.0.0/16",
      "10.1.2.0/24",
      "10.2.0.0/16",
    ]);
    expect(trie.within(cidr("11.0.0.0/8"))).toEqual([]);
  });

  test("a network that joined two subtrees before keeps its own address", () => {
    const joined = trieOf("10.1.0.0/17", "10.1.128.0/17", "10.1.0.0/16");
    expect(joined.entries().map((entry) => formatCidr(entry.cidr))).toEqual([
      "10.1.0.0/16",
      "10.1.0.0/17",
      "10.1.128.0/17",
    ]);
  });

  test("the last insertion wins, and the size counts networks", () => {
    const twice = trieOf("10.0.0.0/8");
    twice.insert(cidr("10.0.0.0/8"), "new");
    expect([twice.get(cidr("10.0.0.0/8")), twice.size]).toEqual(["new", 1]);
    expect([twice.delete(cidr("10.0.0.0/9")), twice.delete(cidr("10.0.0.0/8")), twice.size]).toEqual([
      false,
      true,
      0,
    ]);
  });

  test("a value of undefined is a value", () => {
    const trie = new CidrTrie<undefined>();
    trie.insert(cidr("10.0.0.0/8"), undefined);
    expect(trie.longestMatch(parseIp("10.1.1.1")!)).toEqual({ cidr: cidr("10.0.0.0/8"), value: undefined });
  });
});

// Few distinct bits, so that networks nest and meet often.
const nested4 = fc
  .tuple(
    fc.constantFrom(0, 0x0a000000, 0x0a010000, 0x0a010100, 0xffffff00, 0x80000000),
    fc.nat(255),
    fc.nat(32),
  )
  .map(([base, low, length]): Cidr => cidrOf({ version: 4, value: (base | low) >>> 0 }, length));
const nested6 = fc
  .tuple(
    fc.constantFrom(0n, 0xfd00n << 112n, (0xfd00n << 112n) | (1n << 64n), 1n << 127n),
    fc.nat(255),
    fc.nat(128),
  )
  .map(([base, low, length]): Cidr => cidrOf({ version: 6, value: base | BigInt(low) }, length));
const nested = fc.oneof(nested4, nested6);

test("any sequence of insertions and deletions agrees with a list", () => {
  const operation = fc.record({ cidr: nested, insert: fc.boolean() });
  fc.assert(
    fc.property(
      fc.array(operation, { maxLength: 60 }),
      fc.array(nested, { maxLength: 10 }),
      (operations, probes) => {
        const trie = new CidrTrie<number>();
        const list = new Map<number | bigint, { cidr: Cidr; value: number }>();
        operations.forEach(({ cidr, insert }, value) => {
          if (insert) {
            trie.insert(cidr, value);
            list.set(cidrKey(cidr), { cidr, value });
          } else expect(trie.delete(cidr)).toBe(list.delete(cidrKey(cidr)));
        });
        const sorted = [...list.values()].sort((a, b) => compareCidr(a.cidr, b.cidr));
        expect(trie.entries()).toEqual(sorted);
        expect(trie.size).toBe(sorted.length);
        for (const probe of [...probes, ...sorted.map((entry) => entry.cidr)]) {
          const containing = sorted.filter((entry) => cidrContains(entry.cidr, probe));
          expect(trie.path(probe)).toEqual(containing);
          expect(trie.within(probe)).toEqual(sorted.filter((entry) => cidrContains(probe, entry.cidr)));
          expect(trie.get(probe)).toBe(list.get(cidrKey(probe))?.value);
          expect(trie.longestMatch(probe)).toEqual(
            sorted.filter((entry) => cidrContains(entry.cidr, hostCidr(probe))).at(-1),
          );
        }
      },
    ),
    { numRuns: 300, seed: 1 },
  );
});

test("a hundred thousand networks are found again", () => {
  const trie = new CidrTrie<number>();
  const count = 100_000;
  const nth = (i: number): Cidr =>
    cidrOf({ version: 4, value: Math.imul(i, 0x9e3779b1) >>> 0 }, 24 + (i % 9));
  const last = new Map<number | bigint, number>();
  for (let i = 0; i < count; i++) {
    trie.insert(nth(i), i);
    last.set(cidrKey(nth(i)), i);
  }
  expect(trie.size).toBe(last.size);
  for (let i = 0; i < count; i += 97) expect(trie.get(nth(i))).toBe(last.get(cidrKey(nth(i))));
  for (let i = 0; i < count; i++) trie.delete(nth(i));
  expect([trie.size, trie.entries()]).toEqual([0, []]);
});
