import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Cidr, Ip, PortRange } from "../net/cidr.ts";
import type { Selector } from "../syntax/selector/ast.ts";

/**
 * One FelixConfiguration resource. `settings` holds only what it sets; `resolveFelixSettings` in the engine merges
 * global, selector-scoped and per-node objects over the defaults, parameter by parameter.
 */
export interface FelixConfig {
  readonly kind: "felix-config";
  readonly key: string;
  readonly origin: Origin;
  readonly source: "policy" | "inventory";
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
