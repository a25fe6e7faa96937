import type { Origin } from "../../diagnostics/diagnostic.ts";
import type {
  Block,
  ClusterModel,
  IpPool,
  ModelKind,
  ModelObject,
  ModelOf,
  Node,
  WorkloadEndpoint,
} from "../../ir/cluster-model.ts";
import { DEFAULT_FELIX_SETTINGS, type FelixSettings } from "../../ir/felix-config.ts";
import type { LocalWorkload } from "../../ir/node-ir.ts";
import type { RoutingIr } from "../../ir/routing-ir.ts";
import { type Cidr, cidrContainsIp, formatCidr, type Ip, parseCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import { buildClusterRoutes } from "./cluster-routes.ts";
import type { RoutingOptions } from "./context.ts";
import { resolveRouting } from "./resolve-routing.ts";

/** Short constructors for tests about routing: only what a case is about has to be written. */

export const ORIGIN: Origin = { file: "test.yaml", document: 0, path: [] };

export function ip(text: string): Ip {
  const parsed = parseIp(text);
  if (parsed === undefined) throw new Error(`not an address: ${text}`);
  return parsed;
}

export function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (parsed === undefined) throw new Error(`not a network: ${text}`);
  return parsed;
}

const ALL = { canonical: "all()", root: { kind: "all" } } as const;

export function pool(name: string, network: string, fields: Partial<IpPool> = {}): IpPool {
  return {
    kind: "ip-pool",
    key: name,
    name,
    origin: { ...ORIGIN, resource: { kind: "IPPool", name } },
    source: "policy",
    cidr: cidr(network),
    ipipMode: "Never",
    vxlanMode: "Never",
    natOutgoing: false,
    disabled: false,
    disableBgpExport: false,
    blockSize: network.includes(":") ? 122 : 26,
    nodeSelector: ALL,
    namespaceSelector: undefined,
    allowedUses: ["Workload", "Tunnel"],
    assignmentMode: "Automatic",
    ...fields,
  };
}

/** `holders`: address → node for the allocated addresses. */
export function block(
  network: string,
  affinity: string | undefined,
  holders: Readonly<Record<string, string>> = {},
): Block {
  return {
    kind: "block",
    key: network,
    origin: ORIGIN,
    source: "inventory",
    cidr: cidr(network),
    affinity,
    allocations: Object.entries(holders).map(([address, node]) => ({ ip: ip(address), node, tunnel: false })),
  };
}

/** `addresses`: the BGP addresses with their prefix lengths, e.g. `10.0.0.1/24`. */
export function node(name: string, addresses: readonly string[], fields: Partial<Node> = {}): Node {
  const bgp = addresses.map((text) => {
    const [address = "", length] = text.split("/");
    return { ip: ip(address), length: Number(length ?? (address.includes(":") ? 128 : 32)) };
  });
  return {
    kind: "node",
    key: name,
    name,
    origin: { ...ORIGIN, resource: { kind: "Node", name } },
    source: "inventory",
    labels: {},
    bgp: {
      asNumber: undefined,
      ipv4: bgp.find((address) => address.ip.version === 4),
      ipv6: bgp.find((address) => address.ip.version === 6),
      ipipTunnelAddress: undefined,
      routeReflectorClusterId: undefined,
    },
    vxlanTunnelAddress4: undefined,
    vxlanTunnelAddress6: undefined,
    vxlanTunnelMac4: undefined,
    vxlanTunnelMac6: undefined,
    wireguard: { address4: undefined, address6: undefined, publicKey4: undefined, publicKey6: undefined },
    addresses: [],
    interfaces: bgp.length === 0 ? [] : [{ name: "eth0", addresses: bgp }],
    podCidrs: [],
    ...fields,
  };
}

export function withIpip(base: Node, address: string): Node {
  if (base.bgp === undefined) throw new Error(`${base.name} has no BGP part`);
  return { ...base, bgp: { ...base.bgp, ipipTunnelAddress: ip(address) } };
}

export function endpoint(
  nodeName: string,
  name: string,
  addresses: readonly string[],
  fields: Partial<WorkloadEndpoint> = {},
): WorkloadEndpoint {
  return {
    kind: "workload-endpoint",
    key: `${nodeName}/k8s/shop/${name}/eth0`,
    origin: { ...ORIGIN, resource: { kind: "WorkloadEndpoint", namespace: "shop", name } },
    source: "inventory",
    node: nodeName,
    orchestrator: "k8s",
    namespace: "shop",
    workload: `shop/${name}`,
    endpoint: "eth0",
    interfaceName: `cali${name}`,
    mac: undefined,
    labels: {},
    profiles: [],
    addresses: addresses.map(cidr),
    ports: [],
    floatingIps: [],
    allowedSpoofSources: [],
    qos: { ingress: {}, egress: {} },
    ...fields,
  };
}

export function localWorkload(from: WorkloadEndpoint): LocalWorkload {
  return {
    key: from.key,
    interfaceName: from.interfaceName,
    namespace: from.namespace,
    workload: from.workload,
    mac: from.mac,
    addresses: from.addresses,
    policies: { ingress: [], egress: [] },
    profiles: from.profiles,
    allowedSpoofSources: from.allowedSpoofSources,
    qos: from.qos,
    origin: from.origin,
  };
}

export function modelOf(...objects: readonly ModelObject[]): ClusterModel {
  return {
    all: <K extends ModelKind>(kind: K) =>
      new Map(objects.filter((o): o is ModelOf<K> => o.kind === kind).map((o) => [o.key, o])),
  };
}

/** Which of the networks hold the address, for oracles that must not use a trie. */
export function enclosing<T extends { readonly cidr: Cidr }>(items: readonly T[], inner: Cidr): readonly T[] {
  return items
    .filter((item) => item.cidr.length <= inner.length && cidrContainsIp(item.cidr, inner))
    .toSorted((a, b) => a.cidr.length - b.cidr.length);
}

export const text = formatCidr;

/**
 * The routing of one node as the engine would make it, from nothing but the objects. A node without an object is one
 * of which nothing is known.
 */
export function resolveFor(
  name: string,
  objects: readonly ModelObject[],
  settings: Partial<FelixSettings> = {},
  options: RoutingOptions = {},
): RoutingIr {
  const all = { ...DEFAULT_FELIX_SETTINGS, ...settings };
  const own = objects.find((object) => object.kind === "node" && object.name === name);
  const workloads = objects.flatMap((object) =>
    object.kind === "workload-endpoint" && object.node === name ? [localWorkload(object)] : [],
  );
  return resolveRouting(
    buildClusterRoutes(modelOf(...objects), all.routeSource),
    own?.kind === "node" ? own : node(name, []),
    all,
    workloads,
    options,
  );
}

/**
 * Nodes n1 … in one subnet of each version, with VXLAN and IPIP pools, blocks and tunnel addresses for each, and
 * workloads on n1. n3 has no WireGuard key for IPv4.
 */
export function sampleCluster(workloads: number, remotes: number): readonly ModelObject[] {
  const nodes = Array.from({ length: remotes + 1 }, (_, i) => sampleNode(i + 1)).flat();
  return [
    ...nodes,
    pool("vxlan4", "192.168.0.0/16", { vxlanMode: "Always" }),
    pool("ipip", "172.16.0.0/16", { ipipMode: "CrossSubnet" }),
    pool("vxlan6", "fd00::/16", { vxlanMode: "CrossSubnet" }),
    ...Array.from({ length: workloads }, (_, i) =>
      endpoint("n1", `w${i}`, [`192.168.1.${i + 8}`, `fd00:1::${i + 8}`], {
        mac: `ee:ee:ee:ee:ee:${10 + i}`,
      }),
    ),
  ];
}

function sampleNode(i: number): readonly ModelObject[] {
  const key = (letter: string): string => `${letter.repeat(41)}${i}A=`;
  const made = node(`n${i}`, [`10.0.0.${i}/24`, `fd0a::${i}/64`], {
    vxlanTunnelAddress4: ip(`192.168.${i}.0`),
    vxlanTunnelAddress6: ip(`fd00:${i}::`),
    wireguard: {
      address4: ip(`192.168.${i}.2`),
      address6: ip(`fd00:${i}::2`),
      publicKey4: i === 3 ? undefined : key("A"),
      publicKey6: key("B"),
    },
  });
  return [
    withIpip(made, `192.168.${i}.1`),
    block(`192.168.${i}.0/26`, `n${i}`),
    block(`172.16.${i}.0/26`, `n${i}`),
    block(`fd00:${i}::/122`, `n${i}`),
  ];
}
