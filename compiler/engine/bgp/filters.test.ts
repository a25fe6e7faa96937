import { describe, expect, test } from "vitest";
import type { BgpFilterRule } from "../../ir/bgp-model.ts";
import { bgpFilter, bgpPeer, cidr, ip } from "../../ir/testing/objects.ts";
import { bgpNode, filterRule, resolveCluster } from "./testing/cluster.ts";

const NODE = bgpNode("n", "10.0.0.1/24");
const PEER = bgpPeer("p", { peerIp: ip("10.0.0.9"), asNumber: 65000, filters: ["f"] });
const NET = cidr("10.1.0.0/16");

/** The conditions that one import rule comes down to, and the findings about it. */
function resolve(...given: readonly Partial<BgpFilterRule>[]) {
  const filter = bgpFilter("f", { importV4: given.map(filterRule) });
  const { speakers, findings } = resolveCluster([NODE, PEER, filter]);
  const rules = speakers.get("n")?.filters[0]?.rules ?? [];
  return {
    rules,
    conditions: rules.flatMap((rule) => rule.conditions),
    codes: findings.map(({ code }) => code),
  };
}

describe("prefix conditions", () => {
  test.each([
    ["Equal", { kind: "net", relation: "equal", cidr: NET, negated: false }],
    ["NotEqual", { kind: "net", relation: "equal", cidr: NET, negated: true }],
    ["In", { kind: "net", relation: "within", cidr: NET, negated: false }],
    ["NotIn", { kind: "net", relation: "within", cidr: NET, negated: true }],
  ] as const)("%s", (matchOperator, expected) => {
    expect(resolve({ cidr: NET, matchOperator }).conditions).toEqual([expected]);
  });

  test.each([
    ["In", 24, 28, { kind: "net-lengths", cidr: NET, min: 24, max: 28, negated: false }],
    ["NotIn", 8, 64, { kind: "net-lengths", cidr: NET, min: 16, max: 32, negated: true }],
  ] as const)("%s with lengths %d–%d, kept within the prefix's own", (matchOperator, min, max, expected) => {
    const { conditions, codes } = resolve({ cidr: NET, matchOperator, prefixLength: { min, max } });
    expect(conditions).toEqual([expected]);
    expect(codes).toEqual([]);
  });

  test.each([
    ["Equal", 24, 28, false],
    ["NotEqual", 24, 28, true],
    ["In", 8, 12, false],
    ["NotIn", 8, 12, true],
    ["In", 28, 24, false],
  ] as const)(
    "%s with lengths %d–%d does not depend on the route, and says so",
    (matchOperator, min, max, value) => {
      const { conditions, codes } = resolve({ cidr: NET, matchOperator, prefixLength: { min, max } });
      expect(conditions).toEqual([{ kind: "constant", value }]);
      expect(codes).toEqual(["bgp/filter-constant-condition"]);
    },
  );
});

test("all conditions of one rule, in Calico's order", () => {
  const { conditions } = resolve({
    peerType: "iBGP",
    cidr: NET,
    matchOperator: "In",
    remotePeersOnly: true,
    interfaceGlob: "eth*",
    community: { kind: "standard", value: [1, 2] },
    asPathPrefix: [65001, 65002],
    priority: 512,
  });
  expect(conditions.map(({ kind }) => kind)).toEqual([
    "peer-type",
    "net",
    "learned",
    "interface",
    "community",
    "as-path-prefix",
    "priority",
  ]);
});

test("operations belong to Accept", () => {
  const operations = [{ kind: "set-priority", priority: 100 }] as const;
  const { rules } = resolve({ priority: 1, operations }, { priority: 2, operations, action: "reject" });
  expect(rules.map((rule) => rule.operations)).toEqual([operations, []]);
});

test("only the lists that a session calls, and only lists with rules", () => {
  const filters = [
    bgpFilter("f", { importV4: [filterRule()], exportV4: [filterRule()], importV6: [filterRule()] }),
    bgpFilter("unused", { importV4: [filterRule()] }),
  ];
  const { speakers } = resolveCluster([NODE, PEER, ...filters]);
  expect(
    speakers.get("n")?.filters.map(({ name, version, direction }) => `${name} ${version} ${direction}`),
  ).toEqual(["f 4 import", "f 4 export"]);
});

describe("findings", () => {
  test("a list that refuses everything", () => {
    expect(resolve({ cidr: NET, matchOperator: "In", action: "reject" }, { action: "reject" }).codes).toEqual(
      ["bgp/filter-denies-all"],
    );
    expect(resolve({ cidr: NET, matchOperator: "In" }, { action: "reject" }).codes).toEqual([]);
    expect(resolve({ cidr: NET, matchOperator: "In", action: "reject" }).codes).toEqual([]);
  });

  test("a rule behind one that decides every route", () => {
    expect(resolve({}, { action: "reject" }).codes).toEqual(["bgp/filter-unreachable-rule"]);
  });

  test("a filter that does not exist", () => {
    const { findings } = resolveCluster([NODE, PEER]);
    expect(findings).toEqual([
      { code: "bgp/unknown-filter", path: "spec.filters.0", params: { peer: "p", filter: "f" } },
    ]);
  });
});
