/** The node that every case is about. */
export const NODE = "node-1";
export const HOST_ADDRESSES: readonly string[] = ["172.16.1.11/24", "fd00:172:16:1::11/64"];
/** Beyond `eth0`: the first of each version is the other node, and the gateway. */
export const OUTSIDE_ADDRESSES: readonly string[] = ["172.16.1.12/24", "fd00:172:16:1::12/64"];

/** How many pods stand ready to be the subject of a case: `s0`, `s1`, … */
export const SUBJECT_COUNT = 8;

interface PodOptions {
  readonly namespace?: string;
  readonly node?: string;
  /** Last parts of the addresses in 10.65.0.0/16 and fd65::/64. */
  readonly at: string;
  readonly labels: string;
  readonly ports?: string;
  readonly serviceAccount?: string;
  readonly annotations?: string;
}

/** A pod with one address of each version. */
export function pod(name: string, options: PodOptions): string {
  const { namespace = "demo", node = NODE, at, labels, ports = "", serviceAccount = '""' } = options;
  return `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: ${namespace}, labels: { ${labels} }, annotations: { ${options.annotations ?? ""} } }
spec:
  nodeName: ${node}
  serviceAccountName: ${serviceAccount}
  containers: [{ name: main, ports: [${ports}] }]
status: { phase: Running, podIPs: [{ ip: 10.65.${at} }, { ip: "fd65::${at.replace(".", ":")}" }] }
`;
}

const SUBJECT_PORTS = [
  "{ name: http, containerPort: 8080, protocol: TCP }",
  "{ name: metrics, containerPort: 9102, protocol: TCP }",
  "{ name: dns, containerPort: 5353, protocol: UDP }",
  "{ name: diameter, containerPort: 3868, protocol: SCTP }",
].join(", ");

const subjects = Array.from({ length: SUBJECT_COUNT }, (_, index) =>
  pod(`s${index}`, { at: `0.${16 + index}`, labels: `app: server, is: s${index}`, ports: SUBJECT_PORTS }),
);

const nodes = [11, 12].map(
  (last, index) => `
kind: Node
metadata: { name: node-${index + 1} }
spec:
  bgp: { ipv4Address: 172.16.1.${last}/24, ipv6Address: "fd00:172:16:1::${last}/64" }
  ipv4VXLANTunnelAddr: 10.66.0.${last}
  ipv6VXLANTunnelAddr: "fd66::${last}"
  interfaces: [{ name: eth0, addresses: [172.16.1.${last}, "fd00:172:16:1::${last}"] }]
  orchRefs: [{ nodeName: node-${index + 1}, orchestrator: k8s }]
`,
);

/**
 * What every case finds: on the node under test the pods `client`, `visitor`, `floater` and the subjects, on another node
 * `remote`, `far` and some that only have an address, two namespaces, and sets of outside networks.
 */
export const INVENTORY = [
  ...nodes,
  "kind: IPPool\nmetadata: { name: pods-v4 }\nspec: { cidr: 10.65.0.0/16 }",
  'kind: IPPool\nmetadata: { name: pods-v6 }\nspec: { cidr: "fd65::/64" }',
  "apiVersion: v1\nkind: Namespace\nmetadata: { name: demo, labels: { team: demo } }",
  "apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { team: shop, color: blue } }",
  "apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: teller, namespace: shop, labels: { clearance: gold } }",
  "apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: guest, namespace: demo, labels: { clearance: none } }",
  ...subjects,
  pod("client", {
    at: "0.2",
    labels: "app: client, stage: prod-eu",
    serviceAccount: "guest",
    ports: "{ name: http, containerPort: 8080, protocol: TCP }",
  }),
  pod("visitor", {
    namespace: "shop",
    at: "0.3",
    labels: "app: visitor, color: red",
    serviceAccount: "teller",
    ports: "{ name: http, containerPort: 8088, protocol: TCP }",
  }),
  pod("floater", {
    at: "0.60",
    labels: "app: floater",
    annotations: `cni.projectcalico.org/floatingIPs: '["198.51.100.200", "2001:db8:fb::1"]'`,
  }),
  pod("remote", { at: "1.2", node: "node-2", labels: "app: client, stage: test-eu" }),
  pod("far", { namespace: "shop", at: "1.3", node: "node-2", labels: "app: far" }),
  // Two endpoints with one address: one is red, the other green and marked.
  pod("twin-a", { at: "1.9", node: "node-2", labels: "paint: red" }),
  pod("twin-b", { at: "1.9", node: "node-2", labels: "paint: green, marked: yes-it-is" }),
  pod("finished", { at: "1.7", node: "node-2", labels: "app: client" }).replace("Running", "Succeeded"),
  pod("borrowed", { at: "1.8", node: "node-2", labels: "app: client" }).replace(
    "spec:",
    "spec:\n  hostNetwork: true",
  ),
  `
kind: GlobalNetworkSet
metadata: { name: partners, labels: { kind: partner } }
spec: { nets: [198.51.100.0/28, "2001:db8:c6::/64"] }
---
kind: NetworkSet
metadata: { name: friends, namespace: demo, labels: { kind: friend } }
spec: { nets: [198.51.100.64/28] }
---
kind: GlobalNetworkSet
metadata: { name: nested, labels: { kind: nested } }
spec: { nets: [198.51.100.128/26, 198.51.100.130/32] }
---
kind: GlobalNetworkSet
metadata: { name: everything, labels: { kind: everything } }
spec: { nets: [0.0.0.0/0, "::/0"] }
---
kind: HostEndpoint
metadata: { name: node-2-eth0, labels: { rack: r2 } }
spec:
  node: node-2
  interfaceName: eth0
  expectedIPs: [172.16.1.12, "fd00:172:16:1::12"]
  ports: [{ name: ssh, protocol: TCP, port: 2222 }]
`,
].join("\n---\n");
