import { ingress, pack } from "../case.ts";

export const ICMP_CASES = pack("ICMP", [
  ingress(
    "§4.3 an ICMP type, whatever the code",
    `{ action: Allow, protocol: ICMP, icmp: { type: 8 } }`,
    `203.0.113.5 > subject icmp/8 allow
     203.0.113.5 > subject icmp/8/1 allow
     203.0.113.5 > subject icmp/8/255 allow
     203.0.113.5 > subject icmp/13 deny
     203.0.113.5 > subject icmp/17 deny
     2001:db8:f::5 > subject.6 icmp/128 deny`,
  ),
  ingress(
    "§4.3 an ICMP type with code 0",
    `{ action: Allow, protocol: ICMP, icmp: { type: 8, code: 0 } }`,
    `203.0.113.5 > subject icmp/8/0 allow
     203.0.113.5 > subject icmp/8/1 deny
     203.0.113.5 > subject icmp/13/0 deny`,
  ),
  ingress(
    "§4.3 an ICMP type with another code",
    `{ action: Deny, protocol: ICMP, icmp: { type: 13, code: 7 } }, { action: Allow }`,
    `203.0.113.5 > subject icmp/13/6 allow
     203.0.113.5 > subject icmp/13/7 deny
     203.0.113.5 > subject icmp/13/8 allow
     203.0.113.5 > subject icmp/8/7 allow`,
  ),
  ingress(
    "§4.3 notICMP with a type",
    `{ action: Allow, protocol: ICMP, notICMP: { type: 8 } }`,
    `203.0.113.5 > subject icmp/8 deny
     203.0.113.5 > subject icmp/8/1 deny
     203.0.113.5 > subject icmp/13 allow
     203.0.113.5 > subject icmp/17/3 allow
     203.0.113.5 > subject tcp/80 deny`,
  ),
  ingress(
    "§4.3 notICMP with a type and a code",
    `{ action: Allow, protocol: ICMP, notICMP: { type: 8, code: 0 } }`,
    `203.0.113.5 > subject icmp/8/0 deny
     203.0.113.5 > subject icmp/8/1 allow
     203.0.113.5 > subject icmp/13/0 allow`,
  ),
  ingress(
    "§4.3 ICMP matched and negated in one rule",
    `{ action: Allow, protocol: ICMP, icmp: { type: 8 }, notICMP: { type: 8, code: 1 } }`,
    `203.0.113.5 > subject icmp/8/0 allow
     203.0.113.5 > subject icmp/8/1 deny
     203.0.113.5 > subject icmp/8/2 allow
     203.0.113.5 > subject icmp/13/0 deny`,
  ),
  ingress(
    "§4.3 an ICMPv6 type, whatever the code",
    `{ action: Allow, protocol: ICMPv6, icmp: { type: 128 } }`,
    `2001:db8:f::5 > subject.6 icmp/128 allow
     2001:db8:f::5 > subject.6 icmp/128/9 allow
     2001:db8:f::5 > subject.6 icmp/139 deny
     203.0.113.5 > subject icmp/8 deny`,
  ),
  ingress(
    "§4.3 an ICMPv6 type with a code",
    `{ action: Allow, protocol: ICMPv6, icmp: { type: 139, code: 2 } }`,
    `2001:db8:f::5 > subject.6 icmp/139/2 allow
     2001:db8:f::5 > subject.6 icmp/139/1 deny
     2001:db8:f::5 > subject.6 icmp/128/2 deny`,
  ),
  ingress(
    "§4.3 notICMP of ICMPv6 with a type",
    `{ action: Allow, protocol: ICMPv6, notICMP: { type: 128 } }`,
    `2001:db8:f::5 > subject.6 icmp/128 deny
     2001:db8:f::5 > subject.6 icmp/139 allow
     2001:db8:f::5 > subject.6 tcp/80 deny`,
  ),
  ingress(
    "§4.3 notICMP of ICMPv6 with a type and a code",
    `{ action: Deny, protocol: ICMPv6, notICMP: { type: 128, code: 0 } }, { action: Allow }`,
    `2001:db8:f::5 > subject.6 icmp/128/0 allow
     2001:db8:f::5 > subject.6 icmp/128/1 deny
     2001:db8:f::5 > subject.6 icmp/139/0 deny
     2001:db8:f::5 > subject.6 udp/53 allow
     203.0.113.5 > subject icmp allow`,
  ),
  ingress(
    "§4.3 an ICMP type with the protocol's number is of IPv4",
    `{ action: Allow, protocol: 1, icmp: { type: 8 } }`,
    `203.0.113.5 > subject icmp/8 allow
     203.0.113.5 > subject icmp/13 deny
     2001:db8:f::5 > subject.6 icmp/128 deny`,
  ),
  ingress(
    "§4.3 an ICMPv6 type with the protocol's number is of IPv6",
    `{ action: Allow, protocol: 58, icmp: { type: 128 } }`,
    `2001:db8:f::5 > subject.6 icmp/128 allow
     2001:db8:f::5 > subject.6 icmp/139 deny
     203.0.113.5 > subject icmp/8 deny`,
  ),
  ingress(
    "§4.3 notICMP and two networks in one rule",
    `{ action: Allow, protocol: ICMP, notICMP: { type: 8 },
       source: { nets: [203.0.113.0/24, 198.51.100.0/24] } }`,
    `203.0.113.5 > subject tcp/80 deny
     192.0.2.5 > subject icmp/13 deny
     203.0.113.5 > subject icmp/8 deny
     198.51.100.5 > subject icmp/13 allow`,
  ),
]);
