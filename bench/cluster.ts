import { createHash } from "node:crypto";

/** Size of a generated cluster; the same size gives the same resources. */
export interface ClusterSize {
  readonly pods: number;
  readonly policies: number;
  /** On the node that is compiled. */
  readonly localPods: number;
}

const NAMESPACES = 100;
const POLICY_RULES = 5;
const PODS_PER_NODE = 50;
/** The node whose artifacts the benchmark compiles. */
export const OWN_NODE = "node-0";

/**
 * A cluster as text, one JSON document a resource: pods of at most 550 bytes with 3 labels, in 100 namespaces;
 * policies of 5 rules, each with a selector of its own.
 */
export function* clusterDocuments({ pods, policies, localPods }: ClusterSize): Iterable<string> {
  for (let i = 0; i < NAMESPACES; i++)
    yield json("v1", "Namespace", { name: `ns-${i}`, labels: { tenant: `t${i % 10}` } });
  const nodes = 1 + Math.ceil(Math.max(0, pods - localPods) / PODS_PER_NODE);
  for (let i = 0; i < nodes; i++)
    yield json(
      "projectcalico.org/v3",
      "Node",
      { name: `node-${i}` },
      { spec: { bgp: { ipv4Address: `${address(0xac100000 + i)}/12` } } },
    );
  yield json(
    "projectcalico.org/v3",
    "IPPool",
    { name: "pool" },
    { spec: { cidr: "10.0.0.0/8", vxlanMode: "Always" } },
  );
  for (let i = 0; i < pods; i++) yield pod(i, localPods);
  for (let i = 0; i < policies; i++) yield policy(i);
}

function pod(i: number, localPods: number): string {
  const node = i < localPods ? OWN_NODE : `node-${1 + Math.floor((i - localPods) / PODS_PER_NODE)}`;
  const ip = address(0x0a000000 + i + 1);
  const labels = { app: `app-${i % 2000}`, tier: `tier-${i % 5}`, release: `r${i % 20}` };
  return json(
    "v1",
    "Pod",
    { name: `pod-${i}`, namespace: `ns-${i % NAMESPACES}`, labels },
    {
      spec: {
        nodeName: node,
        serviceAccountName: "default",
        containers: [{ name: "c", ports: [{ name: "http", containerPort: 8080 }] }],
      },
      status: { phase: "Running", podIP: ip, podIPs: [{ ip }] },
    },
  );
}

function policy(i: number): string {
  const peer = (rule: number) =>
    `app == 'app-${(i * 7 + rule * 13) % 2000}' && release in {'r${i % 20}', 'x${i}-${rule}'}`;
  const ingress = Array.from({ length: POLICY_RULES }, (_, rule) => ({
    action: "Allow",
    protocol: "TCP",
    source: { selector: peer(rule) },
    destination: { ports: [8080 + rule] },
  }));
  return json(
    "projectcalico.org/v3",
    "NetworkPolicy",
    { name: `policy-${i}`, namespace: `ns-${i % NAMESPACES}` },
    {
      spec: { order: i, selector: `app == 'app-${i % 2000}'`, types: ["Ingress"], ingress },
    },
  );
}

function json(apiVersion: string, kind: string, metadata: object, rest: object = {}): string {
  return JSON.stringify({ apiVersion, kind, metadata, ...rest });
}

function address(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join(".");
}

/** A short digest of a cluster, to show that two runs had the same input. */
export function fingerprint(documents: readonly string[]): string {
  const hash = createHash("sha256");
  for (const document of documents) hash.update(document);
  return hash.digest("hex").slice(0, 12);
}
