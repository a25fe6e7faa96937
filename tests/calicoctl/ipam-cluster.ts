import type { JsonObject } from "../../runtime/datastore/json.ts";
import { CALICO_API_VERSION } from "../../runtime/datastore/kinds.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";

/** Sequence numbers of real blocks are beyond what a `number` counts exactly. */
export const SEQUENCE = 1_785_542_400_000_000_001n;

function calico(kind: string, name: string, spec: JsonObject, namespace?: string): Resource {
  const metadata = namespace === undefined ? { name } : { name, namespace };
  return { kind, apiVersion: CALICO_API_VERSION, metadata, spec };
}

function pod(name: string, node: string, handle: string): JsonObject {
  const timestamp = "2026-08-01 00:00:00.123456789 +0000 UTC";
  return {
    handle_id: `k8s-pod-network.${handle}`,
    secondary: { namespace: "d", node, pod: name, timestamp },
  };
}

function tunnel(node: string): JsonObject {
  return {
    handle_id: `vxlan-tunnel-addr-${node}`,
    secondary: { node, type: "vxlanTunnelAddress" },
  };
}

/** A block of four addresses; what is allocated follows from the attributes: `null` is a free address. */
function block(base: string, affinity: string | undefined, slots: readonly (JsonObject | null)[]): Resource {
  const attributes = slots.filter((slot) => slot !== null);
  const taken = [...slots.keys()].filter((ordinal) => slots[ordinal] !== null);
  return calico("IPAMBlock", `${base.replaceAll(".", "-")}-30`, {
    cidr: `${base}/30`,
    ...(affinity === undefined ? {} : { affinity, affinityClaimTime: "2026-08-01T00:00:00Z" }),
    allocations: slots.map((slot) => (slot === null ? null : attributes.indexOf(slot))),
    unallocated: [...slots.keys()].filter((ordinal) => slots[ordinal] === null),
    attributes,
    sequenceNumber: SEQUENCE + 100n,
    sequenceNumberForAllocation: Object.fromEntries(
      taken.map((ordinal) => [`${ordinal}`, SEQUENCE + BigInt(ordinal)]),
    ),
    deleted: false,
  });
}

function handle(id: string, blocks: JsonObject): Resource {
  return calico("IPAMHandle", id, { handleID: id, block: blocks, deleted: false });
}

function affinity(base: string, host: string, type = "host"): Resource {
  const cidr = `${base}/30`;
  const spec = { state: "confirmed", node: host, type, cidr, deleted: false };
  return calico("BlockAffinity", `${host}-${cidr.replaceAll(/[./]/g, "-")}`, spec);
}

/** What the allocator and people have written: two pools, four blocks, one handle too many. */
export const ALLOCATED: readonly Resource[] = [
  calico("ClusterInformation", "default", {
    clusterGUID: "0123456789abcdef0123456789abcdef",
    clusterType: "k8s,bgp",
    calicoVersion: "v3.31.0",
    datastoreReady: true,
  }),
  calico("KubeControllersConfiguration", "default", {
    controllers: { loadBalancer: { assignIPs: "AllServices" } },
  }),
  calico("IPPool", "active", { cidr: "10.65.0.0/28", blockSize: 30 }),
  calico("IPPool", "services", { cidr: "10.66.0.0/28", blockSize: 30, disabled: true }),
  calico("IPReservation", "gateways", { reservedCIDRs: ["10.65.0.0/32", "10.65.0.14/31"] }),
  block("10.65.0.0", "host:n1", [
    pod("web", "n1", "web"),
    pod("gone", "n1", "gone"),
    tunnel("n1"),
    pod("far", "n2", "Far"),
  ]),
  block("10.65.0.4", undefined, [pod("lost", "n3", "lost"), null, null, null]),
  block("10.66.0.0", "virtual:load-balancer", [
    { handle_id: "lb-x", secondary: { namespace: "d", service: "lb", type: "LoadBalancer" } },
    { releasedAt: "2026-08-01T00:01:00Z" },
    null,
    null,
  ]),
  block("192.0.2.0", "host:n1", [null, null, null, null]),
  affinity("10.65.0.0", "n1"),
  affinity("10.66.0.0", "load-balancer", "virtual"),
  affinity("192.0.2.0", "n1"),
  handle("k8s-pod-network.web", { "10.65.0.0/30": 1 }),
  handle("k8s-pod-network.gone", { "10.65.0.0/30": 1 }),
  handle("vxlan-tunnel-addr-n1", { "10.65.0.0/30": 1 }),
  handle("k8s-pod-network.Far", { "10.65.0.0/30": 1 }),
  handle("k8s-pod-network.lost", { "10.65.0.4/30": 2 }),
  handle("lb-x", { "10.66.0.0/30": 1 }),
  handle("k8s-pod-network.leaked", { "10.65.0.8/30": 1 }),
];

/** Pods with their addresses: one that no block knows, and one in no pool. */
const WORKLOADS = [
  ["web", "n1", "10.65.0.0"],
  ["far", "n2", "10.65.0.3"],
  ["stray", "n2", "10.65.0.9"],
  ["outside", "n2", "203.0.113.1"],
] as const;

/** Who uses addresses, as Calico keeps it in etcd. */
export const CALICO_USERS: readonly Resource[] = [
  calico("Node", "n1", {
    ipv4VXLANTunnelAddr: "10.65.0.2",
    bgp: { ipv4Address: "192.168.0.1/24" },
    orchRefs: [{ nodeName: "node-1.example", orchestrator: "k8s" }],
  }),
  ...WORKLOADS.map(([name, node, ip]) =>
    calico(
      "WorkloadEndpoint",
      `${node}-k8s-${name}-eth0`,
      { node, orchestrator: "k8s", pod: name, endpoint: "eth0", ipNetworks: [`${ip}/32`] },
      "d",
    ),
  ),
];

export const SERVICE: Resource = {
  ...{ kind: "Service", apiVersion: "v1", metadata: { name: "lb", namespace: "d" } },
  spec: { type: "LoadBalancer" },
  status: { loadBalancer: { ingress: [{ ip: "10.66.0.0" }] } },
};

/** The same as Kubernetes keeps it, with the service that has no place in etcd. */
export const KUBERNETES_USERS: readonly Resource[] = [
  {
    ...{ kind: "Node", apiVersion: "v1" },
    metadata: { name: "n1", annotations: { "projectcalico.org/IPv4VXLANTunnelAddr": "10.65.0.2" } },
  },
  ...WORKLOADS.map(
    ([name, nodeName, ip]): Resource => ({
      ...{ kind: "Pod", apiVersion: "v1", metadata: { name, namespace: "d" } },
      ...{ spec: { nodeName }, status: { phase: "Running", podIP: ip, podIPs: [{ ip }] } },
    }),
  ),
  {
    ...{ kind: "Pod", apiVersion: "v1", metadata: { name: "done", namespace: "d" } },
    ...{ spec: { nodeName: "n1" }, status: { phase: "Succeeded", podIP: "10.65.0.1" } },
  },
  SERVICE,
];
