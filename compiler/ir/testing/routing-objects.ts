import type { BgpConfig, BgpFilter, BgpPeer } from "../bgp-model.ts";
import type { Block, BlockAffinity, Node } from "../cluster-model.ts";
import { cidr, type Given, ip, ORIGIN } from "./basics.ts";

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

export function blockAffinity(node: string, net: string, given: Given<BlockAffinity> = {}): BlockAffinity {
  return {
    kind: "block-affinity",
    key: `${node}/${net}`,
    origin: ORIGIN,
    source: "inventory",
    cidr: cidr(net),
    node,
    affinityType: "host",
    state: "confirmed",
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
