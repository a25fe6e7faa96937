import { about, egress, ingress, np, pack } from "../case.ts";

const namespaced = (spec: string) => np("subject", `selector: is == 'subject', ${spec}`);

export const SELECTOR_CASES = pack("selectors", [
  ingress(
    "resources §2.2 a selector matches the addresses of endpoints on every node",
    `{ action: Allow, source: { selector: app == 'client' } }`,
    `client > subject tcp/80 allow
     remote > subject tcp/80 allow
     client.6 > subject.6 tcp/80 allow
     visitor > subject tcp/80 deny
     203.0.113.5 > subject tcp/80 deny`,
  ),
  egress(
    "§4.3 a selector of the destination",
    `{ action: Allow, destination: { selector: app == 'client' } }`,
    `subject > client tcp/80 allow
     subject > remote udp/80 allow
     subject.6 > remote.6 tcp/80 allow
     subject > visitor tcp/80 deny
     subject > 203.0.113.5 tcp/80 deny`,
  ),
  ingress(
    "resources §1.7 a selector matches the networks of global sets",
    `{ action: Allow, source: { selector: kind == 'partner' } }`,
    `198.51.99.255 > subject tcp/80 deny
     198.51.100.0 > subject tcp/80 allow
     198.51.100.15 > subject tcp/80 allow
     198.51.100.16 > subject tcp/80 deny
     2001:db8:c6::9 > subject.6 tcp/80 allow
     2001:db8:c6:1::9 > subject.6 tcp/80 deny`,
  ),
  ingress(
    "resources §1.7 a namespaced set carries its namespace",
    `{ action: Allow, source: { selector: kind == 'friend', namespaceSelector: team == 'demo' } },
     { action: Allow, source: { selector: kind == 'partner', namespaceSelector: team == 'demo' } }`,
    `198.51.100.64 > subject tcp/80 allow
     198.51.100.79 > subject tcp/80 allow
     198.51.100.80 > subject tcp/80 deny
     198.51.100.1 > subject tcp/80 deny`,
  ),
  ingress(
    "§5.2 a network within another of the same set",
    `{ action: Deny, source: { selector: kind == 'nested' } }, { action: Allow }`,
    `198.51.100.127 > subject tcp/80 allow
     198.51.100.128 > subject tcp/80 deny
     198.51.100.130 > subject tcp/80 deny
     198.51.100.131 > subject tcp/80 deny
     198.51.100.191 > subject tcp/80 deny
     198.51.100.192 > subject tcp/80 allow`,
  ),
  ingress(
    "§5.2 a set can hold the whole of both versions",
    `{ action: Allow, source: { selector: kind == 'everything' } }`,
    `203.0.113.5 > subject tcp/80 allow
     1.2.3.4 > subject tcp/80 allow
     client > subject tcp/80 allow
     2001:db8:f::5 > subject.6 tcp/80 allow`,
  ),
  ingress(
    "§4.1 notSelector alone also matches addresses that belong to nothing",
    `{ action: Allow, source: { notSelector: app == 'client' } }`,
    `client > subject tcp/80 deny
     remote > subject tcp/80 deny
     visitor > subject tcp/80 allow
     203.0.113.5 > subject tcp/80 allow
     2001:db8:f::5 > subject.6 tcp/80 allow`,
  ),
  ingress(
    "§4.1 with a selector, notSelector takes away from it",
    `{ action: Allow, source: { selector: has(app), notSelector: app == 'client' } }`,
    `client > subject tcp/80 deny
     visitor > subject tcp/80 allow
     far > subject tcp/80 allow
     203.0.113.5 > subject tcp/80 deny`,
  ),
  ingress(
    "resources §2.5 all() matches what is known, not everything",
    `{ action: Allow, source: { selector: "all() && kind != 'everything'" } }`,
    `client > subject tcp/80 allow
     far > subject tcp/80 allow
     198.51.100.5 > subject tcp/80 allow
     node-2 > subject tcp/80 allow
     203.0.113.5 > subject tcp/80 deny`,
  ),
  ingress(
    "resources §3.3 != and not in hold for absent labels, of known addresses",
    `{ action: Allow, protocol: TCP, source: { selector: "app != 'client' && !has(kind)" } },
     { action: Allow, protocol: UDP, source: { selector: "app not in { 'client', 'far' } && !has(kind)" } }`,
    `client > subject tcp/80 deny
     node-2 > subject tcp/80 allow
     far > subject tcp/80 allow
     far > subject udp/80 deny
     visitor > subject udp/80 allow
     203.0.113.5 > subject tcp/80 deny`,
  ),
  ingress(
    "resources §3.3 == and in do not hold for absent labels",
    `{ action: Allow, protocol: TCP, source: { selector: "color in { 'red', 'blue' }" } }`,
    `visitor > subject tcp/80 allow
     far > subject tcp/80 deny
     client > subject tcp/80 deny`,
  ),
  ingress(
    "resources §3.3 contains, starts with, ends with",
    `{ action: Allow, protocol: TCP, source: { selector: stage starts with 'prod' } },
     { action: Allow, protocol: UDP, source: { selector: stage ends with '-eu' } },
     { action: Allow, protocol: SCTP, source: { selector: stage contains 't-e' } }`,
    `client > subject tcp/80 allow
     remote > subject tcp/80 deny
     client > subject udp/80 allow
     remote > subject udp/80 allow
     visitor > subject udp/80 deny
     client > subject sctp/80 deny
     remote > subject sctp/80 allow`,
  ),
  ingress(
    "resources §3.3 negation of an absent label's comparison holds",
    `{ action: Allow, source: { selector: "!stage contains 'prod' && has(app)" } }`,
    `client > subject tcp/80 deny
     remote > subject tcp/80 allow
     visitor > subject tcp/80 allow`,
  ),
  ingress(
    "resources §3.7 a namespaceSelector selects the labels of namespaces",
    `{ action: Allow, source: { namespaceSelector: team == 'shop' } }`,
    `visitor > subject tcp/80 allow
     far > subject tcp/80 allow
     client > subject tcp/80 deny
     203.0.113.5 > subject tcp/80 deny`,
  ),
  ingress(
    "resources §3.7 namespaceSelector by the namespace's name",
    `{ action: Allow, source: {
         namespaceSelector: projectcalico.org/name == 'shop', selector: app == 'far' } }`,
    `far > subject tcp/80 allow
     visitor > subject tcp/80 deny`,
  ),
  ingress(
    "resources §3.7 namespaceSelector all() is everything in some namespace",
    `{ action: Allow, source: { namespaceSelector: all() } }`,
    `client > subject tcp/80 allow
     visitor > subject tcp/80 allow
     198.51.100.64 > subject tcp/80 allow
     198.51.100.1 > subject tcp/80 deny
     node-2 > subject tcp/80 deny
     203.0.113.5 > subject tcp/80 deny`,
  ),
  ingress(
    "resources §3.7 namespaceSelector global() is everything in no namespace",
    `{ action: Allow, source: { namespaceSelector: global(), selector: "kind == 'partner' || has(rack)" } }`,
    `198.51.100.1 > subject tcp/80 allow
     node-2 > subject tcp/80 allow
     198.51.100.64 > subject tcp/80 deny
     client > subject tcp/80 deny`,
  ),
  ingress(
    "resources §1.6 labels of the namespace are inherited as pcns.",
    `{ action: Allow, source: { selector: pcns.team == 'shop' } }`,
    `visitor > subject tcp/80 allow
     client > subject tcp/80 deny`,
  ),
  ingress(
    "resources §3.7 service accounts by name",
    `{ action: Allow, source: { serviceAccounts: { names: [teller, nobody] } } }`,
    `visitor > subject tcp/80 allow
     client > subject tcp/80 deny
     far > subject tcp/80 deny`,
  ),
  ingress(
    "resources §3.7 service accounts by their labels",
    `{ action: Allow, source: { serviceAccounts: { selector: clearance == 'gold' } } }`,
    `visitor > subject tcp/80 allow
     client > subject tcp/80 deny`,
  ),
  ingress(
    "resources §2.2 service accounts by name and labels: both",
    `{ action: Allow, source: { serviceAccounts: { names: [teller, guest], selector: clearance == 'none' } } }`,
    `client > subject tcp/80 allow
     visitor > subject tcp/80 deny`,
  ),
  ingress(
    "resources §1.8 the expected addresses of a host endpoint",
    `{ action: Allow, source: { selector: rack == 'r2' } }`,
    `node-2 > subject tcp/80 allow
     node-2.6 > subject.6 tcp/80 allow
     client > subject tcp/80 deny`,
  ),
  ingress(
    "§4.4 selector and networks are both asked",
    `{ action: Allow, source: { selector: app == 'client', nets: [10.65.1.0/24] } }`,
    `remote > subject tcp/80 allow
     client > subject tcp/80 deny
     far > subject tcp/80 deny`,
  ),
  ingress(
    "§4.4 selector and negated networks",
    `{ action: Allow, source: { selector: app == 'client', notNets: [10.65.1.0/24] } }`,
    `client > subject tcp/80 allow
     remote > subject tcp/80 deny
     client.6 > subject.6 tcp/80 deny`,
  ),
  ingress(
    "§4.3 selectors of both sides",
    `{ action: Allow, source: { selector: app == 'client' }, destination: { selector: app == 'server' } },
     { action: Allow, source: { selector: app == 'visitor' }, destination: { selector: app == 'client' } }`,
    `client > subject tcp/80 allow
     visitor > subject tcp/80 deny`,
  ),
  ingress(
    "§5.2 an address of two endpoints counts where one of them matches",
    `{ action: Allow, protocol: TCP, source: { selector: paint == 'red' } },
     { action: Allow, protocol: UDP, source: { selector: paint == 'green' } },
     { action: Allow, protocol: SCTP, source: { selector: "paint == 'red' && has(marked)" } }`,
    `10.65.1.9 > subject tcp/80 allow
     10.65.1.9 > subject udp/80 allow
     10.65.1.9 > subject sctp/80 deny
     fd65::1:9 > subject.6 tcp/80 allow`,
  ),
  ingress(
    "§4.1 an address of two endpoints: one must match selector and notSelector together",
    `{ action: Allow, protocol: TCP, source: { selector: has(paint), notSelector: has(marked) } },
     { action: Allow, protocol: UDP, source: { notSelector: has(marked) } }`,
    `10.65.1.9 > subject tcp/80 allow
     10.65.1.9 > subject udp/80 deny`,
  ),
  ingress(
    "resources §4.4 a finished pod has no address",
    `{ action: Allow, source: { selector: app == 'client' } }`,
    `10.65.1.7 > subject tcp/80 deny
     remote > subject tcp/80 allow`,
  ),
  ingress(
    "§5.2 a host-networked pod is no endpoint",
    `{ action: Deny, source: { selector: app == 'client' } }, { action: Allow }`,
    `10.65.1.8 > subject tcp/80 allow
     remote > subject tcp/80 deny`,
  ),
  ingress(
    "resources §2.2 a selector that selects nothing matches nothing",
    `{ action: Allow, protocol: TCP, source: { selector: app == 'nobody' } },
     { action: Allow, protocol: UDP, source: { notSelector: app == 'nobody' } }`,
    `client > subject tcp/80 deny
     203.0.113.5 > subject tcp/80 deny
     203.0.113.5 > subject udp/80 allow
     client > subject udp/80 allow`,
  ),
  about(
    "resources §3.7 a namespaced policy's selectors stay in its namespace",
    namespaced("types: [Ingress], ingress: [{ action: Allow, source: { selector: has(app) } }]"),
    `client > subject tcp/80 allow
     remote > subject tcp/80 allow
     visitor > subject tcp/80 deny
     far > subject tcp/80 deny`,
  ),
  about(
    "resources §3.7 a namespaced policy reaches other namespaces by namespaceSelector",
    namespaced(
      `types: [Ingress],
        ingress: [{ action: Allow, source: { selector: has(app), namespaceSelector: team == 'shop' } }]`,
    ),
    `visitor > subject tcp/80 allow
     client > subject tcp/80 deny`,
  ),
  about(
    "§4.1 notSelector of a namespaced policy stays in the namespace",
    namespaced("types: [Ingress], ingress: [{ action: Allow, source: { notSelector: app == 'client' } }]"),
    `client > subject tcp/80 deny
     visitor > subject tcp/80 deny
     203.0.113.5 > subject tcp/80 deny
     198.51.100.64 > subject tcp/80 allow
     10.65.1.9 > subject tcp/80 allow`,
  ),
  about(
    "resources §3.7 networks of a namespaced policy are not bound to its namespace",
    namespaced(
      "types: [Ingress], ingress: [{ action: Allow, source: { nets: [203.0.113.0/24, 10.65.0.3/32] } }]",
    ),
    `203.0.113.5 > subject tcp/80 allow
     visitor > subject tcp/80 allow
     client > subject tcp/80 deny`,
  ),
  about(
    "resources §3.7 global() in a namespaced policy",
    namespaced(
      `types: [Ingress],
        ingress: [{ action: Allow, source: { namespaceSelector: global(), selector: kind == 'partner' } }]`,
    ),
    `198.51.100.1 > subject tcp/80 allow
     198.51.100.64 > subject tcp/80 deny
     client > subject tcp/80 deny`,
  ),
]);
