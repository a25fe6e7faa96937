import { describe, expect, test } from "vitest";
import { DiagnosticBag } from "../diagnostics/bag.ts";
import type { ModelObject } from "../ir/cluster-model.ts";
import type { FelixConfig } from "../ir/felix-config.ts";
import type { IpSet, NodeIr } from "../ir/node-ir.ts";
import * as make from "../ir/testing/objects.ts";
import { formatCidr } from "../net/cidr.ts";
import type { Selector } from "../syntax/selector/ast.ts";
import { Engine } from "./engine.ts";

function engineOf(...objects: readonly ModelObject[]): Engine {
  const engine = new Engine();
  engine.update(objects.map(make.add));
  return engine;
}

function members({ ipSets }: NodeIr, id: string): readonly string[] | undefined {
  const set = ipSets.find((s) => s.id === id);
  return set && texts(set);
}

function texts({ members4, members6 }: IpSet): readonly string[] {
  return [...members4, ...members6].map((m) => (m.kind === "net" ? formatCidr(m.cidr) : `port ${m.port}`));
}

describe("the sets that come with every node", () => {
  const n1 = make.node("n1", {
    bgp: make.speaker("172.16.0.1/24"),
    vxlanTunnelAddress4: make.ip("10.0.0.7"),
    addresses: [{ ip: make.ip("192.0.2.1"), type: "ExternalIP" }],
  });
  const n2 = make.node("n2", { bgp: make.speaker("172.16.0.2/24") });

  test("pools: load balancer pools hold no pods, but may be masqueraded", () => {
    const ir = engineOf(
      n1,
      make.pool("pods", "10.0.0.0/16", { natOutgoing: true }),
      make.pool("lb", "10.9.0.0/16", { natOutgoing: true, allowedUses: ["LoadBalancer"] }),
      make.pool("plain", "fd00::/64"),
    ).nodeIr("n1");
    expect(members(ir, "network-ip-pools")).toEqual(["10.0.0.0/16", "fd00::/64"]);
    expect(members(ir, "masq-ipam-pools")).toEqual(["10.0.0.0/16", "10.9.0.0/16"]);
    expect(members(ir, "all-hosts-net")).toBeUndefined();
    expect(members(ir, "all-vxlan-net")).toBeUndefined();
  });

  test("the host's own addresses, loopback and tunnels among them", () => {
    expect(members(engineOf(n1).nodeIr("n1"), "this-host")).toEqual([
      "10.0.0.7/32",
      "127.0.0.1/32",
      "172.16.0.1/32",
      "192.0.2.1/32",
      "::1/128",
    ]);
  });

  test("all hosts with IPIP, in IPv6 only where they are excluded from translation", () => {
    const pool = make.pool("p", "10.0.0.0/16", { ipipMode: "Always" });
    const v6 = make.node("n3", { bgp: make.speaker("fd00::3/64") });
    const external = make.felixConfig("default", { externalNodesCidrs: [make.cidr("198.51.100.0/24")] });
    expect(members(engineOf(n1, n2, v6, pool, external).nodeIr("n1"), "all-hosts-net")).toEqual([
      "172.16.0.1/32",
      "172.16.0.2/32",
      "198.51.100.0/24",
    ]);
    const exclusions = make.felixConfig("default", { natOutgoingExclusions: "IPPoolsAndHostIPs" });
    expect(members(engineOf(n1, n2, v6, exclusions).nodeIr("n1"), "all-hosts-net")).toEqual([
      "172.16.0.1/32",
      "172.16.0.2/32",
      "fd00::3/128",
    ]);
  });

  test("VXLAN peers are the nodes that have a tunnel address", () => {
    const pool = make.pool("p", "10.0.0.0/16", { vxlanMode: "CrossSubnet" });
    expect(members(engineOf(n1, n2, pool).nodeIr("n1"), "all-vxlan-net")).toEqual(["172.16.0.1/32"]);
  });

  test("a node without BGP is known by the address that its routes lead to", () => {
    const addresses = [
      { ip: make.ip("198.51.100.9"), type: "ExternalIP" },
      { ip: make.ip("172.16.0.9"), type: "InternalIP" },
    ];
    const bare = make.node("n9", { addresses, vxlanTunnelAddress4: make.ip("10.0.0.9") });
    const pools = [
      make.pool("v", "10.0.0.0/16", { vxlanMode: "Always" }),
      make.pool("i", "10.1.0.0/16", { ipipMode: "Always" }),
    ];
    const ir = engineOf(n1, bare, ...pools).nodeIr("n1");
    expect(members(ir, "all-vxlan-net")).toEqual(["172.16.0.1/32", "172.16.0.9/32"]);
    expect(members(ir, "all-hosts-net")).toEqual(["172.16.0.1/32", "172.16.0.9/32"]);
  });

  test("a node whose BGP is of one IP version is known in the other one by its listed address", () => {
    const addresses = [{ ip: make.ip("172.16.0.9"), type: "InternalIP" }];
    const n9 = make.node("n9", { addresses, bgp: make.speaker("fd16::9/64") });
    const pool = make.pool("i", "10.1.0.0/16", { ipipMode: "Always" });
    const found = members(engineOf(n1, n9, pool).nodeIr("n1"), "all-hosts-net");
    expect(found).toEqual(["172.16.0.1/32", "172.16.0.9/32"]);
  });

  test("are shared by the nodes that have the same settings", () => {
    const engine = engineOf(n1, n2, make.pool("p", "10.0.0.0/16", { ipipMode: "Always" }));
    const find = (node: string) => engine.nodeIr(node).ipSets.find(({ id }) => id === "all-hosts-net");
    expect(find("n1")).toBeDefined();
    expect(find("n1")).toBe(find("n2"));
    expect(engine.nodeIr("n1").settings).toBe(engine.nodeIr("n2").settings);
  });
});

test("sets of policies are shared by all nodes that use them", () => {
  const allow = make.policy("allow", {
    ingress: [make.rule({ source: make.entity({ selector: make.selector("app == 'web'") }) })],
  });
  const engine = engineOf(
    make.node("n1"),
    make.node("n2"),
    allow,
    make.pod("n1", "shop/a", { labels: { app: "web" }, addresses: [make.cidr("10.0.0.1")] }),
    make.pod("n2", "shop/b", { labels: { app: "web" }, addresses: [make.cidr("10.0.0.2")] }),
  );
  const [one, two] = ["n1", "n2"].map((node) =>
    engine.nodeIr(node).ipSets.find(({ id }) => id.startsWith("s:")),
  );
  expect(one && texts(one)).toEqual(["10.0.0.1/32", "10.0.0.2/32"]);
  expect(one).toBe(two);
});

test("endpoints that look alike to every policy share their lists", () => {
  const labels = (name: string) => ({ app: "web", "statefulset.kubernetes.io/pod-name": name });
  const [a, b] = engineOf(
    make.policy("p", { selector: make.selector("app == 'web'") }),
    make.pod("n1", "shop/a", { labels: labels("a") }),
    make.pod("n1", "shop/b", { labels: labels("b") }),
  ).nodeIr("n1").workloads;
  expect(a?.policies.ingress).toHaveLength(1);
  expect(a?.policies).toBe(b?.policies);
});

test("a profile that is missing denies, and stops doing so when it comes", () => {
  const engine = engineOf(make.pod("n1", "shop/a", { profiles: ["kns.shop"] }));
  expect(engine.nodeIr("n1").profiles).toMatchObject([{ name: "kns.shop", missing: true }]);
  engine.update([make.add(make.profile("kns.shop", { ingress: [make.rule()] }))]);
  expect(engine.nodeIr("n1").profiles).toMatchObject([{ missing: false, ingress: [{ action: "allow" }] }]);
});

test("a profile that is missing is one program for all nodes", () => {
  const pods = ["n1", "n2"].map((node) => make.pod(node, "shop/a", { profiles: ["kns.shop"] }));
  const engine = engineOf(make.node("n1"), make.node("n2"), ...pods);
  const [one] = engine.nodeIr("n1").profiles;
  const lowered = engine.counters.programsLowered;
  expect(engine.nodeIr("n2").profiles).toEqual([one]);
  expect(engine.nodeIr("n2").profiles[0]).toBe(one);
  expect(engine.counters.programsLowered).toBe(lowered);
});

test("only the rules of a policy's own directions count, and only their sets exist", () => {
  const policy = make.policy("p", {
    directions: ["ingress"],
    egress: [make.rule({ destination: make.entity({ selector: make.selector("has(a)") }) })],
  });
  const ir = engineOf(policy, make.pod("n1", "shop/a")).nodeIr("n1");
  expect(ir.policies).toMatchObject([{ id: "gnp/p", egress: [] }]);
  expect(ir.ipSets.some(({ definition }) => definition.kind === "selector")).toBe(false);
});

test("service ranges are guarded unless FelixConfiguration says no", () => {
  const range = make.cidr("10.96.0.0/12");
  const config = make.bgpConfig("default", { serviceClusterIps: [range], serviceExternalIps: [range] });
  const engine = engineOf(config);
  expect(engine.nodeIr("n1").serviceLoopCidrs).toEqual([range]);
  engine.update([make.add(make.felixConfig("default", { serviceLoopPrevention: "Disabled" }))]);
  expect(engine.nodeIr("n1").serviceLoopCidrs).toEqual([]);
});

test("settings of one node do not reach the others", () => {
  const engine = engineOf(
    make.node("n1"),
    make.node("n2"),
    make.felixConfig("node.n1", { workloadSourceSpoofing: "Any" }),
    ...["n1", "n2"].map((node) =>
      make.pod(node, "shop/a", { allowedSpoofSources: [make.cidr("10.9.0.0/16")] }),
    ),
  );
  expect(engine.nodeIr("n1").workloads).toHaveLength(1);
  expect(engine.nodeIr("n2").workloads).toHaveLength(0);
});

describe("the FelixConfiguration in force on a node is what is told", () => {
  const config = (name: string, settings: FelixConfig["settings"], nodeSelector?: Selector) => ({
    ...make.felixConfig(name, settings),
    origin: { file: "felix.yaml", document: 0, path: [], resource: { kind: "FelixConfiguration", name } },
    nodeSelector,
  });
  const racked = make.node("n1", { labels: { rack: "a" }, bgp: make.speaker("172.16.0.1/24") });
  const rack = make.selector("rack == 'a'");

  test.each(["wireguardEnabled", "wireguardEnabled6"] as const)("of %s", (setting) => {
    const on = { [setting]: true };
    const engine = engineOf(
      ...[racked, make.node("n2"), make.node("n3")],
      ...[config("default", on), config("in-rack", on, rack), config("node.n2", on)],
    );
    const names = ["n1", "n2", "n3"].map((node) =>
      engine
        .nodeIr(node)
        .routing.problems.map(({ reason }) => "origin" in reason && reason.origin?.resource?.name),
    );
    expect(names).toEqual([["in-rack"], ["node.n2"], ["default"]]);
  });

  test("of programClusterRoutes", () => {
    const bag = new DiagnosticBag();
    const pool = make.pool("p", "10.0.0.0/16", { ipipMode: "Always" });
    engineOf(racked, pool, config("in-rack", { programClusterRoutes: "Disabled" }, rack)).diagnostics(
      bag.report,
    );
    const found = bag.diagnostics({ locate: () => undefined, lineText: () => undefined });
    expect(found).toMatchObject([{ code: "bgp/cluster-routes-by-nobody", resource: { name: "in-rack" } }]);
  });
});

test("a label named like a property of every object is only a label", () => {
  const labels = JSON.parse('{"__proto__": "x", "constructor": "y"}') as Record<string, string>;
  const ir = engineOf(
    make.policy("p", { selector: make.selector("has(constructor) && !has(toString)") }),
    make.pod("n1", "shop/a", { labels }),
    make.pod("n1", "shop/b", { labels: {} }),
  ).nodeIr("n1");
  expect(ir.workloads.map(({ policies }) => policies.ingress.length)).toEqual([1, 0]);
});

test("node names are sorted, and those of endpoints alone are none", () => {
  const engine = engineOf(make.node("b"), make.node("a"), make.pod("ghost", "shop/a"));
  expect(engine.nodeNames()).toEqual(["a", "b"]);
});

describe("diagnostics", () => {
  function codes(engine: Engine): readonly string[] {
    const bag = new DiagnosticBag();
    engine.diagnostics(bag.report);
    return bag
      .diagnostics({ locate: () => undefined, lineText: () => undefined })
      .map(({ code, message }) => `${code}: ${message}`);
  }

  test("tell of endpoints that are not served, and why", () => {
    const untracked = make.policy("notrack", { doNotTrack: true });
    const found = codes(
      engineOf(
        make.node("n1"),
        untracked,
        make.pod("n1", "shop/a", { interfaceName: "cali1" }),
        make.pod("n1", "shop/b", { interfaceName: "cali1" }),
        make.pod("n1", "shop/c", { allowedSpoofSources: [make.cidr("10.9.0.0/16")] }),
        make.pod("ghost", "shop/d"),
        make.hostEndpoint("n1", "h1"),
        make.hostEndpoint("n1", "h2"),
        make.hostEndpoint("n1", "h3", { interfaceName: "", expectedIps: [make.ip("192.0.2.1")] }),
        make.hostEndpoint("n1", "h4", { interfaceName: "*" }),
        make.hostEndpoint("n1", "h5", { interfaceName: "cali7" }),
      ),
    );
    expect(found.map((text) => text.split(":")[0])).toEqual([
      "engine/host-endpoint-unresolved",
      "engine/host-endpoint-unresolved",
      "engine/shadowed-host-endpoint",
      "engine/shadowed-workload",
      "engine/spoofing-disabled",
      "engine/unknown-node",
      "engine/untracked-wildcard",
    ]);
    expect(found[3]).toContain("Interface cali1 of node n1 belongs to shop/a");
    expect(found[6]).toMatch(/ no effect there: GlobalNetworkPolicy notrack\.$/);
  });

  test("are of the current state only", () => {
    const shadowed = make.pod("n1", "shop/b", { interfaceName: "cali1" });
    const engine = engineOf(make.node("n1"), make.pod("n1", "shop/a", { interfaceName: "cali1" }), shadowed);
    expect(codes(engine)).toHaveLength(1);
    expect(codes(engine)).toHaveLength(1);
    engine.update([make.remove(shadowed)]);
    expect(codes(engine)).toEqual([]);
  });
});
