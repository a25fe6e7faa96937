import type { Case } from "../case.ts";
import { addressOf } from "../cluster.ts";
import { calicoPolicy, globalPolicy } from "../resources.ts";

/** A Service without selector, and the slices of its addresses in both IP versions. */
function service(
  name: string,
  pods: readonly string[],
  ports: readonly { readonly protocol: string; readonly port: number }[],
): string {
  const listed = ports.map((port) => ({ name: `${port.protocol.toLowerCase()}-${port.port}`, ...port }));
  const head = (kind: string, place: string, version: string, labels = {}) =>
    ({ apiVersion: version, kind, metadata: { name: place, namespace: "x", labels } }) as const;
  const slices = ([4, 6] as const).map((version) => ({
    ...head("EndpointSlice", `${name}-ipv${version}`, "discovery.k8s.io/v1", {
      "kubernetes.io/service-name": name,
    }),
    addressType: `IPv${version}`,
    endpoints: pods.map((pod) => ({ addresses: [addressOf(pod, version)], conditions: { ready: true } })),
    ports: listed,
  }));
  const documents = [{ ...head("Service", name, "v1"), spec: { ports: listed } }, ...slices];
  return documents.map((document) => `${JSON.stringify(document)}\n`).join("---\n");
}

const SHOP = service(
  "shop",
  ["x/a", "y/b"],
  [
    { protocol: "TCP", port: 80 },
    { protocol: "UDP", port: 81 },
  ],
);

/** Rules that name a Kubernetes Service: its addresses with its ports as a destination, its addresses as a source. */
export const SERVICES: readonly Case[] = [
  {
    name: "to a service: its addresses by its ports",
    policies: [
      SHOP,
      calicoPolicy(
        "x/to",
        "{ selector: pod == 'c', egress: [{ action: Allow, destination: { services: { name: shop, namespace: x } } }] }",
      ),
    ],
    expected: `
      allow * > *
      deny x/c > *
      allow x/c > x/a,y/b tcp/80 udp/81`,
  },
  {
    name: "to a service by one of its protocols, and not to another",
    policies: [
      SHOP,
      service("bank", ["z/c"], [{ protocol: "TCP", port: 443 }]),
      globalPolicy(
        "to",
        `
namespaceSelector: ns == 'z'
egress:
  - { action: Deny, destination: { services: { name: bank, namespace: x } } }
  - { action: Deny, protocol: UDP, destination: { services: { name: shop, namespace: x } } }
  - { action: Allow }`,
      ),
    ],
    expected: `
      allow * > *
      deny z/* > z/c tcp/443
      deny z/* > x/a,y/b udp/81`,
  },
  {
    name: "from a service: its addresses, whatever its ports",
    policies: [
      SHOP,
      calicoPolicy(
        "y/from",
        `
ingress:
  - action: Allow
    protocol: TCP
    source: { services: { name: shop, namespace: x } }
    destination: { ports: ['81:82'] }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > y/*
      allow x/a,y/b > y/* tcp/81-82`,
  },
  {
    name: "to a service that nobody made",
    policies: [
      calicoPolicy(
        "x/to",
        "{ selector: pod == 'a', egress: [{ action: Allow, destination: { services: { name: none, namespace: x } } }] }",
      ),
    ],
    expected: `
      allow * > *
      deny x/a > *`,
  },
];
