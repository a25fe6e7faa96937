import { expect, test } from "vitest";
import { type Cidr, formatCidr, parseCidr } from "../../compiler/index.ts";
import { type Block, readBlock } from "./block.ts";
import { ipamKey } from "./objects.ts";
import { type Usage, utilisation } from "./utilisation.ts";

const cidrs = (...texts: readonly string[]): readonly Cidr[] => texts.map((text) => parseCidr(text)!);

/** A block of four addresses of which some are taken, and of these some have been given back not long ago. */
function block(cidr: string, taken: readonly number[], cooling: readonly number[] = []): Block {
  const key = ipamKey("IPAMBlock", cidr);
  const allocations = [0, 1, 2, 3].map((ordinal) =>
    cooling.includes(ordinal) ? 1 : taken.includes(ordinal) ? 0 : null,
  );
  const unallocated = [0, 1, 2, 3].filter((ordinal) => !taken.includes(ordinal));
  const spec = { cidr, allocations, unallocated, attributes: [{}, { releasedAt: "2026-08-01T00:00:00Z" }] };
  const resource = { apiVersion: key.apiVersion, kind: key.kind, metadata: { name: key.name }, spec };
  const read = readBlock({ key, resourceVersion: "1", resource });
  if ("problem" in read) throw new Error(read.problem);
  return read;
}

const row = (usage: Usage | undefined) =>
  usage && [formatCidr(usage.cidr), usage.capacity, usage.inUse, usage.reserved, usage.free];

test("reservations count once, and an address that is reserved and in use in both", () => {
  const [pool] = utilisation(
    cidrs("10.0.0.0/28"),
    cidrs("10.0.0.1", "10.0.0.0/31", "10.0.0.8/30", "10.0.0.9", "192.0.2.0/24"),
    [block("10.0.0.0/30", [1, 2])],
  );
  expect(row(pool?.pool)).toEqual(["10.0.0.0/28", 16, 2, 6, 9]);
  expect(pool?.blocks.map(row)).toEqual([["10.0.0.0/30", 4, 2, 2, 1]]);
});

test("a reservation around a pool takes all of it", () => {
  const [pool] = utilisation(cidrs("10.0.0.0/28"), cidrs("10.0.0.0/8"), [block("10.0.0.0/30", [0])]);
  expect(row(pool?.pool)).toEqual(["10.0.0.0/28", 16, 1, 16, 0]);
});

test("blocks outside of all pools come last, and pools of IPv6 are counted", () => {
  const usage = utilisation(cidrs("fd00::/64"), [], [block("10.0.0.0/30", [0]), block("fd00::/126", [])]);
  expect(usage.map(({ pool, blocks }) => [row(pool), blocks.map(row)])).toEqual([
    [["fd00::/64", 2 ** 64, 0, 0, 2 ** 64], [["fd00::/126", 4, 0, 0, 4]]],
    [undefined, [["10.0.0.0/30", 4, 1, 0, 3]]],
  ]);
});

test("addresses that were given back not long ago are in use and cooling", () => {
  const [pool] = utilisation(cidrs("10.0.0.0/28"), [], [block("10.0.0.0/30", [0, 1, 2], [1, 2])]);
  expect(pool?.pool).toMatchObject({ inUse: 3, cooling: 2, free: 13 });
});
