import type { NodeIr, PolicyLists } from "../../ir/node-ir.ts";
import {
  cidr,
  ip,
  makeHostEndpoint,
  makeIr,
  makePolicy,
  makeProfile,
  makeRule,
  makeSet,
  makeWorkload,
  match,
  tier,
  use,
} from "./testing.ts";

/** One node that has everything this back end can write, for tests of printing, reading and loading. */
export function everythingIr(): NodeIr {
  const everywhere = (id: string): PolicyLists => ({ ingress: [tier([use(id)])], egress: [tier([use(id)])] });
  const group: PolicyLists = {
    ingress: [
      tier([use("gnp/ports"), use("gnp/icmp"), use("gnp/nets")], { tier: "security", defaultAction: "pass" }),
      tier([use("np/shop/all-forms", "app == 'x'")]),
    ],
    egress: [tier([use("np/shop/all-forms", "app == 'x'"), use("snp/shop/staged", "y", true)])],
  };
  const rules = [
    makeRule("log", [match.protocol(6), match.toPorts([22])]),
    makeRule(
      "allow",
      [
        match.protocol(6),
        match.from("10.0.0.0/24", "10.0.1.0/24", "fd00::/64", "fd01::/64"),
        match.to("12.0.0.0/24", "12.0.1.0/24", "fd02::/64", "fd03::/64"),
        match.toPorts([443, "1000:2000"], ["n:http"]),
        match.notFrom("10.0.0.128/25", "fd00::80/121"),
      ],
      { annotations: [["why", "every form at once"]] },
    ),
    makeRule("pass", [match.protocol(132), match.fromSet("s:a"), match.toSet("s:b", true)]),
    makeRule("deny", [
      match.protocol(17, true),
      match.fromSet("s:a", true),
      match.notTo("10.0.0.0/8", "fd00::/8"),
    ]),
    makeRule("allow", [{ kind: "service", side: "destination", set: "svc:x" }]),
    makeRule("deny", [match.protocol(47)]),
  ];
  const ports = Array.from({ length: 33 }, (_, n) => 8000 + n);
  return makeIr({
    settings: {
      logRateLimit: "10/minute",
      logRateBurst: 3,
      logPrefix: "%k %n",
      kubeIpvsSupport: true,
      wireguardHostEncryption: true,
      natPortRange: { first: 32768, last: 65535 },
      defaultEndpointToHostAction: "RETURN",
    },
    encapsulation: { ipip: true, vxlan4: true, vxlan6: true, wireguard4: true, wireguard6: true },
    ipSets: [
      makeSet("all-vxlan-net", "hash:net", ["192.0.2.1", "2001:db8::1"]),
      makeSet("n:http", "hash:ip,port", [
        "10.0.0.5,6:80",
        "10.0.0.5,17:80",
        "10.0.0.6,132:80",
        "fd00::5,6:80",
      ]),
      makeSet("s:a", "hash:net", ["10.0.0.5", "10.1.0.0/16", "fd00::5", "fd01::/64"]),
      makeSet("s:b", "hash:net", ["0.0.0.0/1", "128.0.0.0/1", "::/1", "8000::/1"]),
      makeSet("svc:x", "hash:ip,port", ["10.0.0.7,6:443"]),
      makeSet("this-host", "hash:ip", ["192.0.2.1", "2001:db8::1"]),
    ],
    policies: [
      makePolicy("gnp/icmp", {
        ingress: [
          makeRule("allow", [match.protocol(1), match.icmp(8, 0)], { ipVersion: 4 }),
          makeRule("deny", [match.protocol(1), match.icmp(3, undefined, true)], { ipVersion: 4 }),
          makeRule("allow", [match.protocol(58), match.icmp(128)], { ipVersion: 6 }),
          makeRule("deny", [match.icmp(129, undefined, true)]),
        ],
      }),
      makePolicy("gnp/nets", { ingress: [makeRule("allow", [match.from("0.0.0.0/0", "::/0")])] }),
      makePolicy("gnp/ports", {
        ingress: [
          makeRule("allow", [match.protocol(6), match.toPorts(ports)]),
          makeRule("deny", [match.protocol(17), match.toPorts(ports, ["n:http"], true)]),
          makeRule("deny", [match.protocol(132), match.toPorts([80, "90:99"])]),
          makeRule("deny", [match.protocol(136), match.toPorts([80])]),
        ],
      }),
      makePolicy("np/shop/all-forms", { ingress: rules, egress: rules }),
    ],
    profiles: [
      makeProfile("gone", { missing: true }),
      makeProfile("kns.shop", { egress: [makeRule("allow")] }),
    ],
    workloads: [
      makeWorkload("cali1a", {
        addresses: [cidr("10.0.0.5"), cidr("fd00::5")],
        policies: group,
        profiles: ["kns.shop", "gone"],
        allowedSpoofSources: [cidr("10.9.0.0/16"), cidr("fd09::/64")],
        qos: {
          ingress: { packetRate: 100, packetBurst: 20, maxConnections: 7 },
          egress: { packetRate: 7000, maxConnections: 9 },
        },
      }),
      makeWorkload("cali1b", { addresses: [cidr("10.0.0.6")] }),
      makeWorkload("cali2", { policies: group, profiles: ["kns.shop"] }),
    ],
    hostEndpoints: [
      makeHostEndpoint("*", { normal: everywhere("gnp/nets"), preDnat: everywhere("gnp/icmp") }),
      makeHostEndpoint("eth0", {
        normal: group,
        forward: { ingress: [tier([use("gnp/ports")])], egress: [] },
        untracked: everywhere("gnp/ports"),
        profiles: ["kns.shop"],
      }),
      makeHostEndpoint("eth1"),
    ],
    serviceLoopCidrs: [cidr("10.96.0.0/12"), cidr("fd96::/108")],
    nat: {
      natOutgoing4: true,
      natOutgoing6: true,
      dnat: [
        { external: ip("192.0.2.9"), internal: ip("10.0.0.5") },
        { external: ip("2001:db8::9"), internal: ip("fd00::5") },
      ],
      snat: [{ external: ip("192.0.2.9"), internal: ip("10.0.0.5") }],
      dscp: [
        { source: cidr("10.0.0.5"), dscp: 46 },
        { source: cidr("fd00::5"), dscp: 0 },
      ],
      tunnelDevices: [
        { version: 4, name: "tunl0" },
        { version: 4, name: "vxlan.calico" },
        { version: 6, name: "vxlan-v6.calico" },
      ],
    },
  });
}
