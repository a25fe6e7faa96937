import { describe, expect, test } from "vitest";
import { DEFAULT_FELIX_SETTINGS } from "../ir/felix-config.ts";
import * as make from "../ir/testing/objects.ts";
import { formatCidr } from "../net/cidr.ts";
import { formatIp } from "../net/ip.ts";
import { type NatInput, resolveNat } from "./nat.ts";

const OFF = { ipip: false, vxlan4: false, vxlan6: false, wireguard4: false, wireguard6: false };

function nat(given: Partial<NatInput>) {
  return resolveNat({
    pools: [],
    node: make.node("n1"),
    settings: DEFAULT_FELIX_SETTINGS,
    encapsulation: OFF,
    workloads: [],
    hosts: [],
    ...given,
  });
}

function pairs(...texts: readonly (readonly [internal: string, external: string])[]) {
  return texts.map(([internal, external]) => ({ internal: make.ip(internal), external: make.ip(external) }));
}

describe("floating IPs", () => {
  const settings = { ...DEFAULT_FELIX_SETTINGS, floatingIps: true };
  const workloads = [
    make.pod("n1", "a/1", { floatingIps: pairs(["10.0.0.9", "192.0.2.1"], ["10.0.0.9", "192.0.2.9"]) }),
    make.pod("n1", "a/2", { floatingIps: pairs(["10.0.0.10", "192.0.2.1"], ["10.0.0.10", "192.0.2.10"]) }),
  ];

  test("are off by default", () => {
    expect(nat({ workloads })).toMatchObject({ dnat: [], snat: [] });
  });

  test("are there without being asked for workloads of OpenStack", () => {
    const [first, second] = workloads;
    const { dnat } = nat({ workloads: [first!, { ...second!, orchestrator: "openstack" }] });
    expect(dnat.map(({ internal }) => formatIp(internal))).toEqual(["10.0.0.10", "10.0.0.10"]);
  });

  test("one external address leads to the lowest internal one, which leaves under its lowest: as text", () => {
    const { dnat, snat } = nat({ workloads, settings });
    const texts = (list: typeof dnat) =>
      list.map(({ external, internal }) => `${formatIp(external)} ${formatIp(internal)}`);
    expect(texts(dnat)).toEqual(["192.0.2.1 10.0.0.10", "192.0.2.9 10.0.0.9", "192.0.2.10 10.0.0.10"]);
    expect(texts(snat)).toEqual(["192.0.2.9 10.0.0.9", "192.0.2.1 10.0.0.10"]);
  });
});

test("a pool switches outgoing translation on for its own family", () => {
  const pools = [make.pool("a", "10.0.0.0/16"), make.pool("b", "fd00::/48", { natOutgoing: true })];
  expect(nat({ pools })).toMatchObject({ natOutgoing4: false, natOutgoing6: true });
});

test("every address of a marked endpoint is a source, each once, with the lowest value", () => {
  const marked = (name: string, dscp: number, ...addresses: string[]) =>
    make.pod("n1", name, { addresses: addresses.map(make.cidr), qos: { ingress: {}, egress: {}, dscp } });
  const { dscp } = nat({
    workloads: [
      marked("a/1", 20, "10.0.0.3", "fd00::1"),
      marked("a/2", 10, "10.0.0.3"),
      make.pod("n1", "a/3"),
    ],
    hosts: [make.hostEndpoint("n1", "h", { dscp: 40, expectedIps: [make.ip("10.0.0.2")] })],
  });
  expect(dscp.map(({ source, dscp: value }) => `${formatCidr(source)} ${value}`)).toEqual([
    "10.0.0.2/32 40",
    "10.0.0.3/32 10",
    "fd00::1/128 20",
  ]);
});

test("tunnel devices: IPIP and VXLAN need an address, WireGuard does not", () => {
  const encapsulation = { ipip: true, vxlan4: true, vxlan6: true, wireguard4: true, wireguard6: false };
  const node = make.node("n1", { vxlanTunnelAddress4: make.ip("10.0.0.5") });
  expect(nat({ encapsulation, node }).tunnelDevices).toEqual([
    { version: 4, name: "vxlan.calico" },
    { version: 4, name: "wireguard.cali" },
  ]);
});
