import { describe, expect, test } from "vitest";
import type { RoutingOptions } from "../../engine/routing/context.ts";
import { block, cidr, endpoint, ip, node, pool, resolveFor, withIpip } from "../../engine/routing/testing.ts";
import type { ModelObject } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import { printRouting } from "./print.ts";
import { emit, linesOf } from "./testing.ts";

/** The lines that n1 gets, by file. */
function compile(
  objects: readonly ModelObject[],
  settings: Partial<FelixSettings> = {},
  options: RoutingOptions = {},
): (path: string) => readonly string[] {
  const artifacts = printRouting(emit(resolveFor("n1", objects, settings, options)).state, "n1");
  return (path) => linesOf(artifacts, path);
}

function routes(...args: Parameters<typeof compile>): readonly string[] {
  return compile(...args)("ip.batch").filter((line) => line.startsWith("route "));
}

const N1 = node("n1", ["10.0.0.1/24", "fd0a::1/64"], {
  vxlanTunnelAddress4: ip("192.168.1.0"),
  vxlanTunnelAddress6: ip("fd00:1::"),
});
/** In the subnet of n1. */
const N2 = node("n2", ["10.0.0.2/24", "fd0a::2/64"], {
  vxlanTunnelAddress4: ip("192.168.2.0"),
  vxlanTunnelAddress6: ip("fd00:2::"),
});
/** In another subnet. */
const N3 = node("n3", ["10.9.0.3/24", "fd0b::3/64"], {
  vxlanTunnelAddress4: ip("192.168.3.0"),
  vxlanTunnelAddress6: ip("fd00:3::"),
});
const BLOCKS = [
  block("192.168.1.0/26", "n1"),
  block("192.168.2.0/26", "n2"),
  block("192.168.3.0/26", "n3"),
  block("fd00:1::/122", "n1"),
  block("fd00:2::/122", "n2"),
  block("fd00:3::/122", "n3"),
];
const NODES = [N1, N2, N3];
const pools = (fields: Parameters<typeof pool>[2]): readonly ModelObject[] => [
  pool("v4", "192.168.0.0/16", fields),
  pool("v6", "fd00::/16", { ...fields, ipipMode: "Never" }),
];

describe("route matrix", () => {
  test("local workloads", () => {
    expect(routes([N1, endpoint("n1", "a", ["192.168.1.5", "fd00:1::5"])])).toEqual([
      "route replace 192.168.1.5/32 dev calia scope link metric 1024",
      "route replace fd00:1::5/128 dev calia",
    ]);
  });

  test("VXLAN Always", () => {
    expect(routes([...NODES, ...BLOCKS, ...pools({ vxlanMode: "Always" })], {}, { hostMtu: 1500 })).toEqual([
      "route replace 192.168.2.0/26 via 192.168.2.0 dev vxlan.calico onlink mtu 1450",
      "route replace 192.168.3.0/26 via 192.168.3.0 dev vxlan.calico onlink mtu 1450",
      "route replace blackhole 192.168.1.0/26 proto 80",
      "route replace fd00:2::/122 via fd00:2:: dev vxlan-v6.calico onlink mtu 1430",
      "route replace fd00:3::/122 via fd00:3:: dev vxlan-v6.calico onlink mtu 1430",
      "route replace blackhole fd00:1::/122 proto 80",
    ]);
  });

  test("VXLAN CrossSubnet: direct in the own subnet", () => {
    expect(routes([...NODES, ...BLOCKS, ...pools({ vxlanMode: "CrossSubnet" })])).toEqual([
      "route replace 192.168.2.0/26 via 10.0.0.2 dev eth0 onlink proto 80",
      "route replace 192.168.3.0/26 via 192.168.3.0 dev vxlan.calico onlink",
      "route replace blackhole 192.168.1.0/26 proto 80",
      "route replace fd00:2::/122 via fd0a::2 dev eth0 onlink proto 80",
      "route replace fd00:3::/122 via fd00:3:: dev vxlan-v6.calico onlink",
      "route replace blackhole fd00:1::/122 proto 80",
    ]);
  });

  test("VXLAN CrossSubnet: a bare node address has no subnet", () => {
    const bare = node("n1", ["10.0.0.1"], { vxlanTunnelAddress4: ip("192.168.1.0") });
    expect(
      routes([
        bare,
        N2,
        block("192.168.2.0/26", "n2"),
        pool("p", "192.168.0.0/16", { vxlanMode: "CrossSubnet" }),
      ]),
    ).toEqual(["route replace 192.168.2.0/26 via 192.168.2.0 dev vxlan.calico onlink"]);
  });

  test("IPIP Always and CrossSubnet", () => {
    const nodes = [withIpip(N1, "192.168.1.1"), withIpip(N2, "192.168.2.1"), withIpip(N3, "192.168.3.1")];
    const at = (ipipMode: "Always" | "CrossSubnet"): readonly string[] =>
      routes([...nodes, ...BLOCKS, pool("v4", "192.168.0.0/16", { ipipMode })], { ipipMtu: 1400 });
    expect(at("Always")).toEqual([
      "route replace 192.168.2.0/26 via 10.0.0.2 dev tunl0 onlink mtu 1400 proto 80",
      "route replace 192.168.3.0/26 via 10.9.0.3 dev tunl0 onlink mtu 1400 proto 80",
      "route replace blackhole 192.168.1.0/26 proto 80",
    ]);
    expect(at("CrossSubnet")[0]).toBe("route replace 192.168.2.0/26 via 10.0.0.2 dev eth0 onlink proto 80");
  });

  test("no encapsulation, where it is ours", () => {
    expect(
      routes([...NODES, ...BLOCKS, ...pools({})], { programClusterRoutes: "EnabledNoEncapOnly" }),
    ).toEqual([
      "route replace 192.168.2.0/26 via 10.0.0.2 dev eth0 onlink proto 80",
      "route replace 192.168.3.0/26 via 10.9.0.3 dev eth0 onlink proto 80",
      "route replace blackhole 192.168.1.0/26 proto 80",
      "route replace fd00:2::/122 via fd0a::2 dev eth0 onlink proto 80",
      "route replace fd00:3::/122 via fd0b::3 dev eth0 onlink proto 80",
      "route replace blackhole fd00:1::/122 proto 80",
    ]);
  });

  test("without a known interface, the kernel finds the way to a gateway in the own subnet", () => {
    const unknown = node("n1", ["10.0.0.1/24"], { interfaces: [], vxlanTunnelAddress4: ip("192.168.1.0") });
    const cluster = [unknown, N2, block("192.168.2.0/26", "n2")];
    expect(routes([...cluster, pool("p", "192.168.0.0/16", { vxlanMode: "CrossSubnet" })])).toEqual([
      "route replace 192.168.2.0/26 via 10.0.0.2 proto 80",
    ]);
  });

  test("single-address blocks and borrowed addresses that are tunnel ends are on the device", () => {
    const remote = node("n2", ["10.0.0.2/24"], { vxlanTunnelAddress4: ip("192.168.9.9") });
    const vxlan = pool("p", "192.168.0.0/16", { vxlanMode: "Always" });
    const line = "route replace 192.168.9.9/32 dev vxlan.calico scope link";
    expect(routes([N1, remote, vxlan, block("192.168.9.9/32", "n2")])).toEqual([line]);
    expect(routes([N1, remote, vxlan, block("192.168.9.0/26", "n1", { "192.168.9.9": "n2" })])).toEqual([
      line,
      "route replace blackhole 192.168.9.0/26 proto 80",
    ]);
  });

  test("borrowed addresses go to the borrower", () => {
    const cluster = [
      ...NODES,
      pool("p", "192.168.0.0/16", { vxlanMode: "Always" }),
      block("192.168.1.0/26", "n1", { "192.168.1.7": "n2" }),
      block("192.168.2.0/26", "n2", { "192.168.2.7": "n3" }),
      block("192.168.3.0/26", "n3", { "192.168.3.7": "n1" }),
    ];
    expect(routes([...cluster, endpoint("n1", "a", ["192.168.3.7"])])).toEqual([
      "route replace 192.168.3.7/32 dev calia scope link metric 1024",
      "route replace 192.168.1.7/32 via 192.168.2.0 dev vxlan.calico onlink",
      "route replace 192.168.2.0/26 via 192.168.2.0 dev vxlan.calico onlink",
      "route replace 192.168.2.7/32 via 192.168.3.0 dev vxlan.calico onlink",
      "route replace 192.168.3.0/26 via 192.168.3.0 dev vxlan.calico onlink",
      "route replace blackhole 192.168.1.0/26 proto 80",
    ]);
  });

  test("nested pools: the narrower one says how", () => {
    expect(
      routes([
        ...NODES,
        pool("wide", "192.168.0.0/16", { vxlanMode: "Always" }),
        pool("narrow", "192.168.3.0/24", { vxlanMode: "CrossSubnet" }),
        pool("plain", "192.168.2.0/24"),
        block("192.168.2.0/26", "n2"),
        block("192.168.3.0/26", "n3"),
        block("192.168.4.0/26", "n2"),
      ]),
    ).toEqual([
      "route replace 192.168.3.0/26 via 192.168.3.0 dev vxlan.calico onlink",
      "route replace 192.168.4.0/26 via 192.168.2.0 dev vxlan.calico onlink",
    ]);
  });

  test("WireGuard: peers in the table, exceptions thrown back", () => {
    const keyed = (base: typeof N1, address: string, key: string | undefined) => ({
      ...base,
      wireguard: { address4: ip(address), address6: undefined, publicKey4: key, publicKey6: undefined },
    });
    const KEY = `${"A".repeat(43)}=`;
    const cluster = [
      keyed(N1, "192.168.1.2", undefined),
      keyed(N2, "192.168.2.2", KEY),
      keyed(N3, "192.168.3.2", undefined),
      ...BLOCKS.slice(0, 3),
      pool("p", "192.168.0.0/16"),
    ];
    const file = compile(cluster, { wireguardEnabled: true, wireguardMtu: 1400 });
    expect(file("ip.batch")).toEqual([
      "link add wireguard.cali type wireguard",
      "link set wireguard.cali mtu 1400 up",
      "addr replace 192.168.1.2/32 dev wireguard.cali",
      "route replace throw 192.168.1.0/26 table 1",
      "rule add priority 99 not fwmark 0x200000/0x200000 lookup 1",
      "route replace 192.168.2.0/26 dev wireguard.cali scope link table 1",
      "route replace 192.168.2.0/32 dev wireguard.cali scope link table 1",
      "route replace 192.168.2.2/32 dev wireguard.cali scope link table 1",
      "route replace throw 192.168.3.0/26 table 1",
      "route replace throw 192.168.3.0/32 table 1",
      "route replace throw 192.168.3.2/32 table 1",
    ]);
    expect(file("wireguard/wireguard.cali.conf")).toEqual([
      "[Interface]",
      "ListenPort = 51820",
      "FwMark = 0x200000",
      "[Peer]",
      `PublicKey = ${KEY}`,
      "Endpoint = 10.0.0.2:51820",
      "AllowedIPs = 192.168.2.0/26",
      "AllowedIPs = 192.168.2.0/32",
      "AllowedIPs = 192.168.2.2/32",
    ]);
    const encrypted = compile(cluster, { wireguardEnabled: true, wireguardHostEncryption: true });
    expect(encrypted("ip.batch")).toContain(
      "route replace 10.0.0.2/32 dev wireguard.cali scope link table 1",
    );
    expect(encrypted("sysctl.conf")).toContain("net.ipv4.conf.all.src_valid_mark = 1");
  });

  test("WireGuard over IPv6: its rule is in the file for `ip -6`", () => {
    const file = compile([N1, N2, ...BLOCKS, pool("p", "fd00::/16")], { wireguardEnabled6: true });
    expect(file("ip6.batch")).toEqual(["rule add priority 99 not fwmark 0x200000/0x200000 lookup 1"]);
    expect(file("ip.batch")).toContain("link add wg-v6.cali type wireguard");
    expect(file("ip.batch").filter((line) => line.startsWith("rule"))).toEqual([]);
  });

  test("floating addresses, where they are enabled or OpenStack's", () => {
    const floatingIps = [{ internal: ip("192.168.1.5"), external: ip("172.16.0.5") }];
    const floating = endpoint("n1", "a", ["192.168.1.5"], { floatingIps });
    const external = "route replace 172.16.0.5/32 dev calia scope link metric 1024";
    expect(routes([N1, floating])).not.toContain(external);
    expect(routes([N1, floating], { floatingIps: true })).toContain(external);
    expect(routes([N1, { ...floating, orchestrator: "openstack" }])).toContain(external);
  });

  test("routeSource WorkloadIPs: an address each, no blocks, no blackholes", () => {
    const cluster = [
      ...NODES,
      ...BLOCKS,
      ...pools({ vxlanMode: "Always" }),
      endpoint("n2", "b", ["192.168.2.7"]),
    ];
    expect(
      routes([...cluster, endpoint("n1", "a", ["192.168.1.5"])], { routeSource: "WorkloadIPs" }),
    ).toEqual([
      "route replace 192.168.1.5/32 dev calia scope link metric 1024",
      "route replace 192.168.2.7/32 via 192.168.2.0 dev vxlan.calico onlink",
    ]);
  });
});

describe("who programs what", () => {
  const cluster = [
    ...NODES,
    pool("vxlan", "172.16.1.0/24", { vxlanMode: "Always" }),
    pool("ipip", "172.16.2.0/24", { ipipMode: "Always" }),
    pool("plain", "172.16.3.0/24"),
    block("172.16.1.0/26", "n2"),
    block("172.16.2.0/26", "n2"),
    block("172.16.3.0/26", "n2"),
  ];
  test.each([
    ["Enabled", ["172.16.1.0/26", "172.16.2.0/26", "172.16.3.0/26"]],
    ["EnabledIPIPOnly", ["172.16.1.0/26", "172.16.2.0/26"]],
    ["EnabledNoEncapOnly", ["172.16.1.0/26", "172.16.3.0/26"]],
    ["Disabled", ["172.16.1.0/26"]],
  ] as const)("programClusterRoutes: %s", (programClusterRoutes, expected) => {
    expect(
      routes(cluster, { programClusterRoutes })
        .map((line) => line.split(" ")[2])
        .toSorted(),
    ).toEqual(expected);
  });

  test("tunl0 is configured even where BIRD would route", () => {
    const file = compile([withIpip(N1, "172.16.2.99"), ...cluster.slice(1)], {
      programClusterRoutes: "Disabled",
    });
    expect(file("ip.batch")).toContain("link set tunl0 up");
    expect(file("ip.batch")).toContain("addr replace 172.16.2.99/32 dev tunl0");
  });

  test("another route protocol of the user is that of every route", () => {
    for (const line of routes([...cluster, endpoint("n1", "a", ["192.168.9.9"])], {
      deviceRouteProtocol: 200,
    }))
      expect(line).toContain("proto 200");
  });

  test("a source address of the user is in every route but blackholes", () => {
    const settings = { deviceRouteSource4: ip("10.0.0.1") };
    expect(
      routes([...NODES, block("172.16.1.0/26", "n1"), block("172.16.1.64/26", "n2"), cluster[3]!], settings),
    ).toEqual([
      "route replace 172.16.1.64/26 via 192.168.2.0 dev vxlan.calico onlink src 10.0.0.1",
      "route replace blackhole 172.16.1.0/26 proto 80",
    ]);
  });

  test("route priorities", () => {
    const settings = { normalRoutePriority4: 500, normalRoutePriority6: 600 };
    expect(routes([N1, endpoint("n1", "a", ["192.168.1.5", "fd00:1::5"])], settings)).toEqual([
      "route replace 192.168.1.5/32 dev calia scope link metric 500",
      "route replace fd00:1::5/128 dev calia metric 600",
    ]);
  });

  test("routeSyncDisabled: no routes, but devices", () => {
    const file = compile(cluster, { routeSyncDisabled: true });
    expect(file("ip.batch").filter((line) => line.startsWith("route"))).toEqual([]);
    expect(file("ip.batch").filter((line) => line.startsWith("link add"))).toHaveLength(1);
  });

  test("ipv6Support off: nothing of IPv6 but the guard against router advertisements", () => {
    const file = compile(
      [
        ...NODES,
        ...BLOCKS,
        ...pools({ vxlanMode: "Always" }),
        endpoint("n1", "a", ["192.168.1.5", "fd00:1::5"]),
      ],
      { ipv6Support: false },
    );
    expect([...file("ip.batch"), ...file("bridge.batch")].filter((line) => /fd0[0ab]:/.test(line))).toEqual(
      [],
    );
    expect(file("sysctl.conf").filter((line) => line.includes("ipv6"))).toEqual([
      "-net.ipv6.conf.calia.accept_ra = 0",
    ]);
  });
});

describe("devices and their surroundings", () => {
  test("VXLAN: device, address, neighbours and forwarding entries", () => {
    const file = compile([N1, N2, pool("p", "192.168.0.0/16", { vxlanMode: "Always" })]);
    expect(file("ip.batch")).toEqual([
      "link add vxlan.calico type vxlan id 4096 dev eth0 local 10.0.0.1 dstport 4789 nolearning",
      "link set vxlan.calico address 66:40:b3:ea:b6:3f up",
      "addr replace 192.168.1.0/32 dev vxlan.calico",
      "neigh replace 192.168.2.0 lladdr 66:40:24:34:76:fc dev vxlan.calico nud permanent",
    ]);
    expect(file("bridge.batch")).toEqual([
      "fdb replace 66:40:24:34:76:fc dev vxlan.calico dst 10.0.0.2 self permanent",
    ]);
  });

  test("VXLAN by an unknown interface is bound to none, with an MTU that is sure to fit", () => {
    const unknown = { ...N1, interfaces: [] };
    expect(
      compile([unknown, pool("p", "192.168.0.0/16", { vxlanMode: "Always" })])("ip.batch").slice(0, 2),
    ).toEqual([
      "link add vxlan.calico type vxlan id 4096 local 10.0.0.1 dstport 4789 nolearning",
      "link set vxlan.calico address 66:40:b3:ea:b6:3f mtu 1410 up",
    ]);
  });

  test("workloads: neighbour and the proxy-ARP scheme", () => {
    const file = compile([N1, endpoint("n1", "a", ["192.168.1.5"], { mac: "EE:EE:EE:EE:EE:01" })]);
    expect(file("ip.batch")).toContain(
      "neigh replace 192.168.1.5 lladdr ee:ee:ee:ee:ee:01 dev calia nud permanent",
    );
    expect(file("sysctl.conf")).toEqual([
      "-net.netfilter.nf_conntrack_acct = 1",
      "net.ipv4.ip_forward = 1",
      "net.ipv6.conf.all.forwarding = 1",
      "net.ipv4.conf.calia.forwarding = 1",
      "net.ipv4.conf.calia.proxy_arp = 1",
      "net.ipv4.conf.calia.route_localnet = 1",
      "net.ipv4.conf.calia.rp_filter = 1",
      "-net.ipv4.neigh.calia.proxy_delay = 0",
      "net.ipv6.conf.calia.accept_ra = 0",
      "net.ipv6.conf.calia.forwarding = 1",
      "net.ipv6.conf.calia.proxy_ndp = 1",
    ]);
  });

  test("workloads that may spoof are not filtered by reverse path; the host's default is taken over", () => {
    const spoofs = endpoint("n1", "a", ["192.168.1.5"], { allowedSpoofSources: [cidr("10.7.0.0/16")] });
    const rpFilter = (settings: Partial<FelixSettings>, options: RoutingOptions): string | undefined =>
      compile([N1, spoofs], settings, options)("sysctl.conf").find((line) => line.includes("rp_filter"));
    expect(rpFilter({ workloadSourceSpoofing: "Any" }, {})).toBe("net.ipv4.conf.calia.rp_filter = 0");
    expect(rpFilter({}, {})).toBe("net.ipv4.conf.calia.rp_filter = 1");
    expect(rpFilter({}, { rpFilter: 2 })).toBe("net.ipv4.conf.calia.rp_filter = 2");
  });

  test("an interface with a dot in its name", () => {
    const file = compile([N1, endpoint("n1", "a", ["192.168.1.5"], { interfaceName: "cali.5" })]);
    expect(file("sysctl.conf")).toContain("net/ipv4/conf/cali.5/proxy_arp = 1");
  });
});
