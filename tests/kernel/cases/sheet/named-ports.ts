import { egress, ingress, pack, ports } from "../case.ts";

export const NAMED_PORT_CASES = pack("named ports", [
  ingress(
    "§4.1 a named port is a number of one protocol at each endpoint",
    `{ action: Allow, destination: { ports: [http] } }`,
    `203.0.113.5 > subject tcp/8080 allow
     203.0.113.5 > subject tcp/8081 deny
     203.0.113.5 > subject udp/8080 deny
     2001:db8:f::5 > subject.6 tcp/8080 allow`,
  ),
  ingress(
    "§4.1 without a protocol a named port may be of any",
    `{ action: Allow, destination: { ports: [dns, diameter] } }`,
    `203.0.113.5 > subject udp/5353 allow
     203.0.113.5 > subject tcp/5353 deny
     203.0.113.5 > subject sctp/3868 allow
     203.0.113.5 > subject tcp/3868 deny`,
  ),
  ingress(
    "§4.1 the rule's protocol must be the port's",
    `{ action: Allow, protocol: TCP, destination: { ports: [dns] } },
     { action: Allow, protocol: UDP, destination: { ports: [diameter] } }`,
    `203.0.113.5 > subject udp/5353 deny
     203.0.113.5 > subject tcp/5353 deny
     203.0.113.5 > subject sctp/3868 deny
     203.0.113.5 > subject udp/3868 deny`,
  ),
  ingress(
    "§4.1 named ports of UDP and SCTP",
    `{ action: Allow, protocol: UDP, destination: { ports: [dns] } },
     { action: Allow, protocol: SCTP, destination: { ports: [diameter] } }`,
    `203.0.113.5 > subject udp/5353 allow
     203.0.113.5 > subject udp/5354 deny
     203.0.113.5 > subject sctp/3868 allow
     203.0.113.5 > subject sctp/3869 deny`,
  ),
  ingress(
    "§4.4 numeric and named ports: any of them",
    `{ action: Allow, protocol: TCP, destination: { ports: [80, http, metrics] } }`,
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/8080 allow
     203.0.113.5 > subject tcp/9102 allow
     203.0.113.5 > subject tcp/9103 deny
     203.0.113.5 > subject udp/80 deny`,
  ),
  ingress(
    "§4.1 a name that no endpoint has matches nothing",
    `{ action: Allow, protocol: TCP, destination: { ports: [gopher] } }`,
    `203.0.113.5 > subject tcp/70 deny
     203.0.113.5 > subject tcp/8080 deny`,
  ),
  egress(
    "§4.1 each endpoint's own number",
    `{ action: Allow, protocol: TCP, destination: { ports: [http] } }`,
    `subject > client tcp/8080 allow
     subject > client tcp/8088 deny
     subject > visitor tcp/8088 allow
     subject > visitor tcp/8080 deny
     subject > 203.0.113.5 tcp/8080 deny`,
  ),
  egress(
    "§4.1 with a selector, only the ports of what it matches",
    `{ action: Allow, protocol: TCP, destination: { selector: app == 'client', ports: [http] } }`,
    `subject > client tcp/8080 allow
     subject > visitor tcp/8088 deny
     subject > client tcp/8081 deny`,
  ),
  egress(
    "§4.1 a selector with numeric and named ports",
    `{ action: Allow, protocol: TCP, destination: { selector: app == 'client', ports: [80, http] } }`,
    `subject > client tcp/80 allow
     subject > client tcp/8080 allow
     subject > client tcp/81 deny
     subject > visitor tcp/80 deny
     subject > visitor tcp/8088 deny
     subject > remote tcp/80 allow
     subject > remote tcp/8080 deny`,
  ),
  egress(
    "§4.1 a selector and its exception bound the named ports",
    `{ action: Allow, protocol: TCP, destination: {
         selector: has(app), notSelector: app == 'client', ports: [http] } }`,
    `subject > client tcp/8080 deny
     subject > visitor tcp/8088 allow`,
  ),
  ingress(
    "§4.3 a named port among notPorts",
    `{ action: Allow, protocol: TCP, destination: { notPorts: [http, 22] } }`,
    `203.0.113.5 > subject tcp/8080 deny
     203.0.113.5 > subject tcp/22 deny
     203.0.113.5 > subject tcp/8081 allow
     203.0.113.5 > subject tcp/9102 allow`,
  ),
  egress(
    "§4.1 named notPorts are bounded by the positive selector",
    `{ action: Allow, protocol: TCP, destination: { selector: has(app), notPorts: [http] } }`,
    `subject > client tcp/8080 deny
     subject > client tcp/8088 allow
     subject > visitor tcp/8088 deny
     subject > 203.0.113.5 tcp/8080 deny`,
  ),
  egress(
    "§4.1 named notPorts without a selector let unknown addresses through",
    `{ action: Allow, protocol: TCP, destination: { notPorts: [http] } }`,
    `subject > client tcp/8080 deny
     subject > client tcp/80 allow
     subject > 203.0.113.5 tcp/8080 allow`,
  ),
  ingress(
    "§4.1 a named source port",
    `{ action: Allow, protocol: TCP, source: { ports: [http] } }`,
    `client > subject tcp/8080>80 allow
     client > subject tcp/8088>80 deny
     visitor > subject tcp/8088>80 allow
     203.0.113.5 > subject tcp/8080>80 deny`,
  ),
  egress(
    "resources §1.8 a named port of a host endpoint",
    `{ action: Allow, protocol: TCP, destination: { ports: [ssh] } }`,
    `subject > node-2 tcp/2222 allow
     subject > node-2 tcp/22 deny
     subject.6 > node-2.6 tcp/2222 allow
     subject > client tcp/2222 deny`,
  ),
  ingress(
    "§4.4 more than 15 ports and a name",
    `{ action: Allow, protocol: TCP, destination: { ports: [${ports(1001, 16)}, http] } }`,
    `203.0.113.5 > subject tcp/1001 allow
     203.0.113.5 > subject tcp/1016 allow
     203.0.113.5 > subject tcp/8080 allow
     203.0.113.5 > subject tcp/1017 deny
     203.0.113.5 > subject udp/8080 deny`,
  ),
  ingress(
    "§4.3 a named source port among notPorts",
    `{ action: Allow, protocol: TCP, source: { notPorts: [http, 99] } }`,
    `client > subject tcp/8080>80 deny
     client > subject tcp/8088>80 allow
     visitor > subject tcp/8088>80 deny
     203.0.113.5 > subject tcp/8080>80 allow
     203.0.113.5 > subject tcp/99>80 deny`,
  ),
]);
