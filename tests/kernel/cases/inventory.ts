import { resource } from "./resource.ts";

/** The node that every case is about. */
export const NODE = "node-1";
export const HOST_ADDRESSES: readonly string[] = ["172.16.1.11/24", "fd00:172:16:1::11/64"];
/** Beyond `eth0`: the other node. */
export const OUTSIDE_ADDRESSES: readonly string[] = ["172.16.1.12/24", "fd00:172:16:1::12/64"];

/** How many pods stand ready to be the subject of a case: `s0`, `s1`, … */
export const SUBJECT_COUNT = 8;

interface PodOptions {
  readonly namespace?: string;
  readonly node?: string;
  /** Last parts of its address in 10.65.0.0/16 and of that in fd65::/64. */
  readonly at: string;
  readonly labels: string;
  readonly annotations?: string;
  readonly ports?: readonly string[];
  readonly serviceAccount?: string;
  readonly hostNetwork?: boolean;
  readonly phase?: string;
}

/** A pod with one address of each version. */
export function pod(name: string, options: PodOptions): string {
  const { namespace = "demo", node = NODE, at, labels, annotations = "", ports = [] } = options;
  const { serviceAccount = '""', hostNetwork = false, phase = "Running" } = options;
  return `---
apiVersion: v1
kind: Pod
metadata: { name: ${name}, namespace: ${namespace}, labels: { ${labels} }, annotations: { ${annotations} } }
spec:
  nodeName: ${node}
  hostNetwork: ${hostNetwork}
  serviceAccountName: ${serviceAccount}
  containers: [{ name: main, ports: [${ports.join(", ")}] }]
status: { phase: ${phase}, podIPs: [{ ip: 10.65.${at} }, { ip: "fd65::${at.replace(".", ":")}" }] }
`;
}

const port = (name: string, number: number, protocol = "TCP") =>
  `{ name: ${name}, containerPort: ${number}, protocol: ${protocol} }`;

function subject(index: number): string {
  return pod(`s${index}`, {
    at: `0.${16 + index}`,
    labels: `app: server, is: s${index}`,
    ports: [
      port("http", 8080),
      port("metrics", 9102),
      port("dns", 5353, "UDP"),
      port("diameter", 3868, "SCTP"),
    ],
  });
}

function node(name: string, last: number): string {
  return resource(
    "Node",
    `name: ${name}`,
    `bgp: { ipv4Address: 172.16.1.${last}/24, ipv6Address: "fd00:172:16:1::${last}/64" },
      ipv4VXLANTunnelAddr: 10.66.0.${last}, ipv6VXLANTunnelAddr: "fd66::${last}",
      interfaces: [{ name: eth0, addresses: [172.16.1.${last}, "fd00:172:16:1::${last}"] }],
      orchRefs: [{ nodeName: ${name}, orchestrator: k8s }]`,
  );
}

const networkSet = (name: string, nets: string, namespace?: string) =>
  resource(
    namespace === undefined ? "GlobalNetworkSet" : "NetworkSet",
    `name: ${name}s, labels: { kind: ${name} }${namespace === undefined ? "" : `, namespace: ${namespace}`}`,
    `nets: [${nets}]`,
  );

const NODES = [node("node-1", 11), node("node-2", 12)];

const POOLS = [
  resource("IPPool", "name: pods-v4", "cidr: 10.65.0.0/16"),
  resource("IPPool", "name: pods-v6", 'cidr: "fd65::/64"'),
];

const NAMESPACES = [
  resource("v1 Namespace", "name: demo, labels: { team: demo }", ""),
  resource("v1 Namespace", "name: shop, labels: { team: shop, color: blue }", ""),
  resource("v1 ServiceAccount", "name: guest, namespace: demo, labels: { clearance: none }", ""),
  resource("v1 ServiceAccount", "name: teller, namespace: shop, labels: { clearance: gold }", ""),
];

const LOCAL_PODS = [
  ...Array.from({ length: SUBJECT_COUNT }, (_, index) => subject(index)),
  pod("client", {
    at: "0.2",
    labels: "app: client, stage: prod-eu",
    serviceAccount: "guest",
    ports: [port("http", 8080)],
  }),
  pod("visitor", {
    namespace: "shop",
    at: "0.3",
    labels: "app: visitor, color: red",
    serviceAccount: "teller",
    ports: [port("http", 8088)],
  }),
  pod("floater", {
    at: "0.60",
    labels: "app: floater",
    annotations: `cni.projectcalico.org/floatingIPs: '["198.51.100.200", "2001:db8:fb::1"]'`,
  }),
];

const REMOTE_PODS = [
  pod("remote", { node: "node-2", at: "1.2", labels: "app: client, stage: test-eu" }),
  pod("far", { node: "node-2", namespace: "shop", at: "1.3", labels: "app: far" }),
  pod("finished", { node: "node-2", at: "1.7", labels: "app: client", phase: "Succeeded" }),
  pod("borrowed", { node: "node-2", at: "1.8", labels: "app: client", hostNetwork: true }),
  // Two endpoints with one address: one is red, the other green and marked.
  pod("twin-a", { node: "node-2", at: "1.9", labels: "paint: red" }),
  pod("twin-b", { node: "node-2", at: "1.9", labels: "paint: green, marked: yes-it-is" }),
];

const NETWORKS = [
  networkSet("partner", '198.51.100.0/28, "2001:db8:c6::/64"'),
  networkSet("friend", "198.51.100.64/28", "demo"),
  networkSet("nested", "198.51.100.128/26, 198.51.100.130/32"),
  networkSet("everything", '0.0.0.0/0, "::/0"'),
  resource(
    "HostEndpoint",
    "name: node-2-eth0, labels: { rack: r2 }",
    `node: node-2, interfaceName: eth0, expectedIPs: [172.16.1.12, "fd00:172:16:1::12"],
      ports: [{ name: ssh, protocol: TCP, port: 2222 }]`,
  ),
];

/**
 * What every case finds: on the node under test the pods `client`, `visitor`, `floater` and the subjects, on
 * another node `remote`, `far` and some that only have an address, two namespaces, and sets of outside networks.
 */
export const INVENTORY = [NODES, POOLS, NAMESPACES, LOCAL_PODS, REMOTE_PODS, NETWORKS].flat().join("");
