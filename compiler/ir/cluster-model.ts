import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Cidr, Ip, PortRange } from "../net/cidr.ts";
import type { Labels, Selector } from "../syntax/selector/ast.ts";
import type { BgpConfig, BgpFilter, BgpPeer } from "./bgp-model.ts";
import type { FelixConfig } from "./felix-config.ts";

/**
 * The meaning of the resources, one object per thing, before any node is considered: selectors are folded and
 * parsed, defaults are filled in, Kubernetes objects have become Calico's. This is what the engine consumes and
 * what the reference evaluator reads; nothing in it depends on another object.
 */
export type ModelObject =
  | Tier
  | Policy
  | Profile
  | WorkloadEndpoint
  | AbstractEndpoint
  | HostEndpoint
  | NetworkSet
  | ServiceSlice
  | Service
  | IpPool
  | Block
  | BlockAffinity
  | Node
  | BgpConfig
  | BgpPeer
  | BgpFilter
  | FelixConfig;

export type ModelKind = ModelObject["kind"];

/** `key` is unique within `kind`; the pair identifies the object over time. */
interface ModelBase {
  readonly key: string;
  readonly origin: Origin;
  /** Policy is what people write, inventory is what the cluster does; the manifest digests them apart. */
  readonly source: "policy" | "inventory";
}

/** A change of one object; `value: undefined` deletes it. */
export interface ModelUpdate {
  readonly kind: ModelKind;
  readonly key: string;
  readonly value: ModelObject | undefined;
}

export function asUpdate(value: ModelObject): ModelUpdate {
  return { kind: value.kind, key: value.key, value };
}

export interface Tier extends ModelBase {
  readonly kind: "tier";
  readonly name: string;
  /** `Infinity` when unset: sorts last. */
  readonly order: number;
  readonly defaultAction: "deny" | "pass";
}

export type PolicyKind =
  | "NetworkPolicy"
  | "GlobalNetworkPolicy"
  | "StagedNetworkPolicy"
  | "StagedGlobalNetworkPolicy"
  | "StagedKubernetesNetworkPolicy"
  | "KubernetesNetworkPolicy"
  | "KubernetesClusterNetworkPolicy";

export type Direction = "ingress" | "egress";

export interface Policy extends ModelBase {
  readonly kind: "policy";
  readonly policyKind: PolicyKind;
  /** "" for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  readonly tier: string;
  /** `Infinity` when unset: sorts last. */
  readonly order: number;
  /** Whom it applies to; the namespace, service-account and namespace selectors are folded in. */
  readonly selector: Selector;
  readonly directions: readonly Direction[];
  readonly staged: boolean;
  readonly doNotTrack: boolean;
  readonly preDnat: boolean;
  readonly applyOnForward: boolean;
  /** `performanceHints: [AssumeNeededOnEveryNode]`. */
  readonly neededEverywhere: boolean;
  readonly ingress: readonly PolicyRule[];
  readonly egress: readonly PolicyRule[];
}

export type RuleAction = "allow" | "deny" | "pass" | "log";

/** All criteria that are present must match; values within one list are alternatives. */
export interface PolicyRule {
  readonly action: RuleAction;
  /** Explicit, or implied by the protocol *names* ICMP and ICMPv6. */
  readonly ipVersion: 4 | 6 | undefined;
  /** IANA number, 1–255. */
  readonly protocol: number | undefined;
  readonly notProtocol: number | undefined;
  readonly icmp: IcmpMatch | undefined;
  readonly notIcmp: IcmpMatch | undefined;
  readonly source: EntityMatch;
  readonly destination: EntityMatch;
  /** `metadata.annotations`, sorted by key: comments only. */
  readonly annotations: readonly (readonly [string, string])[];
  /** An application-layer (HTTP) match is present; the L3/L4 part is what an IP dataplane enforces. */
  readonly http: boolean;
  readonly origin: Origin;
}

export interface IcmpMatch {
  readonly type: number;
  readonly code: number | undefined;
}

export interface EntityMatch {
  readonly nets: readonly Cidr[];
  readonly notNets: readonly Cidr[];
  /** Folded positive selector; `undefined` = no restriction (whereas `all()` means "a known endpoint or set"). */
  readonly selector: Selector | undefined;
  /** Present only where no positive selector could absorb it. */
  readonly notSelector: Selector | undefined;
  readonly ports: PortMatch;
  readonly notPorts: PortMatch;
  readonly service: ServiceRef | undefined;
}

/** Numeric and named ports are alternatives of each other; both empty = no restriction. */
export interface PortMatch {
  readonly ranges: readonly PortRange[];
  readonly names: readonly string[];
}

export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
}

export interface Profile extends ModelBase {
  readonly kind: "profile";
  readonly name: string;
  readonly labelsToApply: Labels;
  readonly ingress: readonly PolicyRule[];
  readonly egress: readonly PolicyRule[];
}

export interface EndpointPort {
  readonly name: string;
  readonly protocol: number;
  readonly port: number;
}

export interface WorkloadEndpoint extends ModelBase {
  readonly kind: "workload-endpoint";
  readonly node: string;
  readonly orchestrator: string;
  readonly namespace: string;
  /** `<namespace>/<pod>` on Kubernetes. */
  readonly workload: string;
  readonly endpoint: string;
  readonly interfaceName: string;
  readonly mac: string | undefined;
  /** Own labels only; those of `profiles` are inherited in the engine. */
  readonly labels: Labels;
  readonly profiles: readonly string[];
  /** /32 and /128. Empty for a finished pod: it then has no place in the dataplane. */
  readonly addresses: readonly Cidr[];
  readonly ports: readonly EndpointPort[];
  readonly floatingIps: readonly { readonly internal: Ip; readonly external: Ip }[];
  readonly allowedSpoofSources: readonly Cidr[];
  readonly qos: QosControls;
}

/** Units: bit/s, bits, bytes (minburst), packets per second, packets, connections. */
export interface QosDirection {
  readonly bandwidth?: number;
  readonly burst?: number;
  readonly peakrate?: number;
  readonly minburst?: number;
  readonly packetRate?: number;
  readonly packetBurst?: number;
  readonly maxConnections?: number;
}
export interface QosControls {
  readonly ingress: QosDirection;
  readonly egress: QosDirection;
  /** 0–63. */
  readonly dscp?: number;
}

/**
 * The pods of a workload controller (or of a Pod that no node runs yet), as lint, queries, explain and flow diff see
 * them: no address, no node, unknown to the back ends.
 */
export interface AbstractEndpoint extends ModelBase {
  readonly kind: "abstract-endpoint";
  readonly controllerKind:
    | "Deployment"
    | "StatefulSet"
    | "DaemonSet"
    | "ReplicaSet"
    | "Job"
    | "CronJob"
    | "Pod";
  readonly namespace: string;
  readonly name: string;
  /** Of the pod template, with namespace, orchestrator and service account. */
  readonly labels: Labels;
  readonly profiles: readonly string[];
  readonly ports: readonly EndpointPort[];
  readonly serviceAccount: string;
}

export interface HostEndpoint extends ModelBase {
  readonly kind: "host-endpoint";
  readonly name: string;
  readonly node: string;
  /** "" = found by `expectedIps`; "*" = all host interfaces. */
  readonly interfaceName: string;
  readonly expectedIps: readonly Ip[];
  readonly labels: Labels;
  readonly profiles: readonly string[];
  readonly ports: readonly EndpointPort[];
  readonly dscp: number | undefined;
}

export interface NetworkSet extends ModelBase {
  readonly kind: "network-set";
  /** "" for GlobalNetworkSet. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** `kns.<namespace>` for namespaced sets, so that namespace labels are inherited. */
  readonly profiles: readonly string[];
  readonly nets: readonly Cidr[];
}

/** One Kubernetes EndpointSlice, as the source of service matches and of service routes. */
export interface ServiceSlice extends ModelBase {
  readonly kind: "service-slice";
  readonly namespace: string;
  readonly name: string;
  readonly service: string;
  readonly addressType: "IPv4" | "IPv6" | "FQDN";
  readonly endpoints: readonly {
    readonly addresses: readonly Ip[];
    readonly ready: boolean;
    readonly node: string | undefined;
  }[];
  readonly ports: readonly {
    readonly name: string;
    readonly protocol: number;
    readonly port: number | undefined;
  }[];
}

export interface Service extends ModelBase {
  readonly kind: "service";
  readonly namespace: string;
  readonly name: string;
  readonly type: string;
  readonly clusterIps: readonly Ip[];
  readonly externalIps: readonly Ip[];
  /** What the service was given. */
  readonly loadBalancerIps: readonly Ip[];
  /** What it asked for, and may not have got: the address may be another service's. */
  readonly wantedLoadBalancerIp: Ip | undefined;
  readonly externalTrafficPolicy: "Cluster" | "Local";
  readonly ipFamilies: readonly ("IPv4" | "IPv6")[];
}

export type EncapMode = "Never" | "Always" | "CrossSubnet";

export interface IpPool extends ModelBase {
  readonly kind: "ip-pool";
  readonly name: string;
  readonly cidr: Cidr;
  readonly ipipMode: EncapMode;
  readonly vxlanMode: EncapMode;
  readonly natOutgoing: boolean;
  readonly disabled: boolean;
  readonly disableBgpExport: boolean;
  readonly blockSize: number;
  readonly nodeSelector: Selector;
  readonly namespaceSelector: Selector | undefined;
  readonly allowedUses: readonly ("Workload" | "Tunnel" | "LoadBalancer")[];
  readonly assignmentMode: "Automatic" | "Manual";
}

export interface Block extends ModelBase {
  readonly kind: "block";
  readonly cidr: Cidr;
  /** Node that owns the block; `undefined` when it has no affinity or belongs to `virtual:load-balancer`. */
  readonly affinity: string | undefined;
  /** Allocations whose owner attribute `node` is known: where each used address lives. */
  readonly allocations: readonly {
    readonly ip: Ip;
    readonly node: string | undefined;
    readonly tunnel: boolean;
  }[];
}

export interface BlockAffinity extends ModelBase {
  readonly kind: "block-affinity";
  readonly cidr: Cidr;
  readonly node: string;
  readonly affinityType: "host" | "virtual";
  readonly state: "pending" | "confirmed" | "pendingDeletion";
}

/** An address with its network, as `spec.bgp.ipv4Address` gives it; a bare IP has a full-length network. */
export interface InterfaceAddress {
  readonly ip: Ip;
  readonly length: number;
}

export interface Node extends ModelBase {
  readonly kind: "node";
  readonly name: string;
  readonly labels: Labels;
  readonly bgp:
    | {
        readonly asNumber: number | undefined;
        readonly ipv4: InterfaceAddress | undefined;
        readonly ipv6: InterfaceAddress | undefined;
        readonly ipipTunnelAddress: Ip | undefined;
        /** IPv4-formatted. */
        readonly routeReflectorClusterId: string | undefined;
      }
    | undefined;
  readonly vxlanTunnelAddress4: Ip | undefined;
  readonly vxlanTunnelAddress6: Ip | undefined;
  readonly vxlanTunnelMac4: string | undefined;
  readonly vxlanTunnelMac6: string | undefined;
  readonly wireguard: {
    readonly address4: Ip | undefined;
    readonly address6: Ip | undefined;
    readonly publicKey4: string | undefined;
    readonly publicKey6: string | undefined;
  };
  readonly addresses: readonly { readonly ip: Ip; readonly type: string }[];
  readonly interfaces: readonly { readonly name: string; readonly addresses: readonly InterfaceAddress[] }[];
  readonly podCidrs: readonly Cidr[];
}

export type ModelOf<K extends ModelKind> = Extract<ModelObject, { kind: K }>;

/**
 * The whole cluster, by kind and key. Keys: tier, profile, pool, node, host endpoint, BGP and Felix objects: the
 * name · policy: its `PolicyId` · workload endpoint: `<node>/<orchestrator>/<workload>/<endpoint>` · network set,
 * service, slice: `<namespace>/<name>` · abstract endpoint: `<controllerKind>/<namespace>/<name>` · block: its CIDR ·
 * affinity: `<node>/<CIDR>`.
 */
export interface ClusterModel {
  /** Iterated in the order of the keys, so that nothing depends on the order of arrival. */
  all<K extends ModelKind>(kind: K): ReadonlyMap<string, ModelOf<K>>;
}
