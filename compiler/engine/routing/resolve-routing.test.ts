import { describe, expect, test } from "vitest";
import type { BgpConfig, BgpPeer } from "../../ir/bgp-model.ts";
import { DEFAULT_FELIX_SETTINGS } from "../../ir/felix-config.ts";
import type { RoutingIr } from "../../ir/routing-ir.ts";
import { formatIp } from "../../net/ip.ts";
import { resolveEncapsulation } from "./encapsulation.ts";
import { podMtu } from "./mtu.ts";
import { nodeIp } from "./node-addresses.ts";
import { block, endpoint, ip, node, ORIGIN, pool, resolveFor } from "./testing.ts";
import { vxlanMac } from "./vteps.ts";
import { wireguardMark } from "./wireguard.ts";

const resolve = (...args: RestOf<typeof resolveFor>): RoutingIr => resolveFor("n1", ...args);

type RestOf<F> = F extends (first: never, ...rest: infer R) => unknown ? R : never;

describe("VXLAN MAC", () => {
  test("is made from the node's name (vectors of Calico)", () => {
    expect(vxlanMac(node("kube-master", []), 4)).toBe("66:f5:05:4e:7b:4e");
    expect(vxlanMac(node("kube-master", []), 6)).toBe("66:1f:3d:f8:f2:e6");
  });

  test("can be set in the Node resource", () => {
    const configured = node("n", [], { vxlanTunnelMac4: "66:AA:bb:cc:dd:ee", vxlanTunnelMac6: undefined });
    expect(vxlanMac(configured, 4)).toBe("66:aa:bb:cc:dd:ee");
  });
});

describe("node address", () => {
  const addresses = [
    { ip: ip("1.1.1.1"), type: "ExternalIP" },
    { ip: ip("10.0.0.1"), type: "InternalIP" },
    { ip: ip("10.0.0.2"), type: "InternalIP" },
  ];

  test("is the BGP address; of a node without any the first internal one; then an external one", () => {
    const text = (made: ReturnType<typeof node>): string | undefined => {
      const found = nodeIp(made, 4);
      return found && formatIp(found);
    };
    expect(text(node("n", ["10.9.9.9/24"], { addresses }))).toBe("10.9.9.9");
    expect(text(node("n", [], { bgp: undefined, addresses }))).toBe("10.0.0.1");
    expect(text(node("n", [], { bgp: undefined, addresses: addresses.slice(0, 1) }))).toBe("1.1.1.1");
    expect(text(node("n", [], { addresses }))).toBe("10.0.0.1");
    expect(text(node("n", ["fd00::1/64"], { addresses }))).toBeUndefined();
  });
});

describe("encapsulation", () => {
  const vxlan = pool("v", "10.1.0.0/16", { vxlanMode: "CrossSubnet" });
  const vxlan6 = pool("v6", "fd00::/64", { vxlanMode: "Always" });
  const ipip = pool("i", "10.2.0.0/16", { ipipMode: "Always", disabled: true });

  test("follows the pools, disabled ones too", () => {
    expect(resolveEncapsulation([vxlan, ipip], DEFAULT_FELIX_SETTINGS)).toMatchObject({
      ipip: true,
      vxlan4: true,
      vxlan6: false,
    });
    expect(resolveEncapsulation([vxlan6], DEFAULT_FELIX_SETTINGS)).toMatchObject({
      ipip: false,
      vxlan4: false,
      vxlan6: true,
    });
  });

  test("a setting overrides the pools, but not those that ask for VXLAN over IPv6", () => {
    const on = { ...DEFAULT_FELIX_SETTINGS, vxlanEnabled: true, ipipEnabled: true };
    const off = { ...DEFAULT_FELIX_SETTINGS, vxlanEnabled: false, ipipEnabled: false };
    expect(resolveEncapsulation([], on)).toMatchObject({ ipip: true, vxlan4: true, vxlan6: false });
    expect(resolveEncapsulation([vxlan, vxlan6, ipip], off)).toMatchObject({
      ipip: false,
      vxlan4: false,
      vxlan6: true,
    });
  });

  test("a pool for load balancers asks for none", () => {
    const lb = pool("lb", "10.3.0.0/16", { vxlanMode: "Always", allowedUses: ["LoadBalancer"] });
    expect(resolveEncapsulation([lb], DEFAULT_FELIX_SETTINGS).vxlan4).toBe(false);
  });
});

describe("MTU of pods", () => {
  const none = { ipip: false, vxlan4: false, vxlan6: false, wireguard4: false, wireguard6: false };

  test("is the smallest of the enabled tunnels, or the host's", () => {
    expect(podMtu(none, DEFAULT_FELIX_SETTINGS, 1500)).toBe(1500);
    expect(podMtu({ ...none, ipip: true }, DEFAULT_FELIX_SETTINGS, 1500)).toBe(1480);
    expect(podMtu({ ...none, vxlan4: true, vxlan6: true }, DEFAULT_FELIX_SETTINGS, 1500)).toBe(1430);
    expect(podMtu({ ...none, wireguard4: true }, DEFAULT_FELIX_SETTINGS, 1500)).toBe(1440);
    expect(podMtu({ ...none, wireguard6: true }, DEFAULT_FELIX_SETTINGS, 1500)).toBe(1420);
    expect(podMtu({ ...none, vxlan4: true }, { ...DEFAULT_FELIX_SETTINGS, vxlanMtu: 8950 }, undefined)).toBe(
      8950,
    );
  });

  test("is unknown where one of them follows a host that is unknown", () => {
    const both = { ...none, vxlan4: true, ipip: true };
    expect(podMtu(both, { ...DEFAULT_FELIX_SETTINGS, vxlanMtu: 8950 }, undefined)).toBeUndefined();
    expect(podMtu(none, DEFAULT_FELIX_SETTINGS, undefined)).toBeUndefined();
  });
});

describe("WireGuard's mark", () => {
  test("is the sixth bit of the mask", () => {
    expect(wireguardMark(DEFAULT_FELIX_SETTINGS)).toBe(0x200000);
    expect(wireguardMark({ ...DEFAULT_FELIX_SETTINGS, markMask: 0xff })).toBe(0x20);
    expect(wireguardMark({ ...DEFAULT_FELIX_SETTINGS, markMask: 0xf0000000 })).toBeUndefined();
  });
});

describe("problems", () => {
  const vxlan = pool("p", "192.168.0.0/16", { vxlanMode: "Always" });

  test("a node without an outer or inner address has no VXLAN device, and says why", () => {
    const remote = node("n2", ["10.0.0.2/24"], { vxlanTunnelAddress4: ip("192.168.2.0") });
    const outer = resolve([vxlan, block("192.168.2.0/26", "n2"), remote, node("n1", [])]);
    const inner = resolve([vxlan, block("192.168.2.0/26", "n2"), remote, node("n1", ["10.0.0.1/24"])]);
    expect(outer.problems).toMatchObject([{ kind: "no-node-address", version: 4 }]);
    expect(inner.problems).toMatchObject([
      { kind: "no-tunnel-address", version: 4, reason: { tunnel: "VXLAN" } },
    ]);
    for (const ir of [outer, inner]) expect([ir.links, ir.fdb, ir.routes]).toEqual([[], [], []]);
  });

  test("a direct route to a gateway elsewhere, by an unknown interface, is left out once and reported once", () => {
    const ir = resolve(
      [
        pool("p", "192.168.0.0/16"),
        block("192.168.2.0/26", "n2"),
        block("192.168.2.64/26", "n2"),
        node("n1", ["10.0.0.1"], { interfaces: [] }),
        node("n2", ["10.0.0.2/24"]),
      ],
      { programClusterRoutes: "Enabled" },
    );
    expect(ir.routes).toEqual([]);
    expect(ir.problems).toMatchObject([{ kind: "no-parent-interface", gateway: ip("10.0.0.2") }]);
  });

  test("a WireGuard peer without a BGP address of the IP version is reached at its listed address", () => {
    const remote = node("n2", ["fd00::2/64"], {
      addresses: [{ ip: ip("10.0.0.2"), type: "InternalIP" }],
      wireguard: { address4: undefined, address6: undefined, publicKey4: "key", publicKey6: undefined },
    });
    const ir = resolve(
      [
        pool("p", "192.168.0.0/16"),
        block("192.168.2.0/26", "n2"),
        remote,
        node("n1", ["10.0.0.1/24"], {
          wireguard: { address4: undefined, address6: undefined, publicKey4: "own", publicKey6: undefined },
        }),
      ],
      { wireguardEnabled: true },
    );
    expect(ir.wireguardPeers).toMatchObject([{ publicKey: "key", endpoint: ip("10.0.0.2") }]);
  });

  test("nodes that share a WireGuard key get exceptions instead of peers", () => {
    const wireguard = { address4: undefined, address6: undefined, publicKey4: "same", publicKey6: undefined };
    const ir = resolve(
      [
        pool("p", "192.168.0.0/16"),
        block("192.168.2.0/26", "n2"),
        node("n1", ["10.0.0.1/24"]),
        node("n3", ["10.0.0.3/24"], { wireguard }),
        node("n2", ["10.0.0.2/24"], { wireguard }),
      ],
      { wireguardEnabled: true },
    );
    expect(ir.wireguardPeers).toEqual([]);
    expect(ir.routes.map(({ target }) => target.kind)).toEqual(["throw"]);
    expect(ir.problems).toMatchObject([
      { kind: "no-tunnel-address" },
      { kind: "shared-wireguard-key", nodes: ["n2", "n3"] },
    ]);
  });
});

describe("workloads that peer over BGP", () => {
  const peer = {
    kind: "bgp-peer",
    key: "tor",
    name: "tor",
    origin: ORIGIN,
    source: "policy",
    node: undefined,
    nodeSelector: undefined,
    localWorkloadSelector: {
      canonical: 'role == "router"',
      root: { kind: "eq", label: "role", value: "router" },
    },
  } as unknown as BgpPeer;
  const config = {
    kind: "bgp-config",
    key: "default",
    localWorkloadPeeringIp4: ip("169.254.1.1"),
    localWorkloadPeeringIp6: ip("fe80::1"),
  } as unknown as BgpConfig;

  test("get the peering addresses on their interface, and keep BIRD's routes there", () => {
    const ir = resolve([
      peer,
      config,
      node("n1", ["10.0.0.1/24"]),
      endpoint("n1", "router", ["192.168.1.1"], { labels: { role: "router" } }),
      endpoint("n1", "web", ["192.168.1.2"]),
    ]);
    expect(ir.addresses.map((a) => [a.dev, formatIp(a.ip), a.length, a.scope])).toEqual([
      ["calirouter", "169.254.1.1", 32, "link"],
      ["calirouter", "fe80::1", 128, "link"],
    ]);
    expect(ir.ownership.bgpPeerInterfaces).toEqual(["calirouter"]);
  });

  test("only on the nodes of the peer", () => {
    const elsewhere = { ...peer, node: "n2" };
    const ir = resolve([
      elsewhere,
      config,
      node("n1", ["10.0.0.1/24"]),
      endpoint("n1", "router", ["192.168.1.1"], { labels: { role: "router" } }),
    ]);
    expect(ir.addresses).toEqual([]);
  });

  test("inherited labels count", () => {
    const ir = resolve([
      peer,
      config,
      node("n1", ["10.0.0.1/24"]),
      {
        kind: "profile",
        key: "kns.shop",
        name: "kns.shop",
        origin: ORIGIN,
        source: "policy",
        labelsToApply: { role: "router" },
        ingress: [],
        egress: [],
      },
      endpoint("n1", "a", ["192.168.1.1"], { profiles: ["kns.shop"] }),
      endpoint("n1", "b", ["192.168.1.2"], { profiles: ["kns.shop"], labels: { role: "web" } }),
    ]);
    expect(ir.ownership.bgpPeerInterfaces).toEqual(["calia"]);
  });
});

test("two nodes that claim one tunnel address: the first by name has it, in any order of the objects", () => {
  const objects = [
    pool("p", "192.168.0.0/16", { vxlanMode: "Always" }),
    node("n1", ["10.0.0.1/24"], { vxlanTunnelAddress4: ip("192.168.1.0") }),
    node("n3", ["10.0.0.3/24"], { vxlanTunnelAddress4: ip("192.168.2.0") }),
    node("n2", ["10.0.0.2/24"], { vxlanTunnelAddress4: ip("192.168.2.0") }),
  ];
  const forth = resolve(objects);
  expect(forth.fdb.map(({ destination }) => formatIp(destination))).toEqual(["10.0.0.2"]);
  expect(resolve(objects.toReversed())).toEqual(forth);
});
