import type { Origin } from "../../diagnostics/diagnostic.ts";
import { type Cidr, type Ip, parseCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import type { Selector } from "../../syntax/selector/ast.ts";
import { ALL, parseSelector } from "../../syntax/selector/parse.ts";
import type { BgpConfig, BgpFilter, BgpPeer } from "../bgp-model.ts";
import type {
  Block,
  EntityMatch,
  HostEndpoint,
  IpPool,
  ModelObject,
  ModelUpdate,
  NetworkSet,
  Node,
  Policy,
  PolicyRule,
  Profile,
  Service,
  ServiceSlice,
  Tier,
  WorkloadEndpoint,
} from "../cluster-model.ts";
import type { FelixConfig } from "../felix-config.ts";

/** Model objects with everything left out that a test does not care about. */

const ORIGIN: Origin = { file: "test.yaml", document: 0, path: [] };

export function ip(text: string): Ip {
  return required(parseIp(text), text);
}

export function cidr(text: string): Cidr {
  return required(parseCidr(text), text);
}

export function selector(text: string): Selector {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new Error(`${text}: ${parsed.reason}`);
  return parsed.selector;
}

export function add(value: ModelObject): ModelUpdate {
  return { kind: value.kind, key: value.key, value };
}

export function remove({ kind, key }: ModelObject): ModelUpdate {
  return { kind, key, value: undefined };
}

type Given<T> = Partial<Omit<T, "kind" | "key" | "origin" | "source">>;

export function tier(name: string, given: Given<Tier> = {}): Tier {
  return {
    kind: "tier",
    key: name,
    origin: ORIGIN,
    source: "policy",
    name,
    order: 100,
    defaultAction: "deny",
    ...given,
  };
}

export function policy(name: string, given: Given<Policy> = {}): Policy {
  const namespace = given.namespace ?? "";
  return {
    kind: "policy",
    key: namespace === "" ? `gnp/${name}` : `np/${namespace}/${name}`,
    origin: ORIGIN,
    source: "policy",
    policyKind: namespace === "" ? "GlobalNetworkPolicy" : "NetworkPolicy",
    namespace,
    name,
    tier: "default",
    order: 100,
    selector: ALL,
    directions: ["ingress", "egress"],
    staged: false,
    doNotTrack: false,
    preDnat: false,
    applyOnForward: false,
    neededEverywhere: false,
    ingress: [],
    egress: [],
    ...given,
  };
}

export function entity(given: Partial<EntityMatch> = {}): EntityMatch {
  return {
    nets: [],
    notNets: [],
    selector: undefined,
    notSelector: undefined,
    ports: { ranges: [], names: [] },
    notPorts: { ranges: [], names: [] },
    service: undefined,
    ...given,
  };
}

export function rule(given: Partial<PolicyRule> = {}): PolicyRule {
  return {
    action: "allow",
    ipVersion: undefined,
    protocol: undefined,
    notProtocol: undefined,
    icmp: undefined,
    notIcmp: undefined,
    source: entity(),
    destination: entity(),
    annotations: [],
    http: false,
    origin: ORIGIN,
    ...given,
  };
}

export function profile(name: string, given: Given<Profile> = {}): Profile {
  return {
    kind: "profile",
    key: name,
    origin: ORIGIN,
    source: "policy",
    name,
    labelsToApply: {},
    ingress: [],
    egress: [],
    ...given,
  };
}

/** `workload` is `<namespace>/<pod>`; the interface is named after it unless given. */
export function pod(node: string, workload: string, given: Given<WorkloadEndpoint> = {}): WorkloadEndpoint {
  return {
    kind: "workload-endpoint",
    key: `${node}/k8s/${workload}/eth0`,
    origin: ORIGIN,
    source: "inventory",
    node,
    orchestrator: "k8s",
    namespace: workload.split("/")[0] ?? "",
    workload,
    endpoint: "eth0",
    interfaceName: `cali-${workload}`,
    mac: undefined,
    labels: {},
    profiles: [],
    addresses: [cidr("10.0.0.1")],
    ports: [],
    floatingIps: [],
    allowedSpoofSources: [],
    qos: { ingress: {}, egress: {} },
    ...given,
  };
}

export function hostEndpoint(node: string, name: string, given: Given<HostEndpoint> = {}): HostEndpoint {
  return {
    kind: "host-endpoint",
    key: name,
    origin: ORIGIN,
    source: "policy",
    name,
    node,
    interfaceName: "eth0",
    expectedIps: [],
    labels: {},
    profiles: [],
    ports: [],
    dscp: undefined,
    ...given,
  };
}

export function networkSet(name: string, given: Given<NetworkSet> = {}): NetworkSet {
  const namespace = given.namespace ?? "";
  return {
    kind: "network-set",
    key: `${namespace}/${name}`,
    origin: ORIGIN,
    source: "policy",
    namespace,
    name,
    labels: {},
    profiles: [],
    nets: [],
    ...given,
  };
}

export function slice(namespace: string, name: string, given: Given<ServiceSlice> = {}): ServiceSlice {
  return {
    kind: "service-slice",
    key: `${namespace}/${name}`,
    origin: ORIGIN,
    source: "inventory",
    namespace,
    name,
    service: name,
    addressType: "IPv4",
    endpoints: [],
    ports: [],
    ...given,
  };
}

export function pool(name: string, net: string, given: Given<IpPool> = {}): IpPool {
  return {
    kind: "ip-pool",
    key: name,
    origin: ORIGIN,
    source: "policy",
    name,
    cidr: cidr(net),
    ipipMode: "Never",
    vxlanMode: "Never",
    natOutgoing: false,
    disabled: false,
    disableBgpExport: false,
    blockSize: 26,
    nodeSelector: ALL,
    namespaceSelector: undefined,
    allowedUses: ["Workload", "Tunnel"],
    assignmentMode: "Automatic",
    ...given,
  };
}

export function node(name: string, given: Given<Node> = {}): Node {
  return {
    kind: "node",
    key: name,
    origin: ORIGIN,
    source: "inventory",
    name,
    labels: {},
    bgp: undefined,
    vxlanTunnelAddress4: undefined,
    vxlanTunnelAddress6: undefined,
    vxlanTunnelMac4: undefined,
    vxlanTunnelMac6: undefined,
    wireguard: { address4: undefined, address6: undefined, publicKey4: undefined, publicKey6: undefined },
    addresses: [],
    interfaces: [],
    podCidrs: [],
    ...given,
  };
}

export function block(net: string, given: Given<Block> = {}): Block {
  return {
    kind: "block",
    key: net,
    origin: ORIGIN,
    source: "inventory",
    cidr: cidr(net),
    affinity: undefined,
    allocations: [],
    ...given,
  };
}

export function service(namespace: string, name: string, given: Given<Service> = {}): Service {
  return {
    kind: "service",
    key: `${namespace}/${name}`,
    origin: ORIGIN,
    source: "inventory",
    namespace,
    name,
    type: "ClusterIP",
    clusterIps: [],
    externalIps: [],
    loadBalancerIps: [],
    externalTrafficPolicy: "Cluster",
    ipFamilies: ["IPv4"],
    ...given,
  };
}

export function bgpConfig(name: string, given: Given<BgpConfig> = {}): BgpConfig {
  return {
    kind: "bgp-config",
    key: name,
    origin: ORIGIN,
    source: "policy",
    name,
    logSeverity: undefined,
    nodeToNodeMesh: undefined,
    asNumber: undefined,
    serviceClusterIps: [],
    serviceExternalIps: [],
    serviceLoadBalancerIps: [],
    serviceLoadBalancerAggregation: true,
    prefixAdvertisements: [],
    listenPort: undefined,
    nodeMeshPassword: undefined,
    nodeMeshMaxRestartTime: undefined,
    bindMode: "None",
    ignoredInterfaces: [],
    localWorkloadPeeringIp4: undefined,
    localWorkloadPeeringIp6: undefined,
    programClusterRoutes: "EnabledNoEncapOnly",
    normalRoutePriority4: 1024,
    normalRoutePriority6: 1024,
    ...given,
  };
}

export function bgpPeer(name: string, given: Given<BgpPeer> = {}): BgpPeer {
  return {
    kind: "bgp-peer",
    key: name,
    origin: ORIGIN,
    source: "policy",
    name,
    node: undefined,
    nodeSelector: undefined,
    peerIp: undefined,
    peerPort: undefined,
    asNumber: undefined,
    localAsNumber: undefined,
    peerSelector: undefined,
    localWorkloadSelector: undefined,
    nextHopMode: "Auto",
    keepOriginalNextHop: false,
    password: undefined,
    sourceAddress: "UseNodeIP",
    failureDetectionMode: "None",
    restartMode: "GracefulRestart",
    maxRestartTime: undefined,
    keepaliveTime: undefined,
    numAllowedLocalAsNumbers: 0,
    ttlSecurity: 0,
    reachableBy: undefined,
    filters: [],
    reversePeering: "Auto",
    ...given,
  };
}

export function bgpFilter(name: string, given: Given<BgpFilter> = {}): BgpFilter {
  return {
    kind: "bgp-filter",
    key: name,
    origin: ORIGIN,
    source: "policy",
    name,
    importV4: [],
    exportV4: [],
    importV6: [],
    exportV6: [],
    ...given,
  };
}

/** A node's BGP part with one address, `address/length`. */
export function speaker(address: string): NonNullable<Node["bgp"]> {
  const [text = "", length = "32"] = address.split("/");
  const own = { ip: ip(text), length: Number(length) };
  return {
    asNumber: undefined,
    ipv4: own.ip.version === 4 ? own : undefined,
    ipv6: own.ip.version === 6 ? own : undefined,
    ipipTunnelAddress: undefined,
    routeReflectorClusterId: undefined,
  };
}

export function felixConfig(name: string, settings: FelixConfig["settings"]): FelixConfig {
  return {
    kind: "felix-config",
    key: name,
    origin: ORIGIN,
    source: "policy",
    name,
    nodeSelector: undefined,
    creationTimestamp: "",
    settings,
  };
}

function required<T>(value: T | undefined, text: string): T {
  if (value === undefined) throw new Error(`not an address: ${text}`);
  return value;
}
