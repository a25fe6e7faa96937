import { createHash } from "node:crypto";
import type { IpVersion } from "../../../compiler/net/cidr.ts";
import { PODS } from "./table.ts";

/** The cluster of the truth tables: three namespaces of three pods, all on one node. */

export const NODE = "node-1";
/** Of the node's `eth0`, with prefix length. */
export const NODE_ADDRESSES: readonly string[] = ["172.16.1.11/24", "fd16::11/64"];

/** A neighbour of the node, with prefix length. */
export const OUTSIDE_ADDRESSES: readonly string[] = ["172.16.1.12/24", "fd16::12/64"];

export type Labels = Readonly<Record<string, string>>;

/** What a case has otherwise than the cluster below; keys are namespaces or `namespace/name` of pods. */
export interface ClusterChanges {
  /** Instead of the labels below. */
  readonly namespaceLabels?: Readonly<Record<string, Labels>>;
  /** Added to the labels below, and over them. */
  readonly podLabels?: Readonly<Record<string, Labels>>;
  /** These pods become workload endpoints of the Calico API, with these profiles and no others. */
  readonly profiles?: Readonly<Record<string, readonly string[]>>;
}

const NAMESPACE_LABELS: Readonly<Record<string, Labels>> = {
  x: { ns: "x", team: "blue" },
  y: { ns: "y", team: "blue" },
  z: { ns: "z", team: "green" },
};

const APPS: Readonly<Record<string, string>> = { x: "shop", y: "bank", z: "mail" };
const PARTS: Readonly<Record<string, string>> = { a: "web", b: "api", c: "db" };
const CANARIES: readonly string[] = ["y/b", "z/c"];

/** Service accounts: alpha runs the pods a and c, beta the pods b. High: x/a, x/c, y/a, y/c, z/b. */
const TRUST: Readonly<Record<string, string>> = {
  "x/alpha": "high",
  "x/beta": "low",
  "y/alpha": "high",
  "y/beta": "low",
  "z/alpha": "low",
  "z/beta": "high",
};

/** One name, another number in every namespace. `admin` is a name that only the pods a have. */
const WEB_PORTS: Readonly<Record<string, number>> = { x: 80, y: 81, z: 82 };
const ADMIN_PORT = 443;

function split(pod: string): readonly [namespace: string, name: string] {
  const [namespace, name] = pod.split("/");
  return [namespace!, name!];
}

/** x/a is 10.65.1.1 and fd65::1:1, z/c 10.65.3.3 and fd65::3:3. */
export function addressOf(pod: string, version: IpVersion): string {
  const [namespace, name] = split(pod);
  const block = "xyz".indexOf(namespace) + 1;
  const host = "abc".indexOf(name) + 1;
  return version === 4 ? `10.65.${block}.${host}` : `fd65::${block}:${host}`;
}

/** As Calico names a pod's interface (sheet §4.4). */
export function interfaceOf(pod: string): string {
  const digest = createHash("sha1").update(pod.replace("/", ".")).digest("hex");
  return `cali${digest.slice(0, 11)}`;
}

/** The cluster as the text of one JSON file. */
export function printCluster(changes: ClusterChanges = {}): string {
  const items = [
    node(),
    pool("pods-v4", "10.65.0.0/16"),
    pool("pods-v6", "fd65::/64"),
    ...Object.entries(NAMESPACE_LABELS).map(([name, labels]) => namespace(name, changes, labels)),
    ...Object.entries(TRUST).map(([account, trust]) => serviceAccount(account, trust)),
    ...PODS.map((name) => workload(name, changes)),
  ];
  return JSON.stringify({ apiVersion: "v1", kind: "List", items });
}

function node() {
  const [ipv4Address, ipv6Address] = NODE_ADDRESSES;
  return {
    apiVersion: "projectcalico.org/v3",
    kind: "Node",
    metadata: { name: NODE, labels: { "kubernetes.io/hostname": NODE } },
    spec: { bgp: { ipv4Address, ipv6Address }, orchRefs: [{ nodeName: NODE, orchestrator: "k8s" }] },
  };
}

function pool(name: string, cidr: string) {
  return { apiVersion: "projectcalico.org/v3", kind: "IPPool", metadata: { name }, spec: { cidr } };
}

function namespace(name: string, { namespaceLabels }: ClusterChanges, usual: Labels) {
  const labels = { "kubernetes.io/metadata.name": name, ...(namespaceLabels?.[name] ?? usual) };
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels } };
}

function serviceAccount(account: string, trust: string) {
  const [namespace, name] = split(account);
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name, labels: { trust } } };
}

function workload(pod: string, changes: ClusterChanges) {
  const [namespace, name] = split(pod);
  const labels = {
    pod: name,
    app: `${APPS[namespace]}-${PARTS[name]}`,
    ...(CANARIES.includes(pod) ? { canary: "yes" } : {}),
    ...changes.podLabels?.[pod],
  };
  const web = WEB_PORTS[namespace]!;
  const ports = [
    { name: "web", protocol: "TCP", port: web },
    { name: "dns", protocol: "UDP", port: web },
    { name: "signal", protocol: "SCTP", port: web },
    ...(name === "a" ? [{ name: "admin", protocol: "TCP", port: ADMIN_PORT }] : []),
  ];
  const addresses = ([4, 6] as const).map((version) => addressOf(pod, version));
  const profiles = changes.profiles?.[pod];
  if (profiles !== undefined) return endpoint(pod, labels, addresses, ports, profiles);
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace, labels },
    spec: {
      nodeName: NODE,
      serviceAccountName: name === "b" ? "beta" : "alpha",
      containers: [
        { name: "main", ports: ports.map(({ port, ...rest }) => ({ ...rest, containerPort: port })) },
      ],
    },
    status: { phase: "Running", podIPs: addresses.map((ip) => ({ ip })) },
  };
}

function endpoint(
  pod: string,
  labels: Labels,
  addresses: readonly string[],
  ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[],
  profiles: readonly string[],
) {
  const [namespace, name] = split(pod);
  return {
    apiVersion: "projectcalico.org/v3",
    kind: "WorkloadEndpoint",
    metadata: {
      name: `${NODE.replace("-", "--")}-k8s-${name}-eth0`,
      namespace,
      labels: {
        ...labels,
        "projectcalico.org/namespace": namespace,
        "projectcalico.org/orchestrator": "k8s",
      },
    },
    spec: {
      orchestrator: "k8s",
      node: NODE,
      pod: name,
      endpoint: "eth0",
      interfaceName: interfaceOf(pod),
      ipNetworks: addresses.map((address) => `${address}/${address.includes(":") ? 128 : 32}`),
      ports,
      profiles,
    },
  };
}
