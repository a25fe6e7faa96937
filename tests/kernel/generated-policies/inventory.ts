import type { SourceFile } from "../../../compiler/index.ts";

/** A resource as it would stand in a file. */
export interface Resource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

export const CALICO = "projectcalico.org/v3";

export const NODE = "node-1";
export const HOST_ADDRESSES: readonly string[] = ["172.16.1.11/24", "fd16::11/64"];
export const OUTSIDE_ADDRESSES: readonly string[] = ["172.16.1.12/24", "fd16::12/64"];

/** What every generated policy meets: three pods on the node, one elsewhere, each with an address of each version. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly node: string;
  readonly addresses: readonly [v4: string, v6: string];
  readonly labels: Readonly<Record<string, string>>;
  readonly ports: readonly {
    readonly name: string;
    readonly containerPort: number;
    readonly protocol: string;
  }[];
  readonly serviceAccount: string;
}

const http = (containerPort: number) => ({ name: "http", containerPort, protocol: "TCP" });
const dns = (containerPort: number) => ({ name: "dns", containerPort, protocol: "UDP" });
const sip = (containerPort: number) => ({ name: "sip", containerPort, protocol: "SCTP" });

export const PODS: readonly Pod[] = [
  {
    namespace: "shop",
    name: "a",
    node: NODE,
    addresses: ["10.65.0.2", "fd65::2"],
    labels: { app: "a", tier: "front" },
    ports: [http(8080), sip(5060)],
    serviceAccount: "teller",
  },
  {
    namespace: "shop",
    name: "b",
    node: NODE,
    addresses: ["10.65.0.3", "fd65::3"],
    labels: { app: "b", tier: "back" },
    ports: [http(8088), dns(53)],
    serviceAccount: "guest",
  },
  {
    namespace: "ops",
    name: "c",
    node: NODE,
    addresses: ["10.65.0.4", "fd65::4"],
    labels: { app: "c" },
    ports: [dns(5353)],
    serviceAccount: "guest",
  },
  {
    namespace: "shop",
    name: "r",
    node: "node-2",
    addresses: ["10.65.1.2", "fd65::1:2"],
    labels: { app: "a", tier: "far" },
    ports: [http(8080)],
    serviceAccount: "teller",
  },
];

export const HOST: readonly [v4: string, v6: string] = ["172.16.1.11", "fd16::11"];
export const OTHER_HOST: readonly [v4: string, v6: string] = ["172.16.1.12", "fd16::12"];

const nodes = [HOST, OTHER_HOST].map(
  ([v4, v6], index): Resource => ({
    apiVersion: CALICO,
    kind: "Node",
    metadata: { name: `node-${index + 1}` },
    spec: {
      bgp: { ipv4Address: `${v4}/24`, ipv6Address: `${v6}/64` },
      interfaces: [{ name: "eth0", addresses: [v4, v6] }],
      orchRefs: [{ nodeName: `node-${index + 1}`, orchestrator: "k8s" }],
    },
  }),
);

const pools = ["10.65.0.0/16", "fd65::/64"].map(
  (cidr, index): Resource => ({
    apiVersion: CALICO,
    kind: "IPPool",
    metadata: { name: `pods-${index}` },
    spec: { cidr, natOutgoing: true },
  }),
);

const namespaces = ["shop", "ops"].map(
  (name): Resource => ({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { team: name } } }),
);

const serviceAccounts = ["teller", "guest"].flatMap((name) =>
  ["shop", "ops"].map(
    (namespace): Resource => ({
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name, namespace, labels: { clearance: name === "teller" ? "high" : "low" } },
    }),
  ),
);

/** The pods that Kubernetes runs; the last one on the node is an endpoint of Calico's own API, see `workload`. */
const pods = PODS.filter(({ name }) => name !== "c").map(
  ({ namespace, name, node, addresses, labels, ports, serviceAccount }): Resource => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels },
    spec: { nodeName: node, serviceAccountName: serviceAccount, containers: [{ name: "main", ports }] },
    status: { phase: "Running", podIPs: addresses.map((ip) => ({ ip })) },
  }),
);

/** What a case may say of the workload `c`. */
export interface WorkloadOptions {
  readonly profiles: readonly string[];
  readonly allowSpoofedSourcePrefixes: readonly string[];
  readonly ipNATs: readonly { readonly internalIP: string; readonly externalIP: string }[];
}

/** The pod `c` as the endpoint that a CNI plugin of Calico writes, which can say more than a Pod. */
export function workload(options: WorkloadOptions): Resource {
  const { namespace, name, node, addresses, labels, ports, serviceAccount } = PODS.find(
    (pod) => pod.name === "c",
  )!;
  return {
    apiVersion: CALICO,
    kind: "WorkloadEndpoint",
    metadata: {
      name: `${node.replaceAll("-", "--")}-k8s-${name}-eth0`,
      namespace,
      labels: {
        ...labels,
        "projectcalico.org/namespace": namespace,
        "projectcalico.org/orchestrator": "k8s",
      },
    },
    spec: {
      orchestrator: "k8s",
      node,
      pod: name,
      endpoint: "eth0",
      interfaceName: "cali0ops0c",
      serviceAccountName: serviceAccount,
      ipNetworks: addresses.map((address, index) => `${address}/${[32, 128][index]}`),
      ports: ports.map(({ name, containerPort, protocol }) => ({ name, port: containerPort, protocol })),
      ...options,
    },
  };
}

/** Addresses by which `c` can be reached from elsewhere if the case says so. */
export const FLOATING: readonly [v4: string, v6: string] = ["198.51.100.10", "2001:db8:f1::10"];

/** The endpoints of a service: a pod here, a pod there, and somebody outside the cluster. */
export const SERVICE = { namespace: "shop", name: "web" };
export const SERVICE_PORTS = [
  { name: "http", port: 8080, protocol: "TCP" },
  { name: "dns", port: 53, protocol: "UDP" },
];
export const OUTSIDE_BACKENDS: readonly [v4: string, v6: string] = ["203.0.113.7", "2001:db8:71::7"];

const service: readonly Resource[] = [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: SERVICE,
    spec: { clusterIP: "10.96.0.7", ports: SERVICE_PORTS },
  },
  ...(["IPv4", "IPv6"] as const).map(
    (addressType, index): Resource => ({
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: {
        name: `web-${index}`,
        namespace: SERVICE.namespace,
        labels: { "kubernetes.io/service-name": SERVICE.name },
      },
      addressType,
      ports: SERVICE_PORTS,
      endpoints: [PODS[0]!.addresses[index]!, PODS[3]!.addresses[index]!, OUTSIDE_BACKENDS[index]!].map(
        (address) => ({ addresses: [address] }),
      ),
    }),
  ),
];

const INVENTORY: readonly Resource[] = [
  ...nodes,
  ...pools,
  ...namespaces,
  ...serviceAccounts,
  ...pods,
  ...service,
];

export const POLICY_FILE = "policies.json";

/** The inventory and what a case adds to it, as the compiler reads them from files. */
export function sourceFiles(added: readonly Resource[]): readonly SourceFile[] {
  const list = (items: readonly Resource[]) => JSON.stringify({ apiVersion: "v1", kind: "List", items });
  return [
    { path: "inventory.json", text: list(INVENTORY) },
    { path: POLICY_FILE, text: list(added) },
  ];
}
