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
import type { FelixSettings } from "../../ir/felix-config.ts";
import type { LocalWorkload } from "../../ir/node-ir.ts";
import { type Cidr, cidrContainsIp, formatCidr, type Ip, parseCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";

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

/** Calico's defaults, as far as routing reads them. */
export const SETTINGS: FelixSettings = {
  interfacePrefixes: ["cali"],
  interfaceExclude: ["kube-ipvs0"],
  chainInsertMode: "insert",
  defaultEndpointToHostAction: "DROP",
  filterAllowAction: "ACCEPT",
  mangleAllowAction: "ACCEPT",
  filterDenyAction: "DROP",
  markMask: 0xffff0000,
  logPrefix: "calico-packet",
  logRateLimit: undefined,
  logRateBurst: 5,
  serviceLoopPrevention: "Drop",
  disableConntrackInvalidCheck: false,
  allowVxlanPacketsFromWorkloads: false,
  allowIpipPacketsFromWorkloads: false,
  workloadSourceSpoofing: "Disabled",
  failsafeInbound: [],
  failsafeOutbound: [],
  natPortRange: undefined,
  natOutgoingAddress: undefined,
  natOutgoingExclusions: "IPPoolsOnly",
  natOutgoingInterfaceFilter: "",
  ipv6Support: true,
  kubeIpvsSupport: false,
  kubeNodePortRanges: [],
  externalNodesCidrs: [],
  maxIpsetSize: 1048576,
  floatingIps: false,
  vxlanEnabled: undefined,
  ipipEnabled: undefined,
  vxlanVni: 4096,
  vxlanPort: 4789,
  vxlanMtu: 0,
  vxlanMtu6: 0,
  ipipMtu: 0,
  wireguardMtu: 0,
  wireguardMtu6: 0,
  wireguardEnabled: false,
  wireguardEnabled6: false,
  wireguardPort: 51820,
  wireguardPort6: 51821,
  wireguardInterface: "wireguard.cali",
  wireguardInterface6: "wg-v6.cali",
  wireguardRulePriority: 99,
  wireguardHostEncryption: false,
  wireguardKeepAlive: 0,
  deviceRouteProtocol: 3,
  deviceRouteSource4: undefined,
  deviceRouteSource6: undefined,
  removeExternalRoutes: true,
  routeSource: "CalicoIPAM",
  routeSyncDisabled: false,
  programClusterRoutes: "EnabledIPIPOnly",
  normalRoutePriority4: 1024,
  normalRoutePriority6: 1024,
  routeTableRanges: [{ first: 1, last: 250 }],
  ipForwarding: true,
  mtuInterfacePattern: "",
};
