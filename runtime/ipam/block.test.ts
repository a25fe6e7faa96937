import { expect, test } from "vitest";
import type { JsonObject } from "../datastore/json.ts";
import { allocationsOf, type Block, brokenInvariant, readBlock, sequenceNumberOf } from "./block.ts";
import { ipamKey } from "./objects.ts";

const NOW = Date.parse("2026-08-01T12:00:00Z");

/** The example of the sheet "IPAM block JSON". */
const SPEC: JsonObject = {
  cidr: "10.65.0.0/30",
  affinity: "host:n1",
  affinityClaimTime: "2026-08-01T00:00:00Z",
  allocations: [0, null, 1, null],
  unallocated: [1, 3],
  attributes: [
    { handle_id: "k8s-pod-network.abc", secondary: { namespace: "d", node: "n1", pod: "p" } },
    { releasedAt: "2026-08-01T00:01:00Z" },
  ],
  sequenceNumber: 1785542400000000003n,
  sequenceNumberForAllocation: { 0: 1785542400000000001n, 2: 1785542400000000002n },
  deleted: false,
};

function read(spec: JsonObject): ReturnType<typeof readBlock> {
  const key = ipamKey("IPAMBlock", "10-65-0-0-30");
  const resource = { apiVersion: key.apiVersion, kind: key.kind, metadata: { name: key.name }, spec };
  return readBlock({ key, resourceVersion: "1", resource });
}

function valid(spec: JsonObject): Block {
  const block = read(spec);
  if ("problem" in block) throw new Error(block.problem);
  return block;
}

test("a block says who has which address", () => {
  const block = valid(SPEC);
  expect(
    allocationsOf(block).map(({ ip, attribute }) => [ip, attribute?.handle, attribute?.owner.pod]),
  ).toEqual([
    ["10.65.0.0", "k8s-pod-network.abc", "p"],
    ["10.65.0.2", undefined, undefined],
  ]);
  expect(sequenceNumberOf(block, 2)).toBe(1785542400000000002n);
  expect(sequenceNumberOf(block, 3)).toBe(0n);
  expect(brokenInvariant(block, NOW)).toBeUndefined();
});

test("an empty list may be null, as Go writes it, and an old block names its host elsewhere", () => {
  const free = [null, null, null, null];
  const block = valid({
    ...{ cidr: "10.65.0.0/30", allocations: free, unallocated: [0, 1, 2, 3], attributes: null },
    ...{ sequenceNumberForAllocation: null, hostAffinity: "n1" },
  });
  expect(block).toMatchObject({ affinity: "host:n1", attributes: [], sequenceNumber: 0n });
  expect(brokenInvariant(block, NOW)).toBeUndefined();
});

test.each<[JsonObject, RegExp]>([
  [{ cidr: "x" }, /cidr/],
  [{ affinity: 1 }, /affinity/],
  [{ allocations: [0.5] }, /allocations/],
  [{ allocations: {} }, /allocations/],
  [{ unallocated: ["1"] }, /unallocated/],
  [{ attributes: [1] }, /attributes/],
  [{ sequenceNumber: -1 }, /sequenceNumber is/],
  [{ sequenceNumber: 2n ** 64n }, /sequenceNumber is/],
  [{ sequenceNumberForAllocation: { 0: "1" } }, /sequenceNumberForAllocation/],
])("%o is no block", (change, problem) => {
  const block = read({ ...SPEC, ...change });
  expect("problem" in block ? block.problem : "").toMatch(problem);
});

test.each<[JsonObject, string]>([
  [{ allocations: [0, null, 1] }, "expected 4 addresses in this block, but it has allocations for 3"],
  [{ allocations: [2, null, 1, null] }, "allocation 0 indexes a nonexistent attribute 2"],
  [{ allocations: [0, null, 0, null] }, "attribute index 1 exists but is not indexed by an allocation"],
  [
    { attributes: [{}, { releasedAt: "2026-08-01T12:00:01Z" }] },
    "attribute index 1 has releasedAt in the future, suggesting clock skew",
  ],
  [{ unallocated: [1, 4] }, "ordinal 4 appears in the Unallocated array but is out of the block"],
  [{ unallocated: [1, 1] }, "ordinal 1 appears more than once in Unallocated array"],
  [{ unallocated: [1, 3, 0] }, "ordinal 0 is allocated but appears in Unallocated"],
  [{ unallocated: [1] }, "expected 4 addresses in this block, but Unallocated (1) + Allocated (2) = 3"],
])("%o: %s", (change, reason) => {
  expect(brokenInvariant(valid({ ...SPEC, ...change }), NOW)).toBe(reason);
});
