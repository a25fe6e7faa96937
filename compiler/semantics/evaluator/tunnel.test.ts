import { describe, expect, test } from "vitest";
import type { ModelObject } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import * as make from "../../ir/testing/objects.ts";
import { IPIP, TCP, UDP } from "../condition.ts";
import type { Packet } from "../packet.ts";
import { membership } from "./members.ts";
import { judge } from "./program.ts";
import { packet } from "./testing/cluster.ts";
import { hostOf } from "./testing/host.ts";
import { tunnelEgress, tunnelIngress } from "./tunnel.ts";

const PEER = "172.16.1.12";
const STRANGER = "203.0.113.7";
const OWN = "172.16.1.11";
const PEER6 = "fd16::12";
const OWN6 = "fd16::11";

/** With a VXLAN tunnel in both IP versions. */
const peer = make.node("n2", {
  bgp: { ...make.speaker(`${PEER}/24`), ipv6: { ip: make.ip(PEER6), length: 64 } },
  vxlanTunnelAddress4: make.ip("10.1.0.2"),
  vxlanTunnelAddress6: make.ip("fd01::2"),
});
const vxlan4 = make.pool("v4", "10.0.0.0/16", { vxlanMode: "Always" });
const vxlan6 = make.pool("v6", "fd00::/64", { vxlanMode: "CrossSubnet" });
const ipip = make.pool("ipip", "10.2.0.0/16", { ipipMode: "Always" });

function says(
  direction: "in" | "out",
  sent: Packet,
  objects: readonly ModelObject[],
  settings: Partial<FelixSettings> = {},
): string {
  const host = hostOf([peer, ...objects], settings);
  const { version } = sent.source;
  const program = direction === "in" ? tunnelIngress(host, version) : tunnelEgress(host, version);
  const { action, reason } = judge(program, sent, membership(host.sets));
  return `${action}: ${reason.kind}`;
}

const udp = (port: number) => ({ protocol: UDP, destinationPort: port });
const ADMITTED = "allow: between-hosts";
const REFUSED = "deny: not-a-known-host";
const NO_OPINION = "continue: no-rule-matched";

describe("what comes in as a tunnel's packet", () => {
  test.each([
    ["VXLAN", udp(4789), [vxlan4]],
    ["IPIP", { protocol: IPIP }, [ipip]],
  ] as const)("%s: from known hosts only, and only where it is in use", (_, content, objects) => {
    expect(says("in", packet(PEER, OWN, content), objects)).toBe(ADMITTED);
    expect(says("in", packet(STRANGER, OWN, content), objects)).toBe(REFUSED);
    expect(says("in", packet(PEER, OWN, content), [])).toBe(NO_OPINION);
    expect(says("in", packet(STRANGER, OWN, content), [])).toBe(NO_OPINION);
  });

  test("VXLAN: in the IP version of the pools that use it", () => {
    const [of4, of6] = [packet(PEER, OWN, udp(4789)), packet(PEER6, OWN6, udp(4789))];
    expect([of4, of6].map((sent) => says("in", sent, [vxlan4]))).toEqual([ADMITTED, NO_OPINION]);
    expect([of4, of6].map((sent) => says("in", sent, [vxlan6]))).toEqual([NO_OPINION, ADMITTED]);
  });

  test("VXLAN: on its port, from a port that may be any", () => {
    const settings = { vxlanPort: 8472 };
    expect(says("in", packet(PEER, OWN, udp(8472)), [vxlan4], settings)).toBe(ADMITTED);
    expect(says("in", packet(STRANGER, OWN, udp(4789)), [vxlan4], settings)).toBe(NO_OPINION);
    const tcp = { protocol: TCP, destinationPort: 4789 };
    expect(says("in", packet(STRANGER, OWN, tcp), [vxlan4])).toBe(NO_OPINION);
    const fromPort = { ...udp(80), sourcePort: 4789 };
    expect(says("in", packet(STRANGER, OWN, fromPort), [vxlan4])).toBe(NO_OPINION);
  });

  test("VXLAN: from hosts outside the cluster that the settings name", () => {
    const settings = { externalNodesCidrs: [make.cidr("203.0.113.0/24")] };
    expect(says("in", packet(STRANGER, OWN, udp(4789)), [vxlan4], settings)).toBe(ADMITTED);
  });

  test("VXLAN: not from a node that has no tunnel", () => {
    const other = make.node("n3", { bgp: make.speaker(`${STRANGER}/24`) });
    expect(says("in", packet(STRANGER, OWN, udp(4789)), [vxlan4, other])).toBe(REFUSED);
  });

  test("IPIP: the setting has the last word, and a pool that prefers VXLAN does not ask for it", () => {
    const sent = packet(STRANGER, OWN, { protocol: IPIP });
    expect(says("in", sent, [ipip], { ipipEnabled: false })).toBe(NO_OPINION);
    expect(says("in", sent, [], { ipipEnabled: true })).toBe(REFUSED);
    expect(says("in", sent, [{ ...ipip, vxlanMode: "Always" }])).toBe(NO_OPINION);
    expect(says("in", packet(STRANGER, OWN, { protocol: IPIP }), [vxlan4])).toBe(NO_OPINION);
  });

  test("IPIP: carries IPv4 only over IPv4", () => {
    expect(says("in", packet(PEER6, OWN6, { protocol: IPIP }), [ipip])).toBe(NO_OPINION);
  });

  test("WireGuard: from anybody, who it knows by their keys", () => {
    const settings = { wireguardEnabled: true };
    expect(says("in", packet(STRANGER, OWN, udp(51_820)), [], settings)).toBe(ADMITTED);
    expect(says("in", packet(STRANGER, OWN, udp(51_820)), [])).toBe(NO_OPINION);
    const stranger6 = packet("2001:db8::1", OWN6, udp(51_821));
    expect(says("in", stranger6, [], settings)).toBe(NO_OPINION);
    expect(says("in", stranger6, [], { wireguardEnabled6: true })).toBe(ADMITTED);
  });
});

describe("what goes out as a tunnel's packet", () => {
  test.each([
    ["VXLAN", udp(4789), [vxlan4]],
    ["IPIP", { protocol: IPIP }, [ipip]],
  ] as const)("%s: is admitted to known hosts, policy decides on others", (_, content, objects) => {
    expect(says("out", packet(OWN, PEER, content), objects)).toBe(ADMITTED);
    expect(says("out", packet(OWN, STRANGER, content), objects)).toBe(NO_OPINION);
    expect(says("out", packet(PEER, STRANGER, content), objects)).toBe(NO_OPINION);
  });

  test("WireGuard: to anybody", () => {
    const sent = packet(OWN, STRANGER, udp(51_820));
    expect(says("out", sent, [], { wireguardEnabled: true })).toBe(ADMITTED);
  });
});
