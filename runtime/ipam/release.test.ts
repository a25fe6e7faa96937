import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readKey } from "../datastore/etcd/keys.ts";
import { decodeValue, encodeValue } from "../datastore/etcd/values.ts";
import type { JsonObject } from "../datastore/json.ts";
import {
  allocationsOf,
  type Block,
  brokenInvariant,
  isCooling,
  readBlock,
  sequenceNumberOf,
} from "./block.ts";
import { ipamKey } from "./objects.ts";
import { type PlacedClaim, type Released, releaseFrom } from "./release.ts";

const NOW = Date.parse("2026-08-01T12:00:00Z");
const FIRST = 1785542400000000000n;
const KEY = ipamKey("IPAMBlock", "10-0-0-0-29");

function blockOf(spec: JsonObject): Block {
  const resource = { apiVersion: KEY.apiVersion, kind: KEY.kind, metadata: { name: KEY.name }, spec };
  const block = readBlock({ key: KEY, resourceVersion: "1", resource });
  if ("problem" in block) throw new Error(block.problem);
  return block;
}

/** What becomes of each of the eight addresses: free, of a handle, or given back some seconds ago. */
type Slot = "free" | { readonly handle: string } | { readonly cooling: number };

function blockWith(slots: readonly Slot[], affinity: string | undefined): Block {
  const attributes: JsonObject[] = [];
  const indexOf = (attribute: JsonObject): number => {
    const known = attributes.findIndex((one) => JSON.stringify(one) === JSON.stringify(attribute));
    return known < 0 ? attributes.push(attribute) - 1 : known;
  };
  const allocations = slots.map((slot) => {
    if (slot === "free") return null;
    if ("handle" in slot) return indexOf({ handle_id: slot.handle });
    return indexOf({ releasedAt: `${new Date(NOW - slot.cooling * 1000).toISOString().slice(0, 19)}Z` });
  });
  const taken = [...slots.keys()].filter((ordinal) => slots[ordinal] !== "free");
  return blockOf({
    ...{ cidr: "10.0.0.0/29", allocations, attributes, unknownField: 1 },
    ...(affinity === undefined ? {} : { affinity }),
    unallocated: [...slots.keys()].filter((ordinal) => slots[ordinal] === "free").reverse(),
    sequenceNumber: FIRST + 100n,
    sequenceNumberForAllocation: Object.fromEntries(
      taken.map((ordinal) => [`${ordinal}`, FIRST + BigInt(ordinal)]),
    ),
  });
}

function claim(ordinal: number, more: Partial<PlacedClaim> = {}): PlacedClaim {
  return { ip: `10.0.0.${ordinal}`, ordinal, ...more };
}

function released(...args: Parameters<typeof releaseFrom>): Released {
  const result = releaseFrom(...args);
  if ("refused" in result) throw new Error(result.refused);
  return result;
}

const TAKEN = { handle: "h" } as const;

describe("a claim", () => {
  const block = blockWith(
    [TAKEN, { handle: "x\rrest" }, "free", { cooling: 5 }, TAKEN, "free", "free", "free"],
    "host:n",
  );

  test("that is true is met", () => {
    const claims = [claim(0, { handle: "h", sequenceNumber: FIRST }), claim(1, { handle: "x" })];
    const { handles, notAllocated } = released(block, claims, 0, NOW);
    expect({ handles: [...handles], notAllocated }).toEqual({
      handles: [
        ["h", 1],
        ["x\rrest", 1],
      ],
      notAllocated: [],
    });
  });

  test("that is not true stops the others of its block", () => {
    const other = releaseFrom(block, [claim(0), claim(4, { sequenceNumber: FIRST + 5n })], 0, NOW);
    expect(other).toEqual({
      refused: `10.0.0.4 has been given out again: its sequence number is ${FIRST + 4n}, not ${FIRST + 5n}`,
    });
    expect(releaseFrom(block, [claim(0, { handle: "g" })], 0, NOW)).toEqual({
      refused: "10.0.0.0 belongs to handle h now, not to g",
    });
  });

  test("to an address that is free, or cooling down, changes nothing", () => {
    const { resource, handles, notAllocated } = released(block, [claim(2), claim(3)], 60, NOW);
    expect(resource).toBe(block.stored.resource);
    expect(handles.size).toBe(0);
    expect(notAllocated).toEqual(["10.0.0.2", "10.0.0.3"]);
  });
});

test("what is stored has the fields of Calico's own, in their order", () => {
  const now = Date.parse("2026-08-01T00:02:00Z");
  // The example of the sheet "IPAM block JSON".
  const stored =
    '{"cidr":"10.65.0.0/30","affinity":"host:n1","affinity_claim_time":"2026-08-01T00:00:00Z","allocations":[0,null,1,null],"unallocated":[1,3],"attributes":[{"handle_id":"k8s-pod-network.abc","secondary":{"namespace":"d","node":"n1","pod":"p","timestamp":"…"}},{"releasedAt":"2026-08-01T00:01:00Z"}],"sequenceNumber":1785542400000000003,"sequenceNumberForAllocation":{"0":1785542400000000001,"2":1785542400000000002},"deleted":false}';
  const etcdKey = "/calico/ipam/v2/assignment/ipv4/block/10.65.0.0-30";
  const decoded = decodeValue(etcdKey, readKey(etcdKey)!, Buffer.from(stored));
  if ("reason" in decoded) throw new Error(decoded.reason);
  const block = readBlock({ ...decoded, resourceVersion: "1" });
  if ("problem" in block) throw new Error(block.problem);
  const { resource } = released(block, [claim(0, { ip: "10.65.0.0" })], 120, now);
  expect(encodeValue(etcdKey, resource!).toString()).toBe(
    '{"cidr":"10.65.0.0/30","affinity":"host:n1","affinity_claim_time":"2026-08-01T00:00:00Z","allocations":[1,null,0,null],"unallocated":[1,3],"attributes":[{"releasedAt":"2026-08-01T00:01:00Z"},{"releasedAt":"2026-08-01T00:02:00Z"}],"sequenceNumber":1785542400000000004,"sequenceNumberForAllocation":{"0":1785542400000000003,"2":1785542400000000002},"deleted":false}',
  );
});

const slot: fc.Arbitrary<Slot> = fc.oneof(
  fc.constant<Slot>("free"),
  fc.record({ handle: fc.constantFrom("a", "b", "c") }),
  fc.record({ cooling: fc.integer({ min: 0, max: 120 }) }),
);

test("any release keeps the invariants of a block, and loses no other address", () => {
  fc.assert(
    fc.property(
      fc.array(slot, { minLength: 8, maxLength: 8 }),
      fc.uniqueArray(fc.integer({ min: 0, max: 7 })),
      fc.integer({ min: -1, max: 120 }),
      fc.option(fc.constant("host:n"), { nil: undefined }),
      (slots, ordinals, cooldown, affinity) => {
        const before = blockWith(slots, affinity);
        const claims = ordinals.map((ordinal) => claim(ordinal));
        const { resource, handles, notAllocated } = released(before, claims, cooldown, NOW);
        const given = ordinals.filter(
          (ordinal) => typeof slots[ordinal] === "object" && "handle" in slots[ordinal],
        );
        expect(notAllocated.length).toBe(ordinals.length - given.length);
        expect([...handles.values()].reduce((sum, count) => sum + count, 0)).toBe(given.length);
        if (given.length === 0) return;
        const kept = slots.flatMap((one, ordinal) =>
          typeof one === "object" && "handle" in one && !given.includes(ordinal)
            ? [[ordinal, one.handle] as const]
            : [],
        );
        if (resource === undefined) {
          expect([affinity, kept]).toEqual([undefined, []]);
          return;
        }
        const after = blockOf(resource.spec as JsonObject);
        expect(brokenInvariant(after, NOW)).toBeUndefined();
        expect(after.sequenceNumber).toBe(before.sequenceNumber + 1n);
        expect(after.stored.resource.spec).toMatchObject({ unknownField: 1 });
        const taken = allocationsOf(after);
        const held = taken.filter((allocation) => !isCooling(allocation));
        expect(held.map(({ ordinal, attribute }) => [ordinal, attribute?.handle])).toEqual(kept);
        for (const [ordinal] of kept) expect(sequenceNumberOf(after, ordinal)).toBe(FIRST + BigInt(ordinal));
        const cooling = taken.filter(isCooling).map(({ ordinal }) => ordinal);
        const stillCools = ([one, ordinal]: readonly [Slot, number]): boolean =>
          given.includes(ordinal)
            ? cooldown > 0
            : typeof one === "object" && "cooling" in one && one.cooling < cooldown;
        expect(cooling).toEqual(
          slots
            .map((one, i) => [one, i] as const)
            .filter(stillCools)
            .map(([, i]) => i),
        );
        // The free ones keep their turn; who comes later waits longest.
        expect(after.unallocated.slice(0, before.unallocated.length)).toEqual(before.unallocated);
      },
    ),
  );
});
