import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as make from "../../ir/testing/objects.ts";
import { type Cidr, cidrContainsIp, cidrOf, formatCidr, type Ip } from "../../net/cidr.ts";
import { TCP, UDP } from "../condition.ts";
import type { Contents, ModelSet } from "../evaluator/members.ts";
import { hostOf } from "../evaluator/testing/host.ts";
import type { SetContents } from "../simulator/program.ts";
import { deviationsOf, fewestNets } from "./contents.ts";

/** Networks within 32 addresses of each IP version. */
const BITS = 5;
const ADDRESSES: Readonly<Record<4 | 6, readonly Ip[]>> = {
  4: Array.from({ length: 1 << BITS }, (_, i) => ({ version: 4, value: 0x0a000000 + i })),
  6: Array.from({ length: 1 << BITS }, (_, i) => ({ version: 6, value: (0xfd00n << 112n) + BigInt(i) })),
};
const net: fc.Arbitrary<Cidr> = fc
  .tuple(fc.constantFrom(4 as const, 6 as const), fc.nat((1 << BITS) - 1), fc.nat(BITS))
  .map(([version, at, hostBits]) => cidrOf(ADDRESSES[version][at]!, (version === 4 ? 32 : 128) - hostBits));

function covered(nets: readonly Cidr[], version: 4 | 6): readonly boolean[] {
  return ADDRESSES[version].map((ip) => nets.some((cidr) => cidrContainsIp(cidr, ip)));
}

/** How few networks can cover exactly these: one if it is all of them, else those of each half. */
function fewest(wanted: readonly boolean[]): number {
  if (wanted.every((each) => each)) return 1;
  if (!wanted.includes(true)) return 0;
  const half = wanted.length / 2;
  return fewest(wanted.slice(0, half)) + fewest(wanted.slice(half));
}

describe("the fewest networks", () => {
  test("cover the same addresses, and could not be fewer", () => {
    fc.assert(
      fc.property(fc.array(net, { maxLength: 24 }), (nets) => {
        const few = fewestNets(nets);
        for (const version of [4, 6] as const) {
          expect(covered(few, version)).toEqual(covered(nets, version));
          expect(few.filter((cidr) => cidr.version === version)).toHaveLength(fewest(covered(nets, version)));
        }
      }),
      { numRuns: 1000 },
    );
  });

  test.each([
    [["0.0.0.0/1", "128.0.0.0/1"], ["0.0.0.0/0"]],
    [["::/1", "8000::/1", "fd00::/8"], ["::/0"]],
    [
      ["0.0.0.0/0", "::/0"],
      ["0.0.0.0/0", "::/0"],
    ],
    // Neighbours that are no halves.
    [
      ["10.0.0.1/32", "10.0.0.2/32"],
      ["10.0.0.1/32", "10.0.0.2/32"],
    ],
    [[], []],
  ])("of %j are %j", (nets, expected) => {
    expect(fewestNets(nets.map(make.cidr)).map(formatCidr)).toEqual(expected);
  });
});

describe("sets compared with their definitions", () => {
  const triple = (ip: string, protocol: number, port: number) => ({ ip: make.ip(ip), protocol, port });

  function deviations(
    wanted: Contents | undefined,
    found: Partial<SetContents>,
    { isOf = false }: { readonly isOf?: boolean } = {},
  ) {
    const definition: ModelSet | undefined = wanted && {
      key: "wanted",
      withPorts: isOf,
      meaning: { kind: "listed", ...wanted },
    };
    const set: SetContents = { line: 7, withPorts: false, nets: [], triples: [], ...found };
    const tables = { raw: new Map(), mangle: new Map(), nat: new Map(), filter: new Map() };
    return deviationsOf(
      hostOf([]),
      { version: 4, tables, routes: [], sets: new Map([["cali40x", set]]) },
      new Map(definition === undefined ? [] : [["cali40x", definition]]),
    );
  }

  const nets = (...texts: readonly string[]): Contents => ({ nets: texts.map(make.cidr), triples: [] });

  test("are equal if they match the same packets, however they are written", () => {
    expect(deviations(nets("0.0.0.0/0"), nets("0.0.0.0/1", "128.0.0.0/1"))).toEqual([]);
    expect(deviations(nets("10.0.0.0/8", "10.1.2.3"), nets("10.0.0.0/8"))).toEqual([]);
    expect(deviations(nets("10.0.0.1", "fd00::1"), nets("10.0.0.1"))).toEqual([]);
  });

  test("lack members, or have too many", () => {
    expect(deviations(nets("10.0.0.1", "10.0.0.3"), nets("10.0.0.3", "10.0.0.5"))).toEqual([
      {
        set: "cali40x",
        line: 7,
        definition: "wanted",
        missing: ["10.0.0.1/32"],
        unexpected: ["10.0.0.5/32"],
      },
    ]);
    const many = Array.from({ length: 20 }, (_, i) => `10.0.0.${2 * i}`);
    expect(deviations(nets(...many), nets())[0]?.missing).toHaveLength(5);
  });

  test("have other addresses, protocols or ports", () => {
    const wanted = { nets: [], triples: [triple("10.0.0.1", TCP, 80), triple("fd00::1", TCP, 80)] };
    const found = (...triples: Contents["triples"]) =>
      deviations(wanted, { withPorts: true, triples }, { isOf: true });
    expect(found(triple("10.0.0.1", TCP, 80))).toEqual([]);
    for (const [other, word] of [
      [triple("10.0.0.2", TCP, 80), "10.0.0.2,6:80"],
      [triple("10.0.0.1", UDP, 80), "10.0.0.1,17:80"],
      [triple("10.0.0.1", TCP, 81), "10.0.0.1,6:81"],
    ] as const)
      expect(found(other)).toMatchObject([{ missing: ["10.0.0.1,6:80"], unexpected: [word] }]);
  });

  test("have no definition, or are of another type", () => {
    const nothing = { set: "cali40x", line: 7, missing: [], unexpected: [] };
    expect(deviations(undefined, nets("10.0.0.1"))).toEqual([{ ...nothing, definition: undefined }]);
    expect(deviations(nets(), nets(), { isOf: true })).toEqual([{ ...nothing, definition: "wanted" }]);
  });
});
