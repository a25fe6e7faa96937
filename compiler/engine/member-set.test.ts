import fc from "fast-check";
import { expect, test } from "vitest";
import type { SetMember } from "../ir/member-list.ts";
import { cidr, selector } from "../ir/testing/objects.ts";
import { formatCidr } from "../net/cidr.ts";
import { zeroCounters } from "./counters.ts";
import { MemberSet } from "./member-set.ts";
import { netMember } from "./members.ts";

const REQUEST = {
  id: "s:test",
  type: "hash:net",
  definition: { kind: "selector", selector: selector("all()") },
} as const;

const net = fc.oneof(
  fc.nat(40).map((n) => `10.0.0.${n}`),
  fc.nat(5).map((n) => `fd00::${n}`),
  fc.constantFrom("10.0.0.0/8", "10.0.0.0/24", "fd00::/16"),
);

function texts(members: Iterable<SetMember>): readonly string[] {
  return Array.from(members, (member) => (member.kind === "net" ? formatCidr(member.cidr) : "?"));
}

test("a member stays as long as something that brought it", () => {
  // Each contribution is added, and some are removed again later; few or many between two looks.
  const contribution = fc.record({ text: net, removed: fc.boolean(), look: fc.boolean() });
  fc.assert(
    fc.property(fc.array(contribution, { maxLength: 80 }), (contributions) => {
      const set = new MemberSet(REQUEST, zeroCounters());
      for (const { text, look } of contributions) {
        set.add(netMember(cidr(text)));
        if (look) expect(texts([...set.ir.members4, ...set.ir.members6])).toContain(formatCidr(cidr(text)));
      }
      for (const { text, removed, look } of contributions) {
        if (removed) set.remove(netMember(cidr(text)));
        if (look) expect(set.ir).toBe(set.ir);
      }
      const left = contributions.filter(({ removed }) => !removed).map(({ text }) => formatCidr(cidr(text)));
      const { members4, members6 } = set.ir;
      expect([...texts(members4), ...texts(members6)].sort()).toEqual([...new Set(left)].sort());
    }),
    { seed: 3 },
  );
});

test("an empty set is the same object after a member has come and gone between two looks", () => {
  const set = new MemberSet(REQUEST, zeroCounters());
  const before = set.ir;
  set.add(netMember(cidr("fd00::1")));
  set.remove(netMember(cidr("fd00::1")));
  expect(set.ir).toBe(before);
});

test("members are sorted by address and length, the whole family split in two", () => {
  const set = new MemberSet(REQUEST, zeroCounters());
  for (const text of ["10.0.0.2", "10.0.0.0/8", "9.9.9.9", "10.0.0.0/30", "0.0.0.0/0", "::/0"])
    set.add(netMember(cidr(text)));
  expect(texts(set.ir.members4)).toEqual([
    "0.0.0.0/1",
    "9.9.9.9/32",
    "10.0.0.0/8",
    "10.0.0.0/30",
    "10.0.0.2/32",
    "128.0.0.0/1",
  ]);
  expect(texts(set.ir.members6)).toEqual(["::/1", "8000::/1"]);
});

test("changes that cancel out leave the set the same object", () => {
  const set = new MemberSet(REQUEST, zeroCounters());
  set.add(netMember(cidr("10.0.0.1")));
  const before = set.ir;
  set.add(netMember(cidr("10.0.0.1")));
  set.add(netMember(cidr("10.0.0.2")));
  set.remove(netMember(cidr("10.0.0.2")));
  expect(set.ir).toBe(before);
});

test("changes that nobody asks about do not pile up", () => {
  const set = new MemberSet(REQUEST, zeroCounters());
  for (let i = 0; i < 20_000; i++) {
    set.add(netMember(cidr("10.0.0.1")));
    set.remove(netMember(cidr("10.0.0.1")));
  }
  expect(set.ir.members4).toHaveLength(0);
});

test("one list in the place of another leaves what the second holds", () => {
  const list = fc.array(net, { maxLength: 30 });
  fc.assert(
    fc.property(list, list, list, fc.boolean(), (kept, before, after, look) => {
      const nets = (of: readonly string[]) => of.map(cidr).flatMap(netMember);
      const set = new MemberSet(REQUEST, zeroCounters());
      set.add(nets(kept));
      set.add(nets(before));
      if (look) expect(set.ir).toBe(set.ir);
      set.replace(nets(before), nets(after));
      const { members4, members6 } = set.ir;
      const expected = new Set([...kept, ...after].map((text) => formatCidr(cidr(text))));
      expect([...texts(members4), ...texts(members6)].sort()).toEqual([...expected].sort());
    }),
    { seed: 4 },
  );
});

test("an IPv6 network does not pass for an IPv4 network of the same number and length", () => {
  const set = new MemberSet(REQUEST, zeroCounters());
  const before = netMember(cidr("0.0.0.0/0"));
  set.add(before);
  set.replace(before, netMember(cidr("::/0")));
  expect(texts(set.ir.members4)).toEqual([]);
  expect(texts(set.ir.members6)).toEqual(["::/1", "8000::/1"]);
});
