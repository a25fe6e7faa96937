import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Cidr, Ip } from "../net/cidr.ts";
import type { Selector } from "../syntax/selector/ast.ts";
import type { ClusterRouteOwner } from "./felix-config.ts";
import type { ModelBase } from "./model-base.ts";

interface BgpBase extends ModelBase {
  readonly name: string;
}

/** Names a secret; its value never enters the compiler. */
export interface SecretRef {
  /** "" = the namespace that the runtime is configured with. */
  readonly namespace: string;
  readonly name: string;
  readonly key: string;
}

export type Community =
  | { readonly kind: "standard"; readonly value: readonly [number, number] }
  | { readonly kind: "large"; readonly value: readonly [number, number, number] };

export interface BgpConfig extends BgpBase {
  readonly kind: "bgp-config";
  readonly logSeverity: string | undefined;
  readonly nodeToNodeMesh: boolean | undefined;
  readonly asNumber: number | undefined;
  readonly serviceClusterIps: readonly Cidr[];
  readonly serviceExternalIps: readonly Cidr[];
  readonly serviceLoadBalancerIps: readonly Cidr[];
  readonly serviceLoadBalancerAggregation: boolean;
  readonly prefixAdvertisements: readonly {
    readonly cidr: Cidr;
    readonly communities: readonly Community[];
  }[];
  readonly listenPort: number | undefined;
  readonly nodeMeshPassword: SecretRef | undefined;
  /** Seconds. */
  readonly nodeMeshMaxRestartTime: number | undefined;
  readonly bindMode: "None" | "NodeIP";
  readonly ignoredInterfaces: readonly string[];
  readonly localWorkloadPeeringIp4: Ip | undefined;
  readonly localWorkloadPeeringIp6: Ip | undefined;
  readonly programClusterRoutes: ClusterRouteOwner;
  readonly normalRoutePriority4: number;
  readonly normalRoutePriority6: number;
}

export interface BgpPeer extends BgpBase {
  readonly kind: "bgp-peer";
  /** At most one of `node` and `nodeSelector`; neither = every node. */
  readonly node: string | undefined;
  readonly nodeSelector: Selector | undefined;
  readonly peerIp: Ip | undefined;
  readonly peerPort: number | undefined;
  readonly asNumber: number | undefined;
  readonly localAsNumber: number | undefined;
  readonly peerSelector: Selector | undefined;
  readonly localWorkloadSelector: Selector | undefined;
  readonly nextHopMode: "Auto" | "Self" | "Keep";
  /** The deprecated flag; in force only where `nextHopMode` is unset. */
  readonly keepOriginalNextHop: boolean;
  readonly password: SecretRef | undefined;
  readonly sourceAddress: "UseNodeIP" | "None";
  /** Of Calico Enterprise, as is `restartMode`: BFD with peers on a network of the node's. */
  readonly failureDetectionMode: "None" | "BFDIfDirectlyConnected";
  readonly restartMode: "GracefulRestart" | "LongLivedGracefulRestart";
  /** Seconds. */
  readonly maxRestartTime: number | undefined;
  readonly keepaliveTime: number | undefined;
  readonly numAllowedLocalAsNumbers: number;
  /** GTSM hop count; 0 = off. */
  readonly ttlSecurity: number;
  readonly reachableBy: Ip | undefined;
  readonly filters: readonly string[];
  readonly reversePeering: "Auto" | "Manual";
}

export type BgpFilterOperation =
  | { readonly kind: "add-community"; readonly community: Community }
  | { readonly kind: "prepend-as-path"; readonly asNumbers: readonly number[] }
  | { readonly kind: "set-priority"; readonly priority: number };

export interface BgpFilterRule {
  readonly action: "accept" | "reject";
  readonly cidr: Cidr | undefined;
  readonly matchOperator: "Equal" | "NotEqual" | "In" | "NotIn" | undefined;
  readonly prefixLength: { readonly min: number; readonly max: number } | undefined;
  readonly remotePeersOnly: boolean;
  readonly interfaceGlob: string | undefined;
  readonly peerType: "eBGP" | "iBGP" | undefined;
  readonly community: Community | undefined;
  readonly asPathPrefix: readonly number[];
  readonly priority: number | undefined;
  readonly operations: readonly BgpFilterOperation[];
  readonly origin: Origin;
}

export interface BgpFilter extends BgpBase {
  readonly kind: "bgp-filter";
  readonly importV4: readonly BgpFilterRule[];
  readonly exportV4: readonly BgpFilterRule[];
  readonly importV6: readonly BgpFilterRule[];
  readonly exportV6: readonly BgpFilterRule[];
}
