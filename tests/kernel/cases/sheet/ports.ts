import { about, egress, ingress, pack } from "../case.ts";

const list = (first: number, count: number, step = 1) =>
  Array.from({ length: count }, (_, index) => first + index * step).join(", ");

export const PORT_CASES = pack("ports", [
  ingress(
    "§4.3 one destination port",
    `{ action: Allow, protocol: TCP, destination: { ports: [80] } }`,
    `203.0.113.5 > subject tcp/79 deny
     203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/81 deny
     203.0.113.5 > subject udp/80 deny
     203.0.113.5 > subject tcp/80>81 deny
     2001:db8:f::5 > subject.6 tcp/80 allow`,
  ),
  ingress(
    "§4.3 a range of destination ports",
    `{ action: Allow, protocol: UDP, destination: { ports: ["1000:1002"] } }`,
    `203.0.113.5 > subject udp/999 deny
     203.0.113.5 > subject udp/1000 allow
     203.0.113.5 > subject udp/1001 allow
     203.0.113.5 > subject udp/1002 allow
     203.0.113.5 > subject udp/1003 deny
     203.0.113.5 > subject tcp/1001 deny`,
  ),
  ingress(
    "resources §2.3 the first and the last port",
    `{ action: Allow, protocol: TCP, destination: { ports: [1, 65535] } }`,
    `203.0.113.5 > subject tcp/1 allow
     203.0.113.5 > subject tcp/2 deny
     203.0.113.5 > subject tcp/65534 deny
     203.0.113.5 > subject tcp/65535 allow`,
  ),
  ingress(
    "§4.1 ports with the protocol's number",
    `{ action: Allow, protocol: 6, destination: { ports: [80, "90:91"] } },
     { action: Allow, protocol: 132, destination: { ports: [70] } }`,
    `203.0.113.5 > subject tcp/80 allow
     203.0.113.5 > subject tcp/90 allow
     203.0.113.5 > subject tcp/92 deny
     203.0.113.5 > subject sctp/70 allow
     203.0.113.5 > subject sctp/80 deny`,
  ),
  ingress(
    "§4.3 a source port",
    `{ action: Allow, protocol: UDP, source: { ports: [1234] } }`,
    `203.0.113.5 > subject udp/1234>53 allow
     203.0.113.5 > subject udp/1233>53 deny
     203.0.113.5 > subject udp/1235>53 deny
     203.0.113.5 > subject udp/53>1234 deny`,
  ),
  ingress(
    "§4.3 source and destination ports are both asked",
    `{ action: Allow, protocol: TCP, source: { ports: ["1024:65535"] }, destination: { ports: [80] } }`,
    `203.0.113.5 > subject tcp/1024>80 allow
     203.0.113.5 > subject tcp/1023>80 deny
     203.0.113.5 > subject tcp/1024>81 deny`,
  ),
  ingress(
    "§4.3 SCTP source ports",
    `{ action: Allow, protocol: SCTP, source: { ports: [2905] } }`,
    `203.0.113.5 > subject sctp/2905>1 allow
     203.0.113.5 > subject sctp/2906>1 deny`,
  ),
  ingress(
    "§4.3 notPorts",
    `{ action: Allow, protocol: TCP, destination: { notPorts: [22, "8000:8080"] } }`,
    `203.0.113.5 > subject tcp/22 deny
     203.0.113.5 > subject tcp/23 allow
     203.0.113.5 > subject tcp/7999 allow
     203.0.113.5 > subject tcp/8000 deny
     203.0.113.5 > subject tcp/8080 deny
     203.0.113.5 > subject tcp/8081 allow
     203.0.113.5 > subject udp/23 deny`,
  ),
  ingress(
    "§4.3 notPorts of the source",
    `{ action: Allow, protocol: TCP, source: { notPorts: ["1:1023"] } }`,
    `203.0.113.5 > subject tcp/1>80 deny
     203.0.113.5 > subject tcp/1023>80 deny
     203.0.113.5 > subject tcp/1024>80 allow`,
  ),
  ingress(
    "§4.3 ports without some of them",
    `{ action: Allow, protocol: TCP, destination: { ports: ["8000:9000"], notPorts: [8080] } }`,
    `203.0.113.5 > subject tcp/8000 allow
     203.0.113.5 > subject tcp/8079 allow
     203.0.113.5 > subject tcp/8080 deny
     203.0.113.5 > subject tcp/8081 allow
     203.0.113.5 > subject tcp/9001 deny`,
  ),
  ingress(
    "§4.4 15 port slots fit into one match",
    `{ action: Allow, protocol: TCP, destination: { ports: [${list(1001, 15, 2)}] } }`,
    `203.0.113.5 > subject tcp/1001 allow
     203.0.113.5 > subject tcp/1002 deny
     203.0.113.5 > subject tcp/1029 allow
     203.0.113.5 > subject tcp/1031 deny`,
  ),
  ingress(
    "§4.4 more than 15 port slots: the 16th still matches",
    `{ action: Allow, protocol: TCP, destination: { ports: [${list(1001, 16, 2)}] } }`,
    `203.0.113.5 > subject tcp/1001 allow
     203.0.113.5 > subject tcp/1029 allow
     203.0.113.5 > subject tcp/1030 deny
     203.0.113.5 > subject tcp/1031 allow
     203.0.113.5 > subject tcp/1033 deny
     203.0.113.5 > subject udp/1031 deny
     2001:db8:f::5 > subject.6 tcp/1031 allow`,
  ),
  ingress(
    "§4.4 a range takes two slots: 14 ports and a range begin a second match",
    `{ action: Allow, protocol: TCP, destination: { ports: [${list(1001, 14, 2)}, "2000:2002"] } }`,
    `203.0.113.5 > subject tcp/1027 allow
     203.0.113.5 > subject tcp/1999 deny
     203.0.113.5 > subject tcp/2000 allow
     203.0.113.5 > subject tcp/2002 allow
     203.0.113.5 > subject tcp/2003 deny`,
  ),
  ingress(
    "§4.4 eight ranges fill more than one match",
    `{ action: Allow, protocol: UDP, destination: { ports: [
       "10:11", "20:21", "30:31", "40:41", "50:51", "60:61", "70:71", "80:81"] } }`,
    `203.0.113.5 > subject udp/10 allow
     203.0.113.5 > subject udp/12 deny
     203.0.113.5 > subject udp/71 allow
     203.0.113.5 > subject udp/80 allow
     203.0.113.5 > subject udp/82 deny`,
  ),
  ingress(
    "resources §6.2 as many ports as a list may hold",
    `{ action: Allow, protocol: TCP, destination: { ports: [${list(2001, 50, 2)}] } }`,
    `203.0.113.5 > subject tcp/2001 allow
     203.0.113.5 > subject tcp/2031 allow
     203.0.113.5 > subject tcp/2061 allow
     203.0.113.5 > subject tcp/2099 allow
     203.0.113.5 > subject tcp/2100 deny
     203.0.113.5 > subject tcp/2101 deny`,
  ),
  ingress(
    "§4.4 more than 15 source ports and more than 15 destination ports: one of each",
    `{ action: Allow, protocol: TCP,
       source: { ports: [${list(501, 20)}] }, destination: { ports: [${list(1001, 20)}] } }`,
    `203.0.113.5 > subject tcp/501>1001 allow
     203.0.113.5 > subject tcp/520>1020 allow
     203.0.113.5 > subject tcp/501>1021 deny
     203.0.113.5 > subject tcp/521>1001 deny`,
  ),
  ingress(
    "§4.3 more than 15 negated ports: none of any match",
    `{ action: Allow, protocol: TCP, destination: { notPorts: [${list(1001, 20, 2)}] } }`,
    `203.0.113.5 > subject tcp/1001 deny
     203.0.113.5 > subject tcp/1029 deny
     203.0.113.5 > subject tcp/1031 deny
     203.0.113.5 > subject tcp/1039 deny
     203.0.113.5 > subject tcp/1040 allow
     203.0.113.5 > subject tcp/1041 allow`,
  ),
  ingress(
    "§4.3 more than 15 negated source ports",
    `{ action: Allow, protocol: UDP, source: { notPorts: [${list(1001, 20, 2)}] } }`,
    `203.0.113.5 > subject udp/1001>53 deny
     203.0.113.5 > subject udp/1039>53 deny
     203.0.113.5 > subject udp/1040>53 allow`,
  ),
]);

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
    `{ action: Allow, protocol: TCP, destination: { ports: [${list(1001, 16)}, http] } }`,
    `203.0.113.5 > subject tcp/1001 allow
     203.0.113.5 > subject tcp/1016 allow
     203.0.113.5 > subject tcp/8080 allow
     203.0.113.5 > subject tcp/1017 deny
     203.0.113.5 > subject udp/8080 deny`,
  ),
]);

const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: subject-api, namespace: shop }
spec: { clusterIP: 10.96.0.30, ports: [{ name: web, port: 80, targetPort: 8080 }] }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: subject-api-a, namespace: shop, labels: { kubernetes.io/service-name: subject-api } }
addressType: IPv4
endpoints:
  - { addresses: [10.65.0.2], conditions: { ready: true } }
  - { addresses: [10.65.1.3], conditions: { ready: false, serving: false, terminating: true } }
ports: [{ name: web, port: 8080, protocol: TCP }, { name: log, port: 514, protocol: UDP }, { name: all, protocol: TCP }]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: subject-api-b, namespace: shop, labels: { kubernetes.io/service-name: subject-api } }
addressType: IPv6
endpoints: [{ addresses: ["fd65::2"] }]
ports: [{ name: web, port: 8081, protocol: TCP }]
---
`;

const withService = (type: string, rules: string) => `${SERVICE}
kind: GlobalNetworkPolicy
metadata: { name: subject }
spec: { selector: is == 'subject', types: [${type}], ${type.toLowerCase()}: [${rules}] }
`;

export const SERVICE_CASES = pack("services", [
  about(
    "resources §2.5 a destination service is its addresses with its ports",
    withService(
      "Egress",
      `{ action: Allow, destination: { services: { name: subject-api, namespace: shop } } }`,
    ),
    `subject > client tcp/8080 allow
     subject > client tcp/8081 deny
     subject > client udp/8080 deny
     subject > client udp/514 allow
     subject > visitor tcp/8080 deny
     subject > 203.0.113.5 tcp/8080 deny`,
  ),
  about(
    "resources §2.5 addresses that are not ready count",
    withService(
      "Egress",
      `{ action: Allow, destination: { services: { name: subject-api, namespace: shop } } }`,
    ),
    `subject > far tcp/8080 allow
     subject > far tcp/8081 deny`,
  ),
  about(
    "resources §2.5 every slice of the service has its own ports",
    withService(
      "Egress",
      `{ action: Allow, protocol: TCP, destination: { services: { name: subject-api, namespace: shop } } }`,
    ),
    `subject.6 > client.6 tcp/8081 allow
     subject.6 > client.6 tcp/8080 deny
     subject > client tcp/8080 allow
     subject > client udp/514 deny`,
  ),
  about(
    "resources §2.5 a source service is its addresses, whatever the port",
    withService("Ingress", `{ action: Allow, source: { services: { name: subject-api, namespace: shop } } }`),
    `client > subject tcp/80 allow
     client > subject udp/7 allow
     far > subject icmp allow
     visitor > subject tcp/80 deny
     client.6 > subject.6 tcp/80 allow
     203.0.113.5 > subject tcp/80 deny`,
  ),
  about(
    "§4.1 a source service with source ports: both are asked",
    withService(
      "Ingress",
      `{ action: Allow, protocol: TCP, source: {
           services: { name: subject-api, namespace: shop }, ports: [1234] } }`,
    ),
    `client > subject tcp/1234>80 allow
     client > subject tcp/1235>80 deny
     visitor > subject tcp/1234>80 deny`,
  ),
  about(
    "resources §2.4 R22 the service of a namespaced policy may be of another namespace",
    `${SERVICE}
kind: NetworkPolicy
metadata: { name: subject, namespace: demo }
spec:
  selector: is == 'subject'
  types: [Egress]
  egress: [{ action: Allow, destination: { services: { name: subject-api, namespace: shop } } }]
`,
    `subject > client tcp/8080 allow
     subject > client tcp/80 deny`,
  ),
  about(
    "resources §2.5 a service of that name in another namespace is another",
    withService(
      "Egress",
      `{ action: Allow, destination: { services: { name: subject-api, namespace: demo } } }`,
    ),
    `subject > client tcp/8080 deny`,
  ),
  about(
    "resources §2.5 the service's own address is none of its endpoints",
    withService(
      "Egress",
      `{ action: Deny, destination: { services: { name: subject-api, namespace: shop } } }, { action: Allow }`,
    ),
    `subject > client tcp/8080 deny
     subject > client tcp/80 allow
     subject > 10.96.0.30 tcp/8080 allow`,
  ),
]);
