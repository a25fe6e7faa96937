import { egress, ingress, pack } from "../case.ts";

export const NETWORK_CASES = pack("networks", [
  ingress(
    "§4.3 one source network",
    `{ action: Allow, source: { nets: [203.0.113.0/24] } }`,
    `203.0.112.255 > subject tcp/80 deny
     203.0.113.0 > subject tcp/80 allow
     203.0.113.255 > subject udp/80 allow
     203.0.114.0 > subject tcp/80 deny
     client > subject tcp/80 deny`,
  ),
  ingress(
    "§4.3 one source address",
    `{ action: Allow, source: { nets: [203.0.113.5/32] } }`,
    `203.0.113.4 > subject tcp/80 deny
     203.0.113.5 > subject tcp/80 allow
     203.0.113.6 > subject tcp/80 deny`,
  ),
  ingress(
    "§4.3 an IPv6 source network",
    `{ action: Allow, source: { nets: ["2001:db8:a::/48"] } }`,
    `2001:db8:9:ffff:ffff:ffff:ffff:ffff > subject.6 tcp/80 deny
     2001:db8:a::1 > subject.6 tcp/80 allow
     2001:db8:a:ffff:ffff:ffff:ffff:ffff > subject.6 tcp/80 allow
     2001:db8:b:: > subject.6 tcp/80 deny
     203.0.113.5 > subject tcp/80 deny`,
  ),
  ingress(
    "§4.3 one negated source network",
    `{ action: Allow, source: { notNets: [203.0.113.0/24] } }`,
    `203.0.112.255 > subject tcp/80 allow
     203.0.113.0 > subject tcp/80 deny
     203.0.113.255 > subject tcp/80 deny
     203.0.114.0 > subject tcp/80 allow
     client > subject tcp/80 allow`,
  ),
  ingress(
    "§4.2 a rule with networks of IPv4 only does nothing in IPv6",
    `{ action: Allow, source: { nets: [0.0.0.0/0] } }`,
    `203.0.113.5 > subject tcp/80 allow
     2001:db8:f::5 > subject.6 tcp/80 deny`,
  ),
  ingress(
    "§13.2 negated networks of IPv4 keep the rule from IPv6",
    `{ action: Allow, source: { notNets: [10.0.0.0/8] } }`,
    `203.0.113.5 > subject tcp/80 allow
     client > subject tcp/80 deny
     2001:db8:f::5 > subject.6 tcp/80 deny
     client.6 > subject.6 tcp/80 deny`,
  ),
  ingress(
    "§13.2 negated networks of IPv6 keep the rule from IPv4",
    `{ action: Allow, source: { notNets: ["fd65::/64"] } }`,
    `2001:db8:f::5 > subject.6 tcp/80 allow
     client.6 > subject.6 tcp/80 deny
     203.0.113.5 > subject tcp/80 deny`,
  ),
  ingress(
    "§4.2 negated networks bind the rule even where the packet's other side has positive ones",
    `{ action: Allow, source: { nets: [203.0.113.0/24] }, destination: { notNets: [10.99.0.0/16] } }`,
    `203.0.113.5 > subject tcp/80 allow
     203.0.114.5 > subject tcp/80 deny
     2001:db8:f::5 > subject.6 tcp/80 deny`,
  ),
  egress(
    "§4.3 one destination network",
    `{ action: Allow, destination: { nets: [203.0.113.128/25] } }`,
    `subject > 203.0.113.127 tcp/80 deny
     subject > 203.0.113.128 tcp/80 allow
     subject > 203.0.113.255 tcp/80 allow
     subject > 203.0.114.0 tcp/80 deny
     subject > client tcp/80 deny`,
  ),
  egress(
    "§4.3 one negated destination network",
    `{ action: Allow, destination: { notNets: [203.0.113.128/25] } }`,
    `subject > 203.0.113.127 tcp/80 allow
     subject > 203.0.113.128 tcp/80 deny
     subject > 203.0.113.255 tcp/80 deny
     subject > client tcp/80 allow`,
  ),
  egress(
    "§4.3 an IPv6 destination network",
    `{ action: Deny, destination: { nets: ["2001:db8:f::/64"] } }, { action: Allow }`,
    `subject.6 > 2001:db8:f::5 tcp/80 deny
     subject.6 > 2001:db8:f:1::5 tcp/80 allow
     subject > 203.0.113.5 tcp/80 allow`,
  ),
  ingress(
    "§4.3 the whole of IPv6 as a network",
    `{ action: Allow, source: { nets: ["::/0"] } }`,
    `2001:db8:f::5 > subject.6 tcp/80 allow
     client.6 > subject.6 tcp/80 allow
     203.0.113.5 > subject tcp/80 deny`,
  ),
]);

export const MATCH_BLOCK_CASES = pack("match blocks", [
  ingress(
    "§4.4 several source networks: any of them",
    `{ action: Allow, source: { nets: [203.0.113.0/25, 198.51.100.0/24, 192.0.2.7/32] } }`,
    `203.0.113.127 > subject tcp/80 allow
     203.0.113.128 > subject tcp/80 deny
     198.51.100.9 > subject tcp/80 allow
     192.0.2.7 > subject tcp/80 allow
     192.0.2.8 > subject tcp/80 deny`,
  ),
  ingress(
    "§4.4 several negated source networks: none of them",
    `{ action: Allow, source: { notNets: [203.0.113.0/24, 198.51.100.0/24] } }`,
    `203.0.113.5 > subject tcp/80 deny
     198.51.100.5 > subject tcp/80 deny
     192.0.2.5 > subject tcp/80 allow`,
  ),
  ingress(
    "§4.4 a network without a part of it",
    `{ action: Allow, source: { nets: [203.0.113.0/24], notNets: [203.0.113.64/26] } }`,
    `203.0.113.63 > subject tcp/80 allow
     203.0.113.64 > subject tcp/80 deny
     203.0.113.127 > subject tcp/80 deny
     203.0.113.128 > subject tcp/80 allow
     203.0.114.1 > subject tcp/80 deny`,
  ),
  ingress(
    "§4.4 two networks without two parts of them",
    `{ action: Allow, source: {
         nets: [203.0.113.0/24, 198.51.100.0/24], notNets: [203.0.113.64/26, 198.51.100.0/25] } }`,
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.65 > subject tcp/80 deny
     198.51.100.127 > subject tcp/80 deny
     198.51.100.128 > subject tcp/80 allow
     192.0.2.5 > subject tcp/80 deny`,
  ),
  egress(
    "§4.4 several destination networks",
    `{ action: Allow, destination: { nets: [203.0.113.0/24, 10.65.0.2/32] } }`,
    `subject > 203.0.113.5 tcp/80 allow
     subject > client tcp/80 allow
     subject > visitor tcp/80 deny
     subject > 203.0.114.5 tcp/80 deny`,
  ),
  egress(
    "§4.4 several negated destination networks",
    `{ action: Allow, destination: { notNets: [203.0.113.0/24, 10.65.0.2/32] } }`,
    `subject > 203.0.113.5 tcp/80 deny
     subject > client tcp/80 deny
     subject > visitor tcp/80 allow
     subject > 203.0.114.5 tcp/80 allow`,
  ),
  egress(
    "§4.4 several networks on both sides",
    `{ action: Allow,
       source: { nets: [10.65.0.0/24, 10.66.0.0/24] },
       destination: { nets: [203.0.113.0/24, 198.51.100.0/24] } }`,
    `subject > 203.0.113.5 tcp/80 allow
     subject > 198.51.100.5 udp/80 allow
     subject > 192.0.2.5 tcp/80 deny`,
  ),
  ingress(
    "§4.4 a source in none of the networks fails, whatever the destination",
    `{ action: Allow,
       source: { nets: [203.0.113.0/24, 198.51.100.0/24] },
       destination: { nets: [10.65.0.0/24, 10.66.0.0/24] } }`,
    `203.0.113.5 > subject tcp/80 allow
     198.51.100.5 > subject tcp/80 allow
     192.0.2.5 > subject tcp/80 deny
     client > subject tcp/80 deny`,
  ),
  ingress(
    "§4.4 negated networks on both sides",
    `{ action: Allow,
       source: { notNets: [203.0.113.0/24, 198.51.100.0/24] },
       destination: { notNets: [10.66.0.0/24, 10.67.0.0/24] } }`,
    `203.0.113.5 > subject tcp/80 deny
     192.0.2.5 > subject tcp/80 allow
     198.51.100.5 > subject tcp/80 deny`,
  ),
  egress(
    "§13.1 three positive blocks: ports, sources and destinations must all match",
    `{ action: Allow, protocol: TCP,
       source: { nets: [10.65.0.0/24, 10.65.9.0/24] },
       destination: { nets: [203.0.113.0/24, 10.65.0.2/32], ports: [443, http] } }`,
    `subject > 203.0.113.5 tcp/443 allow
     subject > client tcp/8080 allow
     subject > client tcp/443 allow
     subject > 198.51.100.5 tcp/443 deny    # Felix allows it
     subject > 203.0.113.5 tcp/8080 deny
     subject > visitor tcp/443 deny
     subject > 203.0.113.5 udp/443 deny`,
  ),
  egress(
    "§13.1 three positive blocks of a deny rule do not deny too much",
    `{ action: Deny, protocol: TCP,
       source: { nets: [10.65.0.0/24, 10.65.9.0/24] },
       destination: { nets: [203.0.113.0/24, 203.0.114.0/24], ports: [443, http] } },
     { action: Allow }`,
    `subject > 203.0.113.5 tcp/443 deny
     subject > 203.0.114.5 tcp/443 deny
     subject > 198.51.100.5 tcp/443 allow    # Felix denies it
     subject > 203.0.113.5 tcp/444 allow`,
  ),
  egress(
    "§13.1 the second block decides as well as the third",
    `{ action: Allow, protocol: TCP,
       source: { nets: [10.65.9.0/24, 10.65.8.0/24] },
       destination: { nets: [203.0.113.0/24, 203.0.114.0/24], ports: [443, http] } }`,
    `subject > 203.0.113.5 tcp/443 deny
     subject > 203.0.114.5 tcp/443 deny`,
  ),
  ingress(
    "§13.1 four positive blocks",
    `{ action: Allow, protocol: TCP,
       source: {
         nets: [203.0.113.0/24, 198.51.100.0/24],
         ports: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 5000] },
       destination: { nets: [10.65.0.0/24, 10.66.0.0/24], ports: [443, http] } }`,
    `203.0.113.5 > subject tcp/1>443 allow
     198.51.100.5 > subject tcp/5000>8080 allow
     198.51.100.5 > subject tcp/5001>443 deny
     192.0.2.5 > subject tcp/1>443 deny
     203.0.113.5 > subject tcp/1>444 deny`,
  ),
  ingress(
    "§13.1 positive and negated blocks together",
    `{ action: Allow, protocol: TCP,
       source: { nets: [203.0.113.0/24, 198.51.100.0/24], notNets: [203.0.113.64/26, 198.51.100.64/26] },
       destination: {
         nets: [10.65.0.0/24, 10.66.0.0/24], notNets: [10.66.0.0/25, 10.66.0.128/25], ports: [443, http] } }`,
    `203.0.113.5 > subject tcp/443 allow
     203.0.113.65 > subject tcp/443 deny
     198.51.100.65 > subject tcp/8080 deny
     198.51.100.5 > subject tcp/8080 allow
     192.0.2.5 > subject tcp/443 deny
     203.0.113.5 > subject tcp/80 deny`,
  ),
  ingress(
    "§4.4 IPv6 networks on both sides",
    `{ action: Allow,
       source: { nets: ["2001:db8:a::/48", "2001:db8:b::/48"], notNets: ["2001:db8:a:1::/64"] },
       destination: { nets: ["fd65::/112", "fd66::/64"] } }`,
    `2001:db8:a::1 > subject.6 tcp/80 allow
     2001:db8:a:1::1 > subject.6 tcp/80 deny
     2001:db8:b::1 > subject.6 tcp/80 allow
     2001:db8:c::1 > subject.6 tcp/80 deny
     203.0.113.5 > subject tcp/80 deny`,
  ),
  ingress(
    "§4.4 a block of one rule leaves nothing behind for the next",
    `{ action: Deny, source: { nets: [203.0.113.0/25, 198.51.100.0/25] } },
     { action: Allow, protocol: TCP, source: { nets: [203.0.113.128/25, 198.51.100.128/25] } },
     { action: Deny, ipVersion: 4, source: { notNets: [192.0.2.0/25, 192.0.2.128/26] } },
     { action: Allow, protocol: UDP }`,
    `203.0.113.5 > subject tcp/80 deny
     203.0.113.129 > subject tcp/80 allow
     203.0.113.129 > subject udp/80 deny
     192.0.2.129 > subject udp/80 allow
     192.0.2.129 > subject tcp/80 deny
     192.0.2.200 > subject udp/80 deny`,
  ),
]);
