import { ALL } from "../../syntax/selector/parse.ts";
import type {
  AbstractEndpoint,
  EntityMatch,
  HostEndpoint,
  IpPool,
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
import { cidr, type Given, ORIGIN } from "./basics.ts";

export { asUpdate as add } from "../cluster-model.ts";
export { cidr, ip, remove, selector } from "./basics.ts";
export { bgpConfig, bgpFilter, bgpPeer, block, blockAffinity, speaker } from "./routing-objects.ts";

/** Model objects with everything left out that a test does not care about. */

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

export function abstractEndpoint(
  namespace: string,
  name: string,
  given: Given<AbstractEndpoint> = {},
): AbstractEndpoint {
  return {
    kind: "abstract-endpoint",
    key: `Deployment/${namespace}/${name}`,
    origin: ORIGIN,
    source: "inventory",
    controllerKind: "Deployment",
    namespace,
    name,
    labels: {},
    profiles: [],
    ports: [],
    serviceAccount: "default",
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
    wantedLoadBalancerIp: undefined,
    externalTrafficPolicy: "Cluster",
    ipFamilies: ["IPv4"],
    ...given,
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
