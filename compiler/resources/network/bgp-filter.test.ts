import { describe, expect, test } from "vitest";
import { formatCidr } from "../../net/cidr.ts";
import { lowered, readResource } from "./testing/read.ts";

const metadata = { name: "filter" };
const findings = (rule: object, list = "importV4") =>
  readResource("BGPFilter", { metadata, spec: { [list]: [rule] } }).findings;

describe("BGPFilter", () => {
  test("keeps rules in order, list by list", () => {
    const filter = lowered("BGPFilter", {
      metadata,
      spec: {
        importV4: [
          {
            cidr: "10.0.0.0/8",
            matchOperator: "In",
            prefixLength: { min: 16, max: 24 },
            source: "RemotePeers",
            interface: "*.calico",
            peerType: "eBGP",
            communities: { values: ["64512:1"] },
            asPathPrefix: [65000, "1.1"],
            priority: 1024,
            action: "Accept",
            operations: [
              { addCommunity: { value: "1:2:3" } },
              { prependASPath: { prefix: [65000] } },
              { setPriority: { value: 512 } },
            ],
          },
          { action: "Reject" },
        ],
        exportV6: [{ cidr: "fd00::/8", matchOperator: "NotIn", prefixLength: { min: 64 }, action: "Reject" }],
      },
    });
    if (filter.kind !== "bgp-filter") throw new Error(filter.kind);
    expect([filter.importV4.length, filter.exportV4.length, filter.importV6.length]).toEqual([2, 0, 0]);
    const [rule, last] = filter.importV4;
    expect(rule?.cidr && formatCidr(rule.cidr)).toBe("10.0.0.0/8");
    expect(rule).toMatchObject({
      action: "accept",
      matchOperator: "In",
      prefixLength: { min: 16, max: 24 },
      remotePeersOnly: true,
      interfaceGlob: "*.calico",
      peerType: "eBGP",
      community: { kind: "standard", value: [64512, 1] },
      asPathPrefix: [65000, 65537],
      priority: 1024,
      operations: [
        { kind: "add-community", community: { kind: "large", value: [1, 2, 3] } },
        { kind: "prepend-as-path", asNumbers: [65000] },
        { kind: "set-priority", priority: 512 },
      ],
      origin: { path: ["spec", "importV4", 0] },
    });
    expect(last).toMatchObject({ action: "reject", cidr: undefined, remotePeersOnly: false, operations: [] });
    expect(filter.exportV6[0]).toMatchObject({ prefixLength: { min: 64, max: 128 } });
  });

  test("starts a half-open prefix length at the network's own", () => {
    const spec = {
      importV4: [{ cidr: "10.0.0.0/8", matchOperator: "In", prefixLength: { max: 16 }, action: "Accept" }],
    };
    expect(lowered("BGPFilter", { metadata, spec })).toMatchObject({
      importV4: [{ prefixLength: { min: 8, max: 16 } }],
    });
  });

  const prefix = { cidr: "10.0.0.0/8", matchOperator: "In", action: "Accept" };
  test.each<[string, object, string]>([
    ["cidr alone", { cidr: "10.0.0.0/8", action: "Accept" }, "bgp/filter-conflict spec.importV4.0.cidr"],
    [
      "operator alone",
      { matchOperator: "In", action: "Accept" },
      "bgp/filter-conflict spec.importV4.0.matchOperator",
    ],
    [
      "length without cidr",
      { prefixLength: { min: 8 }, action: "Accept" },
      "bgp/filter-conflict spec.importV4.0.prefixLength",
    ],
    [
      "length upside down",
      { ...prefix, prefixLength: { min: 24, max: 16 } },
      "bgp/filter-conflict spec.importV4.0.prefixLength",
    ],
    ["host bits", { ...prefix, cidr: "10.0.0.1/8" }, "network/unmasked-cidr spec.importV4.0.cidr"],
    ["other family", { ...prefix, cidr: "fd00::/8" }, "network/invalid-cidr spec.importV4.0.cidr"],
    [
      "operations of a reject",
      { action: "Reject", operations: [{ setPriority: { value: 1 } }] },
      "bgp/filter-conflict spec.importV4.0.operations",
    ],
    [
      "community",
      { action: "Accept", communities: { values: ["65536:1"] } },
      "bgp/invalid-community spec.importV4.0.communities.values.0",
    ],
    [
      "community to add",
      { action: "Accept", operations: [{ addCommunity: { value: "x" } }] },
      "bgp/invalid-community spec.importV4.0.operations.0.addCommunity.value",
    ],
    [
      "AS path",
      { action: "Accept", asPathPrefix: ["x"] },
      "bgp/invalid-as-number spec.importV4.0.asPathPrefix.0",
    ],
    [
      "AS path to prepend",
      { action: "Accept", operations: [{ prependASPath: { prefix: [-1] } }] },
      "bgp/invalid-as-number spec.importV4.0.operations.0.prependASPath.prefix.0",
    ],
    ["no action", prefixWithout("action"), "resource/missing-field spec.importV4.0"],
    [
      "length beyond the family",
      { ...prefix, prefixLength: { max: 33 } },
      "resource/bounds spec.importV4.0.prefixLength.max",
    ],
    ["interface", { action: "Accept", interface: "a/b" }, "resource/form spec.importV4.0.interface"],
    [
      "two communities",
      { action: "Accept", communities: { values: ["1:1", "2:2"] } },
      "resource/size spec.importV4.0.communities.values",
    ],
    [
      "two operations in one",
      { action: "Accept", operations: [{ setPriority: { value: 1 }, addCommunity: { value: "1:1" } }] },
      "resource/size spec.importV4.0.operations.0",
    ],
  ])("refuses: %s", (_, rule, finding) => expect(findings(rule)).toEqual([finding]));

  test("allows longer prefixes in IPv6", () => {
    const rule = { cidr: "fd00::/8", matchOperator: "In", prefixLength: { max: 128 }, action: "Accept" };
    expect(findings(rule, "importV6")).toEqual([]);
  });

  function prefixWithout(field: string): object {
    return Object.fromEntries(Object.entries(prefix).filter(([key]) => key !== field));
  }
});
