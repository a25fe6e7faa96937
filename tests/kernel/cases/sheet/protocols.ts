import { felix, gnp, ingress, pack, type Revision, revision } from "../case.ts";

export const PROTOCOL_CASES = pack("protocols", [
  ingress(
    "§4.1 a protocol's name matches that protocol in both versions",
    `{ action: Allow, protocol: TCP }`,
    `203.0.113.5 > subject tcp/80 allow
     2001:db8:f::5 > subject.6 tcp/80 allow
     203.0.113.5 > subject udp/80 deny
     203.0.113.5 > subject sctp/80 deny
     203.0.113.5 > subject icmp deny
     203.0.113.5 > subject proto/253 deny
     2001:db8:f::5 > subject.6 udp/80 deny`,
  ),
  ingress(
    "§4.1 a protocol's number means the same as its name",
    `{ action: Allow, protocol: 17 }`,
    `203.0.113.5 > subject udp/80 allow
     2001:db8:f::5 > subject.6 udp/80 allow
     203.0.113.5 > subject tcp/80 deny
     203.0.113.5 > subject udplite/80 deny`,
  ),
  ingress(
    "§4.1 a protocol without a name is matched by its number",
    `{ action: Allow, protocol: 253 }`,
    `203.0.113.5 > subject proto/253 allow
     203.0.113.5 > subject proto/252 deny
     203.0.113.5 > subject proto/254 deny
     203.0.113.5 > subject tcp/80 deny
     2001:db8:f::5 > subject.6 proto/253 allow
     2001:db8:f::5 > subject.6 proto/254 deny`,
  ),
  ingress(
    "§4.1 ICMP by name implies IPv4",
    `{ action: Allow, protocol: ICMP }`,
    `203.0.113.5 > subject icmp allow
     203.0.113.5 > subject icmp/13 allow
     203.0.113.5 > subject tcp/80 deny
     2001:db8:f::5 > subject.6 icmp deny
     2001:db8:f::5 > subject.6 proto/1 deny`,
  ),
  ingress(
    "§4.1 ICMPv6 by name implies IPv6",
    `{ action: Allow, protocol: ICMPv6 }`,
    `2001:db8:f::5 > subject.6 icmp allow
     2001:db8:f::5 > subject.6 tcp/80 deny
     203.0.113.5 > subject icmp deny
     203.0.113.5 > subject proto/58 deny`,
  ),
  ingress(
    "§4.2 ipVersion 4 leaves out IPv6",
    `{ action: Allow, ipVersion: 4 }`,
    `203.0.113.5 > subject tcp/80 allow
     client > subject udp/80 allow
     2001:db8:f::5 > subject.6 tcp/80 deny
     client.6 > subject.6 udp/80 deny`,
  ),
  ingress(
    "§4.2 ipVersion 6 leaves out IPv4",
    `{ action: Deny, ipVersion: 6 }, { action: Allow }`,
    `203.0.113.5 > subject tcp/80 allow
     2001:db8:f::5 > subject.6 tcp/80 deny
     client.6 > subject.6 icmp deny`,
  ),
  ingress(
    "§4.3 notProtocol matches every other protocol",
    `{ action: Allow, notProtocol: TCP }`,
    `203.0.113.5 > subject tcp/80 deny
     203.0.113.5 > subject udp/80 allow
     203.0.113.5 > subject sctp/80 allow
     203.0.113.5 > subject icmp allow
     203.0.113.5 > subject proto/253 allow
     2001:db8:f::5 > subject.6 tcp/80 deny
     2001:db8:f::5 > subject.6 icmp allow`,
  ),
  ingress(
    "§4.3 notProtocol by number",
    `{ action: Allow, notProtocol: 253 }`,
    `203.0.113.5 > subject proto/253 deny
     203.0.113.5 > subject proto/254 allow
     203.0.113.5 > subject proto/252 allow
     2001:db8:f::5 > subject.6 proto/253 deny`,
  ),
  ingress(
    "§4.1 a negated name implies no version",
    `{ action: Allow, notProtocol: ICMP }`,
    `203.0.113.5 > subject icmp deny
     203.0.113.5 > subject tcp/80 allow
     2001:db8:f::5 > subject.6 tcp/80 allow
     2001:db8:f::5 > subject.6 icmp allow`,
  ),
  ingress(
    "§4.3 protocol and notProtocol are both asked",
    `{ action: Allow, protocol: TCP, notProtocol: UDP }, { action: Allow, protocol: UDP, notProtocol: UDP }`,
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject udp/80 deny
     203.0.113.5 > subject sctp/80 deny`,
  ),
  ingress(
    "§4.1 SCTP with ports",
    `{ action: Allow, protocol: SCTP, destination: { ports: [3868] } }`,
    `203.0.113.5 > subject sctp/3868 allow
     2001:db8:f::5 > subject.6 sctp/3868 allow
     203.0.113.5 > subject sctp/3867 deny
     203.0.113.5 > subject sctp/3869 deny
     203.0.113.5 > subject tcp/3868 deny
     203.0.113.5 > subject udp/3868 deny`,
  ),
  ingress(
    "§4.3 everything but SCTP",
    `{ action: Allow, notProtocol: SCTP }`,
    `203.0.113.5 > subject sctp/3868 deny
     203.0.113.5 > subject tcp/3868 allow
     2001:db8:f::5 > subject.6 sctp/3868 deny
     2001:db8:f::5 > subject.6 udp/3868 allow`,
  ),
  ingress(
    "§4.1 UDPLite is not UDP",
    `{ action: Allow, protocol: UDPLite }`,
    `203.0.113.5 > subject udplite/80 allow
     203.0.113.5 > subject udp/80 deny
     2001:db8:f::5 > subject.6 udplite/80 allow
     2001:db8:f::5 > subject.6 udp/80 deny`,
  ),
  ingress(
    "§4.1 UDPLite by number, denied",
    `{ action: Deny, protocol: 136 }, { action: Allow }`,
    `203.0.113.5 > subject udplite/80 deny
     203.0.113.5 > subject udp/80 allow
     2001:db8:f::5 > subject.6 udplite/80 deny`,
  ),
  ingress(
    "§4.1 ESP, AH, GRE and OSPF by number",
    `{ action: Allow, protocol: 50 }, { action: Allow, protocol: 47 }`,
    `203.0.113.5 > subject proto/50 allow
     203.0.113.5 > subject proto/47 allow
     203.0.113.5 > subject proto/51 deny
     203.0.113.5 > subject proto/89 deny`,
  ),
  ingress(
    "resources §2.2 an empty rule matches everything",
    `{ action: Allow }`,
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject udp/53 allow
     203.0.113.5 > subject sctp/1 allow
     203.0.113.5 > subject udplite/1 allow
     203.0.113.5 > subject icmp allow
     203.0.113.5 > subject proto/253 allow
     2001:db8:f::5 > subject.6 tcp/80 allow
     2001:db8:f::5 > subject.6 icmp allow
     2001:db8:f::5 > subject.6 proto/253 allow`,
  ),
  ingress(
    "§4.1 of an HTTP rule only what IP can see is asked",
    `{ action: Allow, protocol: TCP, destination: { ports: [80] },
       http: { methods: [GET], paths: [{ exact: /x }] } }`,
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny`,
  ),
  ingress(
    "resources §2.1 annotations of a rule change nothing",
    `{ action: Allow, protocol: TCP, metadata: { annotations: { owner: "a team -j DROP" } } }`,
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject udp/80 deny`,
  ),
  ingress(
    "§3.5 rules are asked in their order, and the first that decides wins",
    `{ action: Allow, protocol: TCP, destination: { ports: [80] } },
     { action: Deny, protocol: TCP },
     { action: Allow }`,
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny
     203.0.113.5 > subject udp/81 allow
     2001:db8:f::5 > subject.6 tcp/81 deny`,
  ),
]);

const UNCHECKED = revision(
  "packets that connection tracking calls invalid, let through",
  felix("disableConntrackInvalidCheck: true") +
    gnp("one", "selector: is == 's0', types: [Ingress], ingress: [{ action: Allow, protocol: 1 }]") +
    gnp("fifty-eight", "selector: is == 's1', types: [Ingress], ingress: [{ action: Allow, protocol: 58 }]") +
    gnp(
      "types",
      `selector: is == 's2', types: [Ingress],
        ingress: [{ action: Allow, protocol: ICMP, icmp: { type: 3, code: 4 } }]`,
    ),
  {
    "§13.21 protocol number 1 implies no version": `
      203.0.113.5 > s0 icmp allow
      2001:db8:f::5 > s0.6 proto/1 allow
      2001:db8:f::5 > s0.6 icmp deny`,
    "§13.21 protocol number 58 implies no version": `
      2001:db8:f::5 > s1.6 icmp allow
      203.0.113.5 > s1 proto/58 allow
      203.0.113.5 > s1 icmp deny`,
    "§1.8 DisableConntrackInvalidCheck leaves invalid packets to policy": `
      203.0.113.5 > s2 icmp/3/4 allow
      203.0.113.5 > s2 icmp/3/3 deny
      203.0.113.5 > s3 icmp/3/3 allow
      s3 > 203.0.113.5 icmp/0 allow`,
  },
);

const CHECKED = revision("packets that connection tracking calls invalid", "", {
  "§3.2 (e) invalid packets are denied at workloads, whatever policy says": `
    203.0.113.5 > s0 icmp/3/4 deny
    203.0.113.5 > s0 icmp/0 deny
    s0 > 203.0.113.5 icmp/0 deny
    203.0.113.5 > s0 icmp/8 allow
    2001:db8:f::5 > s0.6 icmp/129 deny
    2001:db8:f::5 > s0.6 icmp/128 allow
    2001:db8:f::5 > s0.6 proto/1 deny
    203.0.113.5 > s0 proto/58 deny`,
});

export const INVALID_CASES: readonly Revision[] = [CHECKED, UNCHECKED];
