import { describe, expect, test } from "vitest";
import type { WorkloadEndpoint } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import * as make from "../../ir/testing/objects.ts";
import { ICMPV6, IPIP, TCP, UDP } from "../condition.ts";
import { holds } from "../holds.ts";
import type { Packet } from "../packet.ts";
import { membership } from "./members.ts";
import { judge, type Program } from "./program.ts";
import { packet } from "./testing/cluster.ts";
import { hostOf, NODE, OWN_NODE } from "./testing/host.ts";
import { isNeighbourMessage, sourcePoint, toHostProgram, workloadPoint } from "./workload-policy.ts";

const allow = make.rule({ action: "allow" });
const open = make.profile("open", { ingress: [allow], egress: [allow] });
const REMOTE = "203.0.113.7";

function hostWith(given: Partial<WorkloadEndpoint> = {}, settings: Partial<FelixSettings> = {}) {
  const a = make.pod(NODE, "demo/a", {
    interfaceName: "cali-a",
    addresses: [make.cidr("10.0.0.1"), make.cidr("fd00::1")],
    profiles: ["open"],
    ...given,
  });
  const b = make.pod(NODE, "demo/b", { interfaceName: "cali-b", addresses: [make.cidr("10.0.0.2")] });
  return hostOf([OWN_NODE, open, a, b], settings);
}

function says(program: Program, sent: Packet, host = hostWith()): string {
  const { action, reason } = judge(program, sent, membership(host.sets));
  return `${action}: ${reason.kind}`;
}

describe("sources", () => {
  const SPOOFED = "deny: spoofed-source";
  const FINE = "continue: no-rule-matched";

  function from(source: string, host = hostWith(), destination?: string, interfaceName = "cali-a"): string {
    const to = destination ?? (source.includes(":") ? "2001:db8::7" : REMOTE);
    const sent = packet(source, to);
    return says(sourcePoint(host, interfaceName, sent.source.version).program, sent, host);
  }

  test("are the workload's own addresses", () => {
    expect(["10.0.0.1", "fd00::1"].map((source) => from(source))).toEqual([FINE, FINE]);
    expect(["10.0.0.2", "10.0.0.3", "fd00::2", REMOTE].map((source) => from(source))).toEqual(
      Array(4).fill(SPOOFED),
    );
  });

  test("are those that it was granted, where the node allows it", () => {
    const granted = { allowedSpoofSources: [make.cidr("192.0.2.0/24"), make.cidr("2001:db8:9::/48")] };
    const host = hostWith(granted, { workloadSourceSpoofing: "Any" });
    expect(["192.0.2.255", "2001:db8:9::1"].map((source) => from(source, host))).toEqual([FINE, FINE]);
    expect(from("192.0.3.0", host)).toBe(SPOOFED);
    expect(from("10.0.0.1", hostWith(granted))).toBe("deny: unknown-interface");
  });

  test("are never the host's, unless granted", () => {
    const claims = { addresses: [make.cidr("172.16.1.11"), make.cidr("10.0.0.1")] };
    expect(from("172.16.1.11", hostWith(claims))).toBe(SPOOFED);
    expect(from("10.0.0.1", hostWith(claims))).toBe(FINE);
    const granted = { ...claims, allowedSpoofSources: [make.cidr("172.16.1.11")] };
    expect(from("172.16.1.11", hostWith(granted, { workloadSourceSpoofing: "Any" }))).toBe(FINE);
  });

  test("are floating ones where these are enabled", () => {
    const floating = {
      floatingIps: [{ internal: make.ip("10.0.0.1"), external: make.ip("198.51.100.1") }],
    };
    expect(from("198.51.100.1", hostWith(floating, { floatingIps: true }))).toBe(FINE);
    expect(from("198.51.100.1", hostWith(floating))).toBe(SPOOFED);
  });

  test("need no route where the kernel asks for none", () => {
    expect(["fe80::1", "::", "febf:ffff::1"].map((source) => from(source))).toEqual([FINE, FINE, FINE]);
    expect(["fec0::1", "::2"].map((source) => from(source))).toEqual([SPOOFED, SPOOFED]);
    expect(from("0.0.0.0", hostWith(), "255.255.255.255")).toBe(FINE);
    expect(from("0.9.9.9", hostWith(), "224.0.0.255")).toBe(FINE);
    expect(from("0.0.0.0", hostWith(), "224.0.1.0")).toBe(SPOOFED);
    expect(from("1.0.0.0", hostWith(), "255.255.255.255")).toBe(SPOOFED);
  });

  test("are none where no workload is known, but for those that need no route", () => {
    expect(from("10.0.0.1", hostWith(), REMOTE, "cali-x")).toBe("deny: unknown-interface");
    expect(from("fe80::1", hostWith(), "ff02::1", "cali-x")).toBe(FINE);
  });
});

describe("what a workload sends", () => {
  function sends(content: Partial<Packet>, settings: Partial<FelixSettings> = {}): string {
    const host = hostWith({}, settings);
    return says(
      workloadPoint(host, "egress", "cali-a", 4).program,
      packet("10.0.0.1", REMOTE, content),
      host,
    );
  }
  const vxlan = { protocol: UDP, destinationPort: 4789 };
  const REFUSED = "deny: encapsulated-by-workload";
  const ALLOWED = "allow: rule";

  test("is no tunnel's packet, whatever policy says", () => {
    expect(sends(vxlan)).toBe(REFUSED);
    expect(sends({ protocol: IPIP })).toBe(REFUSED);
    expect(sends({ protocol: TCP, destinationPort: 4789 })).toBe(ALLOWED);
    expect(sends({ protocol: UDP, sourcePort: 4789, destinationPort: 53 })).toBe(ALLOWED);
  });

  test("unless the settings allow that kind", () => {
    const [noVxlan, noIpip] = [
      { allowVxlanPacketsFromWorkloads: true },
      { allowIpipPacketsFromWorkloads: true },
    ];
    expect([vxlan, { protocol: IPIP }].map((content) => sends(content, noVxlan))).toEqual([ALLOWED, REFUSED]);
    expect([vxlan, { protocol: IPIP }].map((content) => sends(content, noIpip))).toEqual([REFUSED, ALLOWED]);
    expect(sends(vxlan, { vxlanPort: 8472 })).toBe(ALLOWED);
  });

  test("may be anything where it arrives", () => {
    const host = hostWith();
    const { program, endpoint } = workloadPoint(host, "ingress", "cali-a", 4);
    expect(endpoint).toBe(`${NODE}/k8s/demo/a/eth0`);
    expect(says(program, packet(REMOTE, "10.0.0.1", vxlan), host)).toBe(ALLOWED);
  });

  test("nothing, where no workload is known at the interface", () => {
    const { program, endpoint } = workloadPoint(hostWith(), "ingress", "cali-x", 4);
    expect(endpoint).toBeUndefined();
    expect(says(program, packet(REMOTE, "10.0.0.9"))).toBe("deny: unknown-interface");
  });
});

describe("what a workload sends to its host", () => {
  test("is a neighbour's message by its type, in IPv6", () => {
    const isOne = (type: number) =>
      holds(
        isNeighbourMessage(6),
        packet("fe80::1", "ff02::1", { protocol: ICMPV6, icmp: { type, code: 0 } }),
        () => false,
      );
    const types = Array.from({ length: 256 }, (_, type) => type);
    expect(types.filter(isOne)).toEqual([130, 131, 132, 133, 135, 136]);
    const of4 = packet("10.0.0.1", "172.16.1.11", { protocol: ICMPV6, icmp: { type: 135, code: 0 } });
    expect(holds(isNeighbourMessage(4), of4, () => false)).toBe(false);
  });

  test.each([
    ["DROP", "deny"],
    ["RETURN", "allow"],
    ["ACCEPT", "allow"],
  ] as const)("after its policy: %s", (value, action) => {
    const host = hostWith({}, { defaultEndpointToHostAction: value });
    const ruled = judge(toHostProgram(host), packet("10.0.0.1", "172.16.1.11"), membership(host.sets));
    expect(ruled).toMatchObject({ action, reason: { kind: "setting", value } });
  });
});
