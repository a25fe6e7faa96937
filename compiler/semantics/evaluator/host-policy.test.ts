import { describe, expect, test } from "vitest";
import type { Direction, Policy } from "../../ir/cluster-model.ts";
import type { FailsafePort, FelixSettings } from "../../ir/felix-config.ts";
import * as make from "../../ir/testing/objects.ts";
import { TCP, UDP } from "../condition.ts";
import { holds } from "../holds.ts";
import type { Packet } from "../packet.ts";
import { failsafe, hostPoint } from "./host-policy.ts";
import { membership } from "./members.ts";
import { judge } from "./program.ts";
import { packet } from "./testing/cluster.ts";
import { hostOf, NODE, OWN_NODE } from "./testing/host.ts";
import type { HostPolicy } from "./verdict.ts";

const OUTSIDE = "203.0.113.7";
const OTHER = "198.51.100.7";
const OWN = "172.16.1.11";

const port = (protocol: number, number: number, net?: string): FailsafePort => ({
  protocol,
  port: number,
  net: net === undefined ? undefined : make.cidr(net),
});
const SETTINGS: Partial<FelixSettings> = {
  failsafeInbound: [port(TCP, 22), port(UDP, 68, "203.0.113.0/24"), port(TCP, 179, "2001:db8::/32")],
  failsafeOutbound: [port(UDP, 53), port(TCP, 443, "203.0.113.0/24")],
};

function isOpen(policy: HostPolicy, direction: Direction, sent: Packet): boolean {
  const { version } = sent.source;
  return holds(failsafe(hostOf([], SETTINGS), policy, direction, version), sent, () => false);
}

/** A packet of the protocol from one port to another, towards the host or from it. */
function sent(direction: Direction, protocol: number, from: number, to: number, peer = OUTSIDE): Packet {
  const own = peer.includes(":") ? "fd16::11" : OWN;
  const [source, destination] = direction === "ingress" ? [peer, own] : [own, peer];
  return packet(source, destination, { protocol, sourcePort: from, destinationPort: to });
}

describe.each(["host", "pre-dnat", "untracked"] as const)("failsafe ports before %s policy", (policy) => {
  test("are open for what comes in", () => {
    expect(isOpen(policy, "ingress", sent("ingress", TCP, 40_000, 22))).toBe(true);
    expect(isOpen(policy, "ingress", sent("ingress", UDP, 40_000, 22))).toBe(false);
    expect(isOpen(policy, "ingress", sent("ingress", TCP, 40_000, 23))).toBe(false);
    expect(isOpen(policy, "ingress", sent("ingress", UDP, 40_000, 53))).toBe(false);
  });

  test("are open from their network only, in its IP version only", () => {
    expect(isOpen(policy, "ingress", sent("ingress", UDP, 67, 68))).toBe(true);
    expect(isOpen(policy, "ingress", sent("ingress", UDP, 67, 68, OTHER))).toBe(false);
    expect(isOpen(policy, "ingress", sent("ingress", TCP, 40_000, 179))).toBe(false);
    expect(isOpen(policy, "ingress", sent("ingress", TCP, 40_000, 179, "2001:db8::1"))).toBe(true);
    expect(isOpen(policy, "ingress", sent("ingress", TCP, 40_000, 22, "2001:db8::1"))).toBe(true);
  });

  test("answers are open before tracking only, there from and to the same network", () => {
    const isUntracked = policy === "untracked";
    expect(isOpen(policy, "ingress", sent("ingress", UDP, 53, 40_000))).toBe(isUntracked);
    expect(isOpen(policy, "ingress", sent("ingress", TCP, 443, 40_000))).toBe(isUntracked);
    expect(isOpen(policy, "ingress", sent("ingress", TCP, 443, 40_000, OTHER))).toBe(false);
  });
});

describe.each(["host", "untracked"] as const)("failsafe ports before %s policy, outwards", (policy) => {
  test("are open to their network", () => {
    expect(isOpen(policy, "egress", sent("egress", UDP, 40_000, 53))).toBe(true);
    expect(isOpen(policy, "egress", sent("egress", TCP, 40_000, 443))).toBe(true);
    expect(isOpen(policy, "egress", sent("egress", TCP, 40_000, 443, OTHER))).toBe(false);
    expect(isOpen(policy, "egress", sent("egress", TCP, 40_000, 22))).toBe(false);
  });

  test("answers are open before tracking only", () => {
    const isUntracked = policy === "untracked";
    expect(isOpen(policy, "egress", sent("egress", TCP, 22, 40_000))).toBe(isUntracked);
    expect(isOpen(policy, "egress", sent("egress", UDP, 68, 40_000))).toBe(isUntracked);
    expect(isOpen(policy, "egress", sent("egress", UDP, 68, 40_000, OTHER))).toBe(false);
  });
});

test("forwarded packets know no failsafe ports", () => {
  for (const direction of ["ingress", "egress"] as const)
    for (const one of [sent(direction, TCP, 40_000, 22), sent(direction, UDP, 40_000, 53)])
      expect(isOpen("forward", direction, one)).toBe(false);
});

describe("what policy of each kind says", () => {
  const deny = make.rule({ action: "deny" });
  const udp = make.rule({ action: "allow", protocol: UDP });

  function says(policy: HostPolicy, given: Partial<Policy>, direction: Direction = "ingress", to = 80) {
    const endpoint = make.hostEndpoint(NODE, "eth0", { labels: { role: "host" } });
    const objects = [OWN_NODE, endpoint, make.tier("default"), make.policy("p", given)];
    const host = hostOf(objects, SETTINGS);
    const point = hostPoint(host, policy, direction, "eth0", 4);
    if (point === undefined) return undefined;
    const { action, reason } = judge(point.program, sent(direction, TCP, 40_000, to), membership(host.sets));
    return `${action}: ${reason.kind}`;
  }

  const both = { ingress: [deny], egress: [deny] };
  const untracked = { ...both, doNotTrack: true, applyOnForward: true };
  const preDnat = { ...both, preDnat: true, applyOnForward: true, directions: ["ingress"] } as const;

  test.each([
    ["normal", both, { host: "deny: rule", forward: "allow: no-forward-policy" }],
    ["forwarded", { ...both, applyOnForward: true }, { host: "deny: rule", forward: "deny: rule" }],
    ["untracked", untracked, { untracked: "deny: rule", host: "deny: no-profile-matched" }],
    ["pre-DNAT", preDnat, { "pre-dnat": "deny: rule", host: "deny: no-profile-matched" }],
  ] as const)("%s policy is for its packets only", (_, given, expected) => {
    const kinds: readonly HostPolicy[] = ["untracked", "pre-dnat", "forward", "host"];
    const all = { forward: "allow: no-forward-policy", ...expected };
    expect(Object.fromEntries(kinds.map((kind) => [kind, says(kind, given)]))).toEqual({
      untracked: undefined,
      "pre-dnat": undefined,
      ...all,
    });
  });

  test("early policy leaves what it does not decide to others, other policy denies it", () => {
    const undecided = { ingress: [udp] };
    expect(says("untracked", { ...untracked, ...undecided })).toBe("continue: no-rule-matched");
    expect(says("pre-dnat", { ...preDnat, ...undecided })).toBe("continue: no-rule-matched");
    expect(says("host", undecided)).toBe("deny: end-of-tier");
    expect(says("forward", { ...undecided, applyOnForward: true })).toBe("deny: end-of-tier");
  });

  test("pre-DNAT policy knows no way out", () => {
    expect(says("pre-dnat", { ...preDnat }, "egress")).toBeUndefined();
  });

  test("failsafe ports let through what normal policy denies; early ones leave it to the rest", () => {
    expect(says("host", both, "ingress", 22)).toBe("allow: failsafe-port");
    expect(says("untracked", untracked, "ingress", 22)).toBe("continue: failsafe-port");
    expect(says("pre-dnat", preDnat, "ingress", 22)).toBe("continue: failsafe-port");
    expect(says("forward", { ...both, applyOnForward: true }, "ingress", 22)).toBe("deny: rule");
  });
});
