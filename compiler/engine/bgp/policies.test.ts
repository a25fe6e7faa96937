import { describe, expect, test } from "vitest";
import type { BgpFamily } from "../../ir/bgp-ir.ts";
import type { BlockAffinity, ModelObject } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import { bgpConfig, bgpPeer, block, cidr, ip, node, pool, service, slice } from "../../ir/testing/objects.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { bgpNode, resolveCluster, speakerOf } from "./testing/cluster.ts";

const NODE = bgpNode("n", "10.0.0.1/24");

function family(
  version: 4 | 6,
  objects: readonly ModelObject[],
  felix: Partial<FelixSettings> = {},
): BgpFamily {
  const found = speakerOf(objects, "n", felix).families.find((candidate) => candidate.version === version);
  if (found === undefined) throw new Error("no such family");
  return found;
}

const nets = (items: readonly { readonly cidr: Parameters<typeof formatCidr>[0] }[]) =>
  items.map((item) => formatCidr(item.cidr));

function affinity(
  net: string,
  state: BlockAffinity["state"],
  given: Partial<BlockAffinity> = {},
): BlockAffinity {
  return {
    kind: "block-affinity",
    key: `n/${net}`,
    origin: NODE.origin,
    source: "inventory",
    cidr: cidr(net),
    node: "n",
    affinityType: "host",
    state,
    ...given,
  };
}

describe("blocks", () => {
  test("by state: confirmed ones are held back inside, those being given up only announced, pending ones neither", () => {
    const four = family(4, [
      NODE,
      affinity("192.168.9.0/26", "confirmed"),
      affinity("192.168.1.0/26", "pendingDeletion"),
      affinity("192.168.2.0/26", "pending"),
      affinity("10.2.0.1/32", "confirmed"),
      affinity("192.168.3.0/26", "confirmed", { affinityType: "virtual" }),
      affinity("192.168.4.0/26", "confirmed", { node: "other", key: "other/4" }),
      affinity("fd00:1::/122", "confirmed"),
    ]);
    expect(nets(four.statics)).toEqual(["192.168.1.0/26", "192.168.9.0/26"]);
    expect(nets(four.announce.ownBlocks)).toEqual(["10.2.0.1/32", "192.168.9.0/26"]);
  });

  test("a block that names its node counts where no affinity says otherwise", () => {
    const four = family(4, [
      NODE,
      block("192.168.1.0/26", { affinity: "n" }),
      block("192.168.2.0/26", { affinity: "n" }),
      affinity("192.168.2.0/26", "pending"),
    ]);
    expect(nets(four.statics)).toEqual(["192.168.1.0/26"]);
  });

  test("without Calico's IPAM the pod CIDRs take their place", () => {
    const objects = [{ ...NODE, podCidrs: [cidr("10.244.1.0/24")] }, affinity("192.168.9.0/26", "confirmed")];
    expect(nets(family(4, objects, { routeSource: "WorkloadIPs" }).statics)).toEqual(["10.244.1.0/24"]);
    expect(nets(family(4, objects).statics)).toEqual(["192.168.9.0/26"]);
  });
});

describe("pools", () => {
  const pools = [
    pool("wide", "10.0.0.0/8"),
    pool("inner", "10.16.0.0/16", { vxlanMode: "Always" }),
    pool("ipip", "172.16.0.0/16", { ipipMode: "CrossSubnet" }),
    pool("hidden", "172.17.0.0/16", { disableBgpExport: true, disabled: true }),
    pool("six", "fd00::/48"),
  ];

  test("all but the hidden ones are announced", () => {
    const { announce } = family(4, [NODE, ...pools]);
    expect(nets(announce.pools)).toEqual(["10.0.0.0/8", "10.16.0.0/16", "172.16.0.0/16"]);
    expect(nets(announce.suppressedPools)).toEqual(["172.17.0.0/16"]);
    expect(announce.tunnelInterfaces).toEqual(["*.cali", "*.calico", "tunl0"]);
  });

  test("only unencapsulated ones reach the kernel, and the innermost pool decides", () => {
    const owners = (objects: readonly ModelObject[], version: 4 | 6 = 4) =>
      family(version, [NODE, ...pools, ...objects]).install.pools.map(
        ({ pool: name, owner }) => `${name} ${owner}`,
      );
    expect(owners([])).toEqual(["inner routes", "ipip routes", "hidden bgp", "wide bgp"]);
    expect(owners([], 6)).toEqual(["six bgp"]);
    const disabled = bgpConfig("default", { programClusterRoutes: "Disabled" });
    expect(owners([disabled])).toEqual(["inner routes", "ipip routes", "hidden routes", "wide routes"]);
  });

  test.each([
    ["EnabledIPIPOnly", "EnabledNoEncapOnly", []],
    ["Enabled", "Disabled", []],
    ["Enabled", "EnabledNoEncapOnly", ["bgp/cluster-routes-twice"]],
    ["EnabledNoEncapOnly", "EnabledIPIPOnly", ["bgp/ipip-by-bgp", "bgp/cluster-routes-by-nobody"]],
    ["EnabledIPIPOnly", "Disabled", ["bgp/cluster-routes-by-nobody"]],
    ["EnabledIPIPOnly", "Enabled", ["bgp/ipip-by-bgp"]],
    ["Disabled", "Disabled", ["bgp/cluster-routes-by-nobody", "bgp/cluster-routes-by-nobody"]],
    ["Disabled", "Enabled", ["bgp/ipip-by-bgp", "bgp/cluster-routes-by-nobody"]],
  ] as const)("Felix %s, BGP %s", (felix, bgp, codes) => {
    const objects = [NODE, ...pools, bgpConfig("default", { programClusterRoutes: bgp })];
    const { findings } = resolveCluster(objects, { programClusterRoutes: felix });
    expect(findings.map(({ code }) => code)).toEqual(codes);
  });

  test("pools without workloads of that kind need no owner", () => {
    const objects = [
      NODE,
      pool("lb", "10.9.0.0/16", { allowedUses: ["LoadBalancer"] }),
      pool("v", "10.8.0.0/16", { vxlanMode: "Always" }),
    ];
    const { findings } = resolveCluster(objects, { programClusterRoutes: "Disabled" });
    expect(findings).toEqual([]);
  });
});

describe("services", () => {
  const config = (given: Parameters<typeof bgpConfig>[1] = {}) =>
    bgpConfig("default", {
      serviceClusterIps: [cidr("10.101.0.0/16"), cidr("fd00:96::/112")],
      serviceExternalIps: [cidr("45.12.0.0/16"), cidr("5.5.5.5/32")],
      serviceLoadBalancerIps: [cidr("80.15.0.0/24"), cidr("80.20.0.1/32")],
      ...given,
    });
  const local = service("shop", "local", {
    type: "LoadBalancer",
    clusterIps: [ip("10.101.0.7")],
    externalIps: [ip("45.12.0.7"), ip("9.9.9.9")],
    loadBalancerIps: [ip("80.15.0.7")],
    externalTrafficPolicy: "Local",
  });
  const endpoint = (node: string, ready = true) => ({ addresses: [ip("192.168.0.1")], ready, node });
  const endpoints = slice("shop", "local-1", {
    service: "local",
    addressType: "IPv4",
    endpoints: [endpoint("n")],
  });
  const hosts = (objects: readonly ModelObject[]) =>
    family(4, [NODE, ...objects])
      .statics.filter(({ kind }) => kind === "service")
      .map((route) => formatCidr(route.cidr));

  test("ranges: announced, and never installed; single addresses are no ranges", () => {
    const four = family(4, [NODE, config()]);
    expect(nets(four.statics)).toEqual(["10.101.0.0/16", "45.12.0.0/16", "80.15.0.0/24"]);
    expect(nets(four.announce.services)).toEqual(nets(four.statics));
    expect(nets(four.install.serviceRanges)).toEqual(nets(four.statics));
    expect(nets(family(6, [NODE, config()]).statics)).toEqual(["fd00:96::/112"]);
  });

  test("without aggregation load balancer ranges are not announced", () => {
    const four = family(4, [NODE, config({ serviceLoadBalancerAggregation: false })]);
    expect(nets(four.statics)).toEqual(["10.101.0.0/16", "45.12.0.0/16"]);
  });

  test("local traffic policy: by the nodes with a ready endpoint, addresses inside the configured ranges", () => {
    expect(hosts([config(), local, endpoints])).toEqual(["10.101.0.7/32", "45.12.0.7/32", "80.15.0.7/32"]);
    expect(hosts([config(), local, { ...endpoints, endpoints: [endpoint("other")] }])).toEqual([]);
    expect(hosts([config(), local, { ...endpoints, endpoints: [endpoint("n", false)] }])).toEqual([]);
    expect(hosts([config(), local, { ...endpoints, addressType: "IPv6" }])).toEqual([]);
    expect(hosts([config({ serviceClusterIps: [] }), local, endpoints])).toEqual([
      "45.12.0.7/32",
      "80.15.0.7/32",
    ]);
    expect(hosts([local, endpoints])).toEqual([]);
  });

  test("cluster traffic policy: everywhere for single addresses, or without aggregation", () => {
    const spread = { ...local, externalTrafficPolicy: "Cluster" as const };
    expect(hosts([config(), spread, endpoints])).toEqual([]);
    expect(hosts([config({ serviceLoadBalancerAggregation: false }), spread, endpoints])).toHaveLength(3);
    expect(hosts([config({ serviceLoadBalancerAggregation: false }), spread])).toEqual([]);
    expect(hosts([config(), { ...spread, loadBalancerIps: [ip("80.20.0.1")] }])).toContain("80.20.0.1/32");
    expect(hosts([config(), { ...spread, externalIps: [ip("5.5.5.5")] }])).toContain("5.5.5.5/32");
  });

  test("an address that a service asked for is announced once it has got it", () => {
    const asking = { ...local, loadBalancerIps: [], wantedLoadBalancerIp: ip("80.15.0.7") };
    expect(hosts([config(), asking, endpoints])).toEqual(["10.101.0.7/32", "45.12.0.7/32"]);
    // The wish alone counts where single addresses make every node announce the service (confd's routes.go).
    const wish = {
      ...asking,
      externalTrafficPolicy: "Cluster" as const,
      wantedLoadBalancerIp: ip("80.20.0.1"),
    };
    expect(hosts([config(), wish])).toEqual(["10.101.0.7/32", "45.12.0.7/32"]);
  });

  test("headless and external-name services have nothing to announce", () => {
    expect(hosts([config(), { ...local, clusterIps: [] }, endpoints])).toEqual([]);
    expect(hosts([config(), { ...local, type: "ExternalName" }, endpoints])).toEqual([]);
  });

  test("services that share an address share the route", () => {
    const twin = { ...local, name: "twin", key: "shop/twin" };
    const twins = { ...endpoints, name: "twin-1", key: "shop/twin-1", service: "twin" };
    const [first] = family(4, [NODE, config(), twin, local, endpoints, twins]).statics.filter(
      ({ kind }) => kind === "service",
    );
    expect(first).toMatchObject({ services: [{ name: "local" }, { name: "twin" }] });
  });

  test("an excluded node announces none, but keeps the ranges out of its kernel", () => {
    const excluded = {
      ...NODE,
      labels: { "node.kubernetes.io/exclude-from-external-load-balancers": "true" },
    };
    const four = family(4, [excluded, config(), local, endpoints]);
    expect(four.statics).toEqual([]);
    expect(four.announce.services).toEqual([]);
    expect(four.install.serviceRanges).toHaveLength(3);
  });

  test("a route reflector passes on load balancer and external ranges, not cluster ones", () => {
    const reflector = bgpNode("n", "10.0.0.1/24", { cluster: "244.0.0.1" });
    expect(nets(family(4, [reflector, config()]).announce.reflectedServices)).toEqual([
      "5.5.5.5/32",
      "45.12.0.0/16",
      "80.15.0.0/24",
      "80.20.0.1/32",
    ]);
    expect(family(4, [NODE, config()]).announce.reflectedServices).toEqual([]);
  });
});

describe("the rest", () => {
  test("communities: sorted, once; the node's own advertisements replace the cluster's", () => {
    const entry = (net: string, ...values: (readonly [number, number])[]) => ({
      cidr: cidr(net),
      communities: values.map((value) => ({ kind: "standard" as const, value })),
    });
    const cluster = bgpConfig("default", {
      prefixAdvertisements: [entry("10.2.0.0/16"), entry("10.1.0.0/16", [9, 10], [9, 9], [9, 10])],
    });
    const values = (objects: readonly ModelObject[]) =>
      family(4, [NODE, ...objects]).announce.communities.map((item) => [
        formatCidr(item.cidr),
        ...item.communities.map(({ value }) => value.join(":")),
      ]);
    expect(values([cluster])).toEqual([["10.1.0.0/16", "9:9", "9:10"]]);
    const own = bgpConfig("node.n", { prefixAdvertisements: [entry("10.3.0.0/16", [1, 1])] });
    expect(values([cluster, own])).toEqual([["10.3.0.0/16", "1:1"]]);
  });

  test("reachableBy becomes a route to the peer, once per address", () => {
    const via = { reachableBy: ip("10.0.0.254"), asNumber: 65000, peerIp: ip("172.16.0.1") };
    const four = family(4, [NODE, bgpPeer("a", via), bgpPeer("b", { ...via, peerPort: 1790 })]);
    expect(four.statics).toMatchObject([
      { kind: "via", cidr: cidr("172.16.0.1/32"), gateway: ip("10.0.0.254"), peers: ["a", "b"] },
    ]);
  });

  test("nodes that WireGuard reaches are not installed, if this node runs it", () => {
    const wireguard = {
      address4: ip("192.168.200.1"),
      address6: undefined,
      publicKey4: "k",
      publicKey6: undefined,
    };
    const other = { ...bgpNode("m", "10.0.0.2/24"), wireguard };
    const peers = (self: ModelObject) =>
      family(4, [self, other, node("bare", { wireguard })]).install.wireguardPeers.map(formatIp);
    expect(peers({ ...NODE, wireguard })).toEqual(["10.0.0.2"]);
    expect(peers(NODE)).toEqual([]);
  });

  test("log levels, ignored interfaces, priorities, the protocol of static cluster routes", () => {
    const own = bgpConfig("node.n", { logSeverity: "Debug" });
    const cluster = bgpConfig("default", {
      logSeverity: "Info",
      ignoredInterfaces: ["foo*"],
      normalRoutePriority4: 5000,
    });
    expect(speakerOf([NODE, cluster], "n").log).toBe("info");
    expect(speakerOf([NODE, cluster, own], "n")).toMatchObject({ log: "debug", ignoredInterfaces: ["foo*"] });
    expect(speakerOf([NODE], "n").log).toBe("quiet");
    expect(family(4, [NODE, cluster]).normalPriority).toBe(5000);
    expect(family(6, [NODE, cluster]).normalPriority).toBe(1024);
    expect(speakerOf([NODE], "n").clusterRouteProtocol).toBe(80);
    expect(speakerOf([NODE], "n", { deviceRouteProtocol: 99 }).clusterRouteProtocol).toBe(99);
  });
});
