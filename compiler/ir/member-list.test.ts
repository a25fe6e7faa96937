import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cidrOf, type Ip } from "../net/cidr.ts";
import {
  compareMembers,
  MemberList,
  type MemberShape,
  memberVersion,
  type SetMember,
} from "./member-list.ts";

/** Few at each end and in the middle, so that they come again, and differ in one word only. */
const ip4 = fc
  .constantFrom(0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff)
  .map((value): Ip => ({ version: 4, value }));
const ip6 = fc
  .tuple(
    fc.constantFrom(0n, 1n, 2n ** 63n, 2n ** 127n, 2n ** 128n - 1n),
    fc.constantFrom(0n, 2n ** 32n, 2n ** 96n),
  )
  .map(([a, b]): Ip => ({ version: 6, value: a | b }));

function member({ version, kind }: MemberShape): fc.Arbitrary<SetMember> {
  const ip = version === 4 ? ip4 : ip6;
  return kind === "net"
    ? fc
        .tuple(ip, fc.constantFrom(1, 31, 32, ...(version === 4 ? [] : [64, 127, 128])))
        .map(([address, length]) => ({ kind, cidr: cidrOf(address, length) }))
    : fc
        .tuple(ip, fc.constantFrom(6, 17, 255), fc.constantFrom(1, 80, 65535))
        .map(([address, protocol, port]) => ({ kind, ip: address, protocol, port }));
}

const shape = fc.record({
  version: fc.constantFrom(4 as const, 6 as const),
  kind: fc.constantFrom("net" as const, "ip-port" as const),
});
const lists = shape.chain((of) =>
  fc.record({
    of: fc.constant(of),
    one: fc.array(member(of), { maxLength: 30 }),
    other: fc.array(member(of), { maxLength: 30 }),
  }),
);

/** Sorted, each once, by comparison alone. */
function sortedOnce(members: readonly SetMember[]): readonly SetMember[] {
  return members
    .toSorted(compareMembers)
    .filter((each, i, all) => i === 0 || compareMembers(all[i - 1] as SetMember, each) !== 0);
}

describe("a list of members", () => {
  test("holds what it was given, sorted, each once", () => {
    fc.assert(
      fc.property(lists, ({ of, one }) => {
        const list = MemberList.of(of, one);
        const expected = sortedOnce(one);
        expect([...list]).toEqual(expected);
        expect(list.map((each) => each)).toEqual(expected);
        expect(list).toHaveLength(expected.length);
        for (const each of list) expect(memberVersion(each)).toBe(of.version);
      }),
      { seed: 1 },
    );
  });

  test("knows what another has, and whether it is the same", () => {
    fc.assert(
      fc.property(lists, ({ of, one, other }) => {
        const [a, b] = [MemberList.of(of, one), MemberList.of(of, other)];
        const expected = sortedOnce(one).filter(
          (each) => !other.some((its) => compareMembers(each, its) === 0),
        );
        expect(a.without(b)).toEqual(expected);
        expect(a.equals(b)).toBe(expected.length === 0 && a.length === b.length);
        expect(a.equals(MemberList.of(of, one.toReversed()))).toBe(true);
      }),
      { seed: 2 },
    );
  });

  test("finds the place of a member, and how often it is there", () => {
    fc.assert(
      fc.property(lists, ({ of, one, other }) => {
        const list = MemberList.of(of, one);
        for (const each of other) {
          const place = list.placeOf(each);
          expect(place).toBe([...list].filter((its) => compareMembers(its, each) < 0).length);
          expect(list.countAt(place, each)).toBe(one.some((its) => compareMembers(its, each) === 0) ? 1 : 0);
        }
      }),
      { seed: 3 },
    );
  });

  test("of one shape is not that of another", () => {
    const [net, port] = (["net", "ip-port"] as const).map((kind) => new MemberList({ version: 4, kind }));
    expect(net?.equals(port as MemberList)).toBe(false);
  });
});
