import { describe, expect, test } from "vitest";
import { formatIp } from "../../net/ip.ts";
import { lowered, readResource } from "./testing/read.ts";

const KEY = "wNmT6pC2qAK0b3b5cPcGyjyHzq1tZWlMPKtiQXFmdEo=";
const metadata = { name: "alpha", labels: { rack: "a" } };
const findings = (spec: object) => readResource("Node", { metadata, spec }).findings;

describe("Node", () => {
  test("keeps what routing, tunnels and BGP need", () => {
    const node = lowered("Node", {
      metadata,
      spec: {
        bgp: {
          asNumber: "1.10",
          ipv4Address: "192.168.50.11/24",
          ipv6Address: "2001:db8:50::11/64",
          ipv4IPIPTunnelAddr: "10.80.0.2",
          routeReflectorClusterID: "224.0.0.1",
        },
        ipv4VXLANTunnelAddr: "10.80.0.1",
        vxlanTunnelMACAddr: "66:1F:35:0A:00:01",
        ipv6VXLANTunnelAddr: "fd80::1",
        vxlanTunnelMACAddrV6: "66:1f:35:0a:00:02",
        orchRefs: [{ nodeName: "alpha", orchestrator: "k8s" }],
        wireguard: { interfaceIPv4Address: "10.80.0.3", interfaceIPv6Address: "fd80::3" },
        addresses: [{ address: "192.168.50.11/24", type: "CalicoNodeIP" }, { address: "2001:db8::1" }],
        interfaces: [{ name: "eth0", addresses: ["192.168.50.11", "2001:db8:50::11/64"] }],
      },
      status: { wireguardPublicKey: KEY, wireguardPublicKeyV6: KEY, podCIDRs: ["10.244.1.0/24"] },
    });
    if (node.kind !== "node") throw new Error(node.kind);
    expect(node).toMatchObject({ key: "alpha", name: "alpha", labels: { rack: "a" }, source: "inventory" });
    expect(node.bgp).toMatchObject({ asNumber: 65546, routeReflectorClusterId: "224.0.0.1" });
    // The host's own address, not that of its network.
    expect(node.bgp?.ipv4 && [formatIp(node.bgp.ipv4.ip), node.bgp.ipv4.length]).toEqual([
      "192.168.50.11",
      24,
    ]);
    expect(node.bgp?.ipv6?.length).toBe(64);
    const tunnels = [node.bgp?.ipipTunnelAddress, node.vxlanTunnelAddress4, node.vxlanTunnelAddress6];
    expect(tunnels.map((ip) => ip && formatIp(ip))).toEqual(["10.80.0.2", "10.80.0.1", "fd80::1"]);
    expect([node.vxlanTunnelMac4, node.vxlanTunnelMac6]).toEqual(["66:1f:35:0a:00:01", "66:1f:35:0a:00:02"]);
    expect(node.wireguard).toMatchObject({ publicKey4: KEY, publicKey6: KEY });
    expect(node.addresses.map(({ ip, type }) => [formatIp(ip), type])).toEqual([
      ["192.168.50.11", "CalicoNodeIP"],
      ["2001:db8::1", ""],
    ]);
    expect(
      node.interfaces.map(({ name, addresses }) => [name, addresses.map(({ length }) => length)]),
    ).toEqual([["eth0", [32, 64]]]);
    expect(node.podCidrs).toHaveLength(1);
  });

  test("without a BGP section takes no part in BGP", () => {
    expect(lowered("Node", { metadata, spec: {} })).toMatchObject({ bgp: undefined, addresses: [] });
    expect(lowered("Node", { metadata })).toMatchObject({ bgp: undefined });
  });

  test("reads a bare BGP address as a network of its own", () => {
    expect(lowered("Node", { metadata, spec: { bgp: { ipv4Address: "10.0.0.1" } } })).toMatchObject({
      bgp: { ipv4: { length: 32 }, asNumber: undefined, routeReflectorClusterId: undefined },
    });
  });

  test.each<[string, object, string]>([
    ["empty BGP", { bgp: {} }, "node/empty-bgp spec.bgp"],
    ["BGP of empty texts", { bgp: { ipv4Address: "" } }, "node/empty-bgp spec.bgp"],
    ["AS number", { bgp: { asNumber: "1.65536" } }, "bgp/invalid-as-number spec.bgp.asNumber"],
    [
      "IPv6 in the field of IPv4",
      { bgp: { ipv4Address: "fd00::1/64" } },
      "network/invalid-address spec.bgp.ipv4Address",
    ],
    [
      "IPv4 in the field of IPv6",
      { bgp: { ipv6Address: "10.0.0.1" } },
      "network/invalid-address spec.bgp.ipv6Address",
    ],
    [
      "cluster id",
      { bgp: { routeReflectorClusterID: "1" } },
      "network/invalid-address spec.bgp.routeReflectorClusterID",
    ],
    [
      "IPIP tunnel address with a length",
      { bgp: { ipv4IPIPTunnelAddr: "10.0.0.1/32" } },
      "network/invalid-address spec.bgp.ipv4IPIPTunnelAddr",
    ],
    ["VXLAN address", { ipv4VXLANTunnelAddr: "10.0.0" }, "network/invalid-address spec.ipv4VXLANTunnelAddr"],
    ["MAC", { vxlanTunnelMACAddr: "66:1f" }, "resource/form spec.vxlanTunnelMACAddr"],
    [
      "WireGuard address",
      { wireguard: { interfaceIPv4Address: "fd00::1" } },
      "network/invalid-address spec.wireguard.interfaceIPv4Address",
    ],
    [
      "host address",
      { addresses: [{ address: "alpha.example" }] },
      "network/invalid-address spec.addresses.0.address",
    ],
    [
      "interface address",
      { interfaces: [{ name: "eth0", addresses: ["10.0.0.1", "x"] }] },
      "network/invalid-address spec.interfaces.0.addresses.1",
    ],
    [
      "unknown field",
      { bgp: { ipv4Adress: "10.0.0.1", asNumber: 1 } },
      "resource/unknown-field spec.bgp.ipv4Adress",
    ],
  ])("refuses: %s", (_, spec, finding) => expect(findings(spec)).toEqual([finding]));

  test("refuses a public key that is none, and pod networks that are none", () => {
    expect(readResource("Node", { metadata, status: { wireguardPublicKey: "secret" } }).findings).toEqual([
      "resource/form status.wireguardPublicKey",
    ]);
    expect(readResource("Node", { metadata, status: { podCIDRs: ["10.244.0.0"] } }).findings).toEqual([
      "network/invalid-cidr status.podCIDRs.0",
    ]);
  });
});
