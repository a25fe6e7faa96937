import type { Cidr, Ip, PortRange } from "../net/cidr.ts";
import type { Selector } from "../syntax/selector/ast.ts";
import type { ModelBase } from "./model-base.ts";

/**
 * One FelixConfiguration resource. `settings` holds only what it sets; `resolveFelixSettings` in the engine merges
 * global, selector-scoped and per-node objects over the defaults, parameter by parameter.
 */
export interface FelixConfig extends ModelBase {
  readonly kind: "felix-config";
  readonly name: string;
  readonly nodeSelector: Selector | undefined;
  /** ISO 8601; decides among selector-scoped objects. */
  readonly creationTimestamp: string;
  readonly settings: Partial<FelixSettings>;
}

export interface FailsafePort {
  readonly protocol: number;
  readonly port: number;
  readonly net: Cidr | undefined;
}

export type ClusterRouteOwner = "Enabled" | "Disabled" | "EnabledIPIPOnly" | "EnabledNoEncapOnly";

/** The Felix parameters that shape compiled artifacts. Durations in seconds. */
export interface FelixSettings {
  readonly interfacePrefixes: readonly string[];
  readonly interfaceExclude: readonly string[];
  readonly chainInsertMode: "insert" | "append";
  readonly defaultEndpointToHostAction: "DROP" | "RETURN" | "ACCEPT";
  readonly filterAllowAction: "ACCEPT" | "RETURN";
  readonly mangleAllowAction: "ACCEPT" | "RETURN";
  readonly filterDenyAction: "DROP" | "REJECT";
  readonly markMask: number;
  readonly logPrefix: string;
  readonly logRateLimit: string | undefined;
  readonly logRateBurst: number;
  readonly serviceLoopPrevention: "Drop" | "Reject" | "Disabled";
  readonly disableConntrackInvalidCheck: boolean;
  readonly allowVxlanPacketsFromWorkloads: boolean;
  readonly allowIpipPacketsFromWorkloads: boolean;
  readonly workloadSourceSpoofing: "Disabled" | "Any";
  readonly failsafeInbound: readonly FailsafePort[];
  readonly failsafeOutbound: readonly FailsafePort[];
  readonly natPortRange: PortRange | undefined;
  readonly natOutgoingAddress: Ip | undefined;
  readonly natOutgoingExclusions: "IPPoolsOnly" | "IPPoolsAndHostIPs";
  readonly natOutgoingInterfaceFilter: string;
  readonly ipv6Support: boolean;
  readonly kubeIpvsSupport: boolean;
  readonly kubeNodePortRanges: readonly PortRange[];
  readonly externalNodesCidrs: readonly Cidr[];
  readonly maxIpsetSize: number;
  readonly floatingIps: boolean;
  /** `undefined` = derived from the pools. */
  readonly vxlanEnabled: boolean | undefined;
  readonly ipipEnabled: boolean | undefined;
  readonly vxlanVni: number;
  readonly vxlanPort: number;
  /** 0 = computed from the host's MTU. */
  readonly vxlanMtu: number;
  readonly vxlanMtu6: number;
  readonly ipipMtu: number;
  readonly wireguardMtu: number;
  readonly wireguardMtu6: number;
  readonly wireguardEnabled: boolean;
  readonly wireguardEnabled6: boolean;
  readonly wireguardPort: number;
  readonly wireguardPort6: number;
  readonly wireguardInterface: string;
  readonly wireguardInterface6: string;
  readonly wireguardRulePriority: number;
  readonly wireguardHostEncryption: boolean;
  readonly wireguardKeepAlive: number;
  readonly deviceRouteProtocol: number;
  readonly deviceRouteSource4: Ip | undefined;
  readonly deviceRouteSource6: Ip | undefined;
  readonly removeExternalRoutes: boolean;
  readonly routeSource: "CalicoIPAM" | "WorkloadIPs";
  readonly routeSyncDisabled: boolean;
  readonly programClusterRoutes: ClusterRouteOwner;
  readonly normalRoutePriority4: number;
  readonly normalRoutePriority6: number;
  readonly routeTableRanges: readonly PortRange[];
  readonly ipForwarding: boolean;
  /** Regular expression: interfaces whose MTU decides the host's. */
  readonly mtuInterfacePattern: string;
}

const TCP = 6;
const UDP = 17;
const tcp = (port: number): FailsafePort => ({ protocol: TCP, port, net: undefined });
const udp = (port: number): FailsafePort => ({ protocol: UDP, port, net: undefined });
/** BGP, etcd (2379, 2380), Typha, the Kubernetes API, and etcd in the numbering of self-hosted clusters. */
const CONTROL_PLANE: readonly FailsafePort[] = [179, 2379, 2380, 5473, 6443, 6666, 6667].map(tcp);

/** What holds where no FelixConfiguration says otherwise: Felix's own defaults (dataplane §1.8, §6, routing §1.1). */
export const DEFAULT_FELIX_SETTINGS: FelixSettings = {
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
  // Besides the control plane: SSH and DHCP in, DNS and DHCP out.
  failsafeInbound: [tcp(22), udp(68), ...CONTROL_PLANE],
  failsafeOutbound: [udp(53), udp(67), ...CONTROL_PLANE],
  natPortRange: undefined,
  natOutgoingAddress: undefined,
  natOutgoingExclusions: "IPPoolsOnly",
  natOutgoingInterfaceFilter: "",
  ipv6Support: true,
  kubeIpvsSupport: false,
  kubeNodePortRanges: [{ first: 30000, last: 32767 }],
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
  mtuInterfacePattern: "^((en|wl|ww|sl|ib)[Pcopsvx].*|(eth|wlan|wwan).*)",
};
