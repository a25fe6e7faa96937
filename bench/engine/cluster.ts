import { createHash } from "node:crypto";

/** What a generated cluster is like; the same shape gives the same resources. */
export interface ClusterShape {
  readonly pods: number;
  readonly policies: number;
  /** Gives every pod two labels that no other has: hashes of templates, names of jobs. */
  readonly uniqueLabels?: boolean;
  readonly networkSets?: number;
  /** On every node but the compiled one; 50 unless given. */
  readonly podsPerNode?: number;
  /** 100 unless given: in the variant of isolated tenants each has a policy of its own. */
  readonly namespaces?: number;
}

const POLICY_RULES = 5;
/** How many different selectors the rules of all policies have. */
const RULE_SELECTORS = 10_000;
const APPS = 2000;
const RELEASES = 20;
const LOCAL_PODS = 200;
/** The node whose artifacts are compiled; it runs 200 pods. */
export const OWN_NODE = "node-0";

/**
 * A cluster as text, one JSON document a resource: pods of at most 550 bytes with 3 labels, in 100 namespaces;
 * policies of 5 rules with a selector each, 10,000 different ones in all. With 10,000 policies the node's pods are
 * under 500 of them.
 */
export function* clusterDocuments(shape: ClusterShape): Iterable<string> {
  const { pods, policies, networkSets = 0, namespaces = 100 } = shape;
  for (let i = 0; i < namespaces; i++)
    yield json("v1", "Namespace", { name: `ns-${i}`, labels: { tenant: `t${i}` } });
  for (let i = 0; i < nodeCount(shape); i++)
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
  // No cluster of thousands of nodes has a session between any two of them.
  yield json(
    "projectcalico.org/v3",
    "BGPConfiguration",
    { name: "default" },
    { spec: { nodeToNodeMeshEnabled: false } },
  );
  for (let i = 0; i < networkSets; i++) yield networkSet(i);
  for (let i = 0; i < pods; i++) yield pod(i, shape);
  for (let i = 0; i < policies; i++) yield policy(i, namespaces);
  if (namespaces > 100) for (let i = 0; i < namespaces; i++) yield isolation(i);
}

/** How many nodes a cluster of this shape has. */
export function nodeCount({ pods, podsPerNode = 50 }: ClusterShape): number {
  return 1 + Math.ceil(Math.max(0, pods - LOCAL_PODS) / podsPerNode);
}

function pod(i: number, { uniqueLabels, namespaces = 100, podsPerNode = 50 }: ClusterShape): string {
  const node = i < LOCAL_PODS ? OWN_NODE : `node-${1 + Math.floor((i - LOCAL_PODS) / podsPerNode)}`;
  const ip = address(0x0a000000 + i + 1);
  const unique = uniqueLabels ? { "pod-template-hash": `h${i}`, job: `job-${i}` } : {};
  const labels = { app: `app-${i % APPS}`, tier: `tier-${i % 5}`, release: `r${i % RELEASES}`, ...unique };
  return json(
    "v1",
    "Pod",
    { name: `pod-${i}`, namespace: `ns-${i % namespaces}`, labels },
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

/** Selects one application in one namespace: every second policy, one that no pod belongs to. */
function policy(i: number, namespaces: number): string {
  const ingress = Array.from({ length: POLICY_RULES }, (_, rule) => ({
    action: "Allow",
    protocol: "TCP",
    source: {
      selector: ruleSelector((i * POLICY_RULES + rule) % RULE_SELECTORS),
      namespaceSelector: "all()",
    },
    destination: { ports: [8080 + rule] },
  }));
  return json(
    "projectcalico.org/v3",
    "NetworkPolicy",
    { name: `policy-${i}`, namespace: `ns-${i % namespaces}` },
    { spec: { order: i, selector: `app == 'app-${i % (2 * APPS)}'`, types: ["Ingress"], ingress } },
  );
}

/** One application of one release: as every application has one release, all of its pods. */
function ruleSelector(i: number): string {
  return `app == 'app-${i % APPS}' && release in {'r${i % RELEASES}', 'x${i}'}`;
}

/** A tenant's pods talk among themselves only. */
function isolation(i: number): string {
  return json(
    "projectcalico.org/v3",
    "NetworkPolicy",
    { name: "tenant", namespace: `ns-${i}` },
    {
      spec: {
        selector: "all()",
        types: ["Ingress"],
        ingress: [{ action: "Allow", source: { selector: "all()" } }],
      },
    },
  );
}

function networkSet(i: number): string {
  const nets = Array.from({ length: 10 }, (_, n) => `${address(0xc0000000 + i * 4096 + n * 256)}/24`);
  return json(
    "projectcalico.org/v3",
    "GlobalNetworkSet",
    { name: `set-${i}`, labels: { app: `app-${i % APPS}`, release: `r${i % RELEASES}` } },
    { spec: { nets } },
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
