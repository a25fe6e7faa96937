import { describe, expect, test } from "vitest";
import { formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { lowered, readResource } from "./testing/read.ts";

const BLOCK = {
  cidr: "10.65.0.0/30",
  affinity: "host:n1",
  affinityClaimTime: "2026-08-01T00:00:00Z",
  allocations: [0, null, 1, 2],
  unallocated: [1],
  attributes: [
    { handle_id: "net.abc", secondary: { namespace: "d", node: "n1", pod: "p" } },
    { releasedAt: "2026-08-01T00:01:00Z" },
    {
      handle_id: "vxlan",
      secondary: { node: "n2", type: "vxlanTunnelAddress" },
      alternateOwnerAttrs: { pod: "q" },
    },
  ],
  sequenceNumber: 1785542400000000000,
  sequenceNumberForAllocation: { "0": 1785542400000000000 },
  deleted: false,
  strictAffinity: false,
};
const block = (spec: object) =>
  readResource("IPAMBlock", { metadata: { name: "b" }, spec: { ...BLOCK, ...spec } });

describe("IPAMBlock", () => {
  test("tells where each used address lives", () => {
    const object = lowered("IPAMBlock", { metadata: { name: "10-65-0-0-30" }, spec: BLOCK });
    if (object.kind !== "block") throw new Error(object.kind);
    expect([object.key, object.source, object.affinity]).toEqual(["10.65.0.0/30", "inventory", "n1"]);
    // The released address between them belongs to nobody any more.
    expect(object.allocations.map(({ ip, node, tunnel }) => [formatIp(ip), node, tunnel])).toEqual([
      ["10.65.0.0", "n1", false],
      ["10.65.0.3", "n2", true],
    ]);
  });

  test("counts ordinals in IPv6 blocks, too", () => {
    const object = lowered("IPAMBlock", {
      metadata: { name: "b6" },
      spec: {
        cidr: "fd00::fffe/127",
        allocations: [null, 0],
        unallocated: [0],
        attributes: [{ secondary: { node: "n1" } }],
      },
    });
    if (object.kind !== "block") throw new Error(object.kind);
    expect(object.allocations.map(({ ip }) => formatIp(ip))).toEqual(["fd00::ffff"]);
    expect(object.affinity).toBeUndefined();
  });

  test("gives a block of a virtual owner to no node", () => {
    expect(block({ affinity: "virtual:load-balancer" }).objects).toMatchObject([{ affinity: undefined }]);
  });

  test("takes an empty list and null for each other", () => {
    const { findings, objects } = block({
      cidr: "10.65.0.0/31",
      allocations: [null, null],
      unallocated: [0, 1],
      attributes: null,
      sequenceNumberForAllocation: null,
    });
    expect(findings).toEqual([]);
    expect(objects).toMatchObject([{ allocations: [] }]);
  });

  test("is absent once it is marked as deleted", () => {
    expect(block({ deleted: true })).toMatchObject({ findings: [], objects: [] });
  });

  test.each<[string, object, string]>([
    ["host bits", { cidr: "10.65.0.1/30" }, "network/unmasked-cidr spec.cidr"],
    ["missing entries", { allocations: [0, null, 1] }, "ipam/allocation-count spec.allocations"],
    ["dangling index", { allocations: [0, null, 3, 2] }, "ipam/attribute-index spec.allocations.2"],
    ["free ordinal outside", { unallocated: [1, 4] }, "ipam/unallocated-ordinal spec.unallocated.1"],
    ["free and used", { unallocated: [1, 2] }, "ipam/allocated-and-free spec.unallocated.1"],
    ["affinity of a third kind", { affinity: "pod:x" }, "resource/form spec.affinity"],
    ["unknown field", { owner: "n1" }, "resource/unknown-field spec.owner"],
  ])("finds: %s", (_, spec, finding) => expect(block(spec).findings).toEqual([finding]));
});

describe("BlockAffinity", () => {
  const affinity = (spec: object) =>
    readResource("BlockAffinity", {
      metadata: { name: "a" },
      spec: { cidr: "10.65.0.0/26", node: "n1", ...spec },
    });

  test("reads the states, and an old affinity without one as confirmed", () => {
    expect(affinity({ state: "pending", type: "virtual" }).objects).toMatchObject([
      {
        kind: "block-affinity",
        key: "n1/10.65.0.0/26",
        node: "n1",
        state: "pending",
        affinityType: "virtual",
      },
    ]);
    expect(affinity({ state: "" }).objects).toMatchObject([{ state: "confirmed", affinityType: "host" }]);
    expect(affinity({ state: "pendingDeletion" }).objects).toMatchObject([{ state: "pendingDeletion" }]);
  });

  test("reads deleted as the flag and as the text that it once was", () => {
    expect(affinity({ deleted: "false" }).findings).toEqual([]);
    expect(affinity({ deleted: false }).findings).toEqual([]);
  });

  test.each<[string, object, string]>([
    ["deleted", { deleted: true }, "ipam/deleted-affinity spec.deleted"],
    ["deleted as a text", { deleted: "true" }, "ipam/deleted-affinity spec.deleted"],
    ["host bits", { cidr: "10.65.0.1/26" }, "network/unmasked-cidr spec.cidr"],
    ["unknown state", { state: "lost" }, "resource/enum spec.state"],
  ])("refuses: %s", (_, spec, finding) => expect(affinity(spec).findings).toEqual([finding]));
});

describe("IPAMHandle", () => {
  test("is accepted and reaches no dataplane", () => {
    const { findings, objects } = readResource("IPAMHandle", {
      apiVersion: "crd.projectcalico.org/v1",
      metadata: { name: "net.abc" },
      spec: { handleID: "net.abc", block: { "10.65.0.0/30": 1, "fd00:65::/122": 1 }, deleted: false },
    });
    expect([findings, objects]).toEqual([[], []]);
  });

  test("names networks", () => {
    const spec = { handleID: "x", block: { "10.65.0.0": 1 } };
    expect(readResource("IPAMHandle", { metadata: { name: "x" }, spec }).findings).toEqual([
      "network/invalid-cidr spec.block.10.65.0.0",
    ]);
  });
});

describe("IPReservation", () => {
  const reservation = (...reservedCIDRs: string[]) =>
    readResource("IPReservation", { metadata: { name: "r" }, spec: { reservedCIDRs } }).findings;

  test("takes networks and single addresses", () => {
    expect(reservation("10.0.0.0/28", "10.0.0.17", "fd00::/64")).toEqual([]);
  });

  test("refuses what is none, and repetitions", () => {
    expect(reservation("10.0.0.0/40")).toEqual(["network/invalid-cidr spec.reservedCIDRs.0"]);
    expect(reservation("10.0.0.1", "10.0.0.1")).toEqual(["network/duplicate-value spec.reservedCIDRs.1"]);
  });
});

describe("IPAMConfiguration", () => {
  const spec = {
    strictAffinity: true,
    autoAllocateBlocks: true,
    maxBlocksPerHost: 20,
    kubeVirtVMAddressPersistence: "Enabled",
    ipCooldownSeconds: 60,
  };

  test("is a singleton", () => {
    expect(readResource("IPAMConfiguration", { spec }).findings).toEqual([]);
    const { findings, messages } = readResource("IPAMConfiguration", { metadata: { name: "other" }, spec });
    expect(findings).toEqual(["network/singleton-name metadata.name"]);
    expect(messages[0]).toContain(
      'Cannot create a IPAMConfiguration resource with a name other than "default"',
    );
  });

  test("bounds its numbers", () => {
    expect(readResource("IPAMConfiguration", { spec: { ipCooldownSeconds: 1201 } }).findings).toEqual([
      "resource/bounds spec.ipCooldownSeconds",
    ]);
    expect(readResource("IPAMConfiguration", { spec: { maxBlocksPerHost: 1_000_001 } }).findings).toEqual([
      "resource/bounds spec.maxBlocksPerHost",
    ]);
    const older = { apiVersion: "crd.projectcalico.org/v1", spec: { maxBlocksPerHost: 1_000_001 } };
    expect(readResource("IPAMConfig", older).findings).toEqual([]);
  });
});

test("a pool of one address has one block of one address", () => {
  const object = lowered("IPAMBlock", {
    metadata: { name: "one" },
    spec: { cidr: "10.0.0.9/32", allocations: [null], unallocated: [0] },
  });
  expect(object.kind === "block" && formatCidr(object.cidr)).toBe("10.0.0.9/32");
});
