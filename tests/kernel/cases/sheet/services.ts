import { about, gnp, np, pack } from "../case.ts";

const SERVICE = `---
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
ports:
  - { name: web, port: 8080, protocol: TCP }
  - { name: log, port: 514, protocol: UDP }
  - { name: any, protocol: TCP }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: subject-api-b, namespace: shop, labels: { kubernetes.io/service-name: subject-api } }
addressType: IPv6
endpoints: [{ addresses: ["fd65::2"] }]
ports: [{ name: web, port: 8081, protocol: TCP }]
`;

const withService = (type: string, rules: string) =>
  SERVICE + gnp("subject", `types: [${type}], ${type.toLowerCase()}: [${rules}]`);

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
    SERVICE +
      np(
        "subject",
        `selector: is == 'subject', types: [Egress],
          egress: [{ action: Allow, destination: { services: { name: subject-api, namespace: shop } } }]`,
      ),
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
