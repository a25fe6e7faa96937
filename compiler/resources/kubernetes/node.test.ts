import { describe, expect, test } from "vitest";
import { formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { readResource } from "../network/testing/read.ts";

function nodeOf(annotations: Readonly<Record<string, string>>, rest: Readonly<Record<string, unknown>> = {}) {
  const prefixed = Object.entries(annotations).map(([key, value]) => [`projectcalico.org/${key}`, value]);
  const { labels = {}, ...body } = rest;
  const metadata = { name: "node-1", labels, annotations: Object.fromEntries(prefixed) };
  const { objects, findings } = readResource("Node", { apiVersion: "v1", metadata, ...body });
  const [node] = objects;
  if (node?.kind !== "node") throw new Error(`no node: ${findings.join("; ")}`);
  return { node, findings };
}

const KEY4 = `${"A".repeat(43)}=`;
const KEY6 = `${"B".repeat(43)}=`;

const ANNOTATIONS = {
  IPv4Address: "192.0.2.1/24",
  IPv6Address: "2001:db8::1/64",
  IPv4IPIPTunnelAddr: "10.1.0.1",
  ASNumber: "64512",
  RouteReflectorClusterID: "1.0.0.1",
  IPv4VXLANTunnelAddr: "10.2.0.1",
  VXLANTunnelMACAddr: "66:AA:BB:CC:DD:01",
  IPv6VXLANTunnelAddr: "fd00:2::1",
  VXLANTunnelMACAddrV6: "66:aa:bb:cc:dd:02",
  IPv4WireguardInterfaceAddr: "10.3.0.1",
  IPv6WireguardInterfaceAddr: "fd00:3::1",
  WireguardPublicKey: KEY4,
  WireguardPublicKeyV6: KEY6,
};

describe("annotations", () => {
  test("become what Calico knows of the node", () => {
    const { node, findings } = nodeOf(ANNOTATIONS);
    expect(findings).toEqual([]);
    const { bgp, wireguard } = node;
    expect({
      ipv4: formatIp(bgp!.ipv4!.ip),
      ipv6: formatIp(bgp!.ipv6!.ip),
      ipip: formatIp(bgp!.ipipTunnelAddress!),
      vxlan4: formatIp(node.vxlanTunnelAddress4!),
      vxlan6: formatIp(node.vxlanTunnelAddress6!),
      wireguard4: formatIp(wireguard.address4!),
      wireguard6: formatIp(wireguard.address6!),
    }).toEqual({
      ipv4: "192.0.2.1",
      ipv6: "2001:db8::1",
      ipip: "10.1.0.1",
      vxlan4: "10.2.0.1",
      vxlan6: "fd00:2::1",
      wireguard4: "10.3.0.1",
      wireguard6: "fd00:3::1",
    });
    expect(node).toMatchObject({
      key: "node-1",
      name: "node-1",
      bgp: { asNumber: 64512, routeReflectorClusterId: "1.0.0.1" },
      vxlanTunnelMac4: "66:aa:bb:cc:dd:01",
      vxlanTunnelMac6: "66:aa:bb:cc:dd:02",
      wireguard: { publicKey4: KEY4, publicKey6: KEY6 },
    });
  });

  test("a node without them has no BGP", () => {
    const { node, findings } = nodeOf({});
    expect(node.bgp).toBeUndefined();
    expect(node.addresses).toEqual([]);
    expect(findings).toEqual([]);
  });

  test.each([
    ["IPv4Address", "fd00::1"],
    ["IPv4Address", "192.0.2.1/33"],
    ["IPv6Address", "192.0.2.1"],
    ["IPv4IPIPTunnelAddr", "10.0.0.0/8"],
    ["ASNumber", "many"],
    ["RouteReflectorClusterID", "1"],
    ["IPv4VXLANTunnelAddr", "fd00::1"],
    ["IPv6VXLANTunnelAddr", "10.0.0.1"],
    ["VXLANTunnelMACAddr", "66:aa"],
    ["VXLANTunnelMACAddrV6", "none"],
    ["IPv4WireguardInterfaceAddr", "::1"],
    ["IPv6WireguardInterfaceAddr", "10.0.0.1"],
    ["WireguardPublicKey", "short"],
    ["WireguardPublicKeyV6", "short"],
    ["labels", "{"],
    ["labels", '{"a": 1}'],
    ["labels", "[]"],
    ["Interfaces", "{}"],
    ["Interfaces", '[{"addresses": []}]'],
    ["Interfaces", '[{"name": "eth0", "addresses": [1]}]'],
  ])("%s: %s is ignored, and told", (key, value) => {
    const { node, findings } = nodeOf({ [key]: value });
    expect(findings).toEqual([`kubernetes/ignored-value metadata.annotations.projectcalico.org/${key}`]);
    const { origin: _, ...read } = node;
    const { origin: __, ...plain } = nodeOf({}).node;
    expect(read).toEqual(plain);
  });

  test("an empty one is absent", () => {
    expect(nodeOf({ IPv4Address: "", labels: "", Interfaces: "" }).findings).toEqual([]);
  });
});

test("Kubernetes' labels win over those that only Calico has given", () => {
  const { node } = nodeOf({ labels: '{"rack": "7", "zone": "old"}' }, { labels: { zone: "new" } });
  expect(node.labels).toEqual({ rack: "7", zone: "new" });
});

test("addresses: BGP of IPv4 and IPv6, then what Kubernetes reports, host names aside", () => {
  const status = {
    addresses: [
      { type: "InternalIP", address: "192.0.2.9" },
      { type: "Hostname", address: "node-1" },
      { type: "ExternalIP", address: "198.51.100.9" },
      { type: "InternalIP", address: "node-1" },
    ],
  };
  const { node } = nodeOf({ IPv6Address: "2001:db8::1/64", IPv4Address: "192.0.2.1/24" }, { status });
  expect(node.addresses.map(({ ip, type }) => `${type} ${formatIp(ip)}`)).toEqual([
    "CalicoNodeIP 192.0.2.1",
    "CalicoNodeIP 2001:db8::1",
    "InternalIP 192.0.2.9",
    "ExternalIP 198.51.100.9",
  ]);
});

test("interfaces", () => {
  const { node } = nodeOf({
    Interfaces: '[{"name": "eth0", "addresses": ["192.0.2.1/24"]}, {"name": "eth1"}]',
  });
  expect(node.interfaces.map(({ name, addresses }) => [name, addresses.length])).toEqual([
    ["eth0", 1],
    ["eth1", 0],
  ]);
});

describe("networks of the node's pods", () => {
  test.each([
    [
      "the list",
      { podCIDR: "10.9.0.0/24", podCIDRs: ["10.1.0.0/24", "fd00::/64"] },
      ["10.1.0.0/24", "fd00::/64"],
    ],
    ["the single one", { podCIDR: "10.9.0.0/24" }, ["10.9.0.0/24"]],
    ["none", { podCIDR: "" }, []],
  ])("%s", (_, spec, expected) => {
    expect(nodeOf({}, { spec }).node.podCidrs.map(formatCidr)).toEqual(expected);
  });
});
