import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Cidr, Ip, Ip4, IpVersion } from "../net/cidr.ts";
import type { BgpFilterOperation, Community, SecretRef } from "./bgp-model.ts";
import type { ServiceRef } from "./cluster-model.ts";

/** What one node's BGP speaker must do, both IP versions; a node without `spec.bgp` has none. */
export type BgpIr = BgpDisabled | BgpSpeaker;

/** No daemon, hence no configuration: Calico's "spec.bgp absent: node takes no part in BGP". */
export interface BgpDisabled {
  readonly kind: "disabled";
  readonly peers: readonly [];
}

export const NO_BGP: BgpDisabled = { kind: "disabled", peers: [] };

export interface BgpSpeaker {
  readonly kind: "speaker";
  readonly routerId: Ip4;
  readonly asNumber: number;
  /** TCP port of every listening socket; 179 unless configured. */
  readonly listenPort: number;
  /** Listen on the node's addresses only, instead of on every address. */
  readonly bindNodeIp: boolean;
  readonly log: BgpLogLevel;
  /** Globs of interfaces whose networks the speaker does not learn; the workloads' own are always among them. */
  readonly ignoredInterfaces: readonly string[];
  /** Globs of interfaces that lead to local workloads: `cali*`. */
  readonly workloadInterfaces: readonly string[];
  /** Kernel protocol number of the cluster routes that the routes back end writes. */
  readonly clusterRouteProtocol: number;
  /** IPv4 first; both are always there, since a node without an address of a family still keeps its routes. */
  readonly families: readonly BgpFamily[];
  /** Only those that a session here calls, sorted by name, version, direction. */
  readonly filters: readonly RouteFilter[];
  /** Sorted by session name. */
  readonly peers: readonly BgpSession[];
}

/** `quiet`: state changes only, the default here; the others are `logSeverityScreen` as written. */
export type BgpLogLevel = "quiet" | "off" | "info" | "debug";

export interface BgpFamily {
  readonly version: IpVersion;
  /** The node's own address; without it there is no session of this family. */
  readonly address: Ip | undefined;
  /** Metric of an ordinary route in the kernel, and the base of local preferences. */
  readonly normalPriority: number;
  /** Routes that only exist to be announced, or to reach a peer: blocks, services, `via`, each kind by address. */
  readonly statics: readonly BgpStatic[];
  readonly announce: AnnouncePolicy;
  readonly install: InstallPolicy;
}

export type BgpStatic =
  | { readonly kind: "block"; readonly cidr: Cidr; readonly origin: Origin }
  | {
      readonly kind: "service-range";
      readonly cidr: Cidr;
      readonly range: ServiceRange;
      readonly origin: Origin;
    }
  /** Several services may share an address; sorted by namespace and name. */
  | {
      readonly kind: "service";
      readonly cidr: Cidr;
      readonly services: readonly ServiceRef[];
      readonly origin: Origin;
    }
  /** `reachableBy` of the peers named. */
  | {
      readonly kind: "via";
      readonly cidr: Cidr;
      readonly gateway: Ip;
      readonly peers: readonly string[];
      readonly origin: Origin;
    };

export type ServiceRange = "cluster" | "external" | "load-balancer";

/**
 * Which routes go to every peer, in the order of the fields; the first that decides wins and the rest is refused.
 * A session's own export filters come before all of it.
 */
export interface AnnouncePolicy {
  /** Refused: pools with `disableBGPExport`. */
  readonly suppressedPools: readonly PoolNet[];
  /**
   * Refused towards internal peers, with all else that has the speaker's `clusterRouteProtocol`: other nodes' routes,
   * which those announce themselves. Globs.
   */
  readonly tunnelInterfaces: readonly string[];
  /** Adds communities and goes on. */
  readonly communities: readonly PrefixCommunities[];
  /** The block itself and elevated routes inside are announced, everything else inside is not. */
  readonly ownBlocks: readonly { readonly cidr: Cidr; readonly origin: Origin }[];
  readonly services: readonly { readonly cidr: Cidr; readonly what: string; readonly origin: Origin }[];
  /** A route reflector passes on the service ranges that it learned. */
  readonly reflectedServices: readonly {
    readonly cidr: Cidr;
    readonly what: string;
    readonly origin: Origin;
  }[];
  readonly pools: readonly PoolNet[];
}

export interface PoolNet {
  readonly cidr: Cidr;
  readonly pool: string;
  readonly origin: Origin;
}

export interface PrefixCommunities {
  readonly cidr: Cidr;
  /** Standard ones first, each kind in numeric order, without repetitions. */
  readonly communities: readonly Community[];
  readonly origin: Origin;
}

/** Which of the speaker's routes reach the kernel, in the order of the fields; the rest does. */
export interface InstallPolicy {
  /** Never installed: service ranges belong to kube-proxy. */
  readonly serviceRanges: readonly { readonly cidr: Cidr; readonly what: string; readonly origin: Origin }[];
  /** Never installed: routes through these nodes, which WireGuard carries. Sorted. */
  readonly wireguardPeers: readonly Ip[];
  /** Longest prefix first, so that nested pools each keep their own owner. */
  readonly pools: readonly (PoolNet & {
    readonly owner: "bgp" | "routes";
    readonly encapsulation: "none" | "ipip" | "vxlan";
  })[];
}

export type SessionScope = "mesh" | "global" | "node" | "local-workload";

/** One session with one peer, one address family. */
export interface BgpSession {
  /** A pure function of the peer's identity, so that nothing else resets the session: `Mesh_10_0_0_2`. */
  readonly name: string;
  readonly version: IpVersion;
  readonly scope: SessionScope;
  /** BGPPeers that ask for it, the one in force first; empty for the mesh. */
  readonly resources: readonly string[];
  /** The peer's name, where it is a node of this cluster. */
  readonly peerNode: string | undefined;
  readonly address: Ip;
  /** `undefined` = 179, and not part of the name. */
  readonly port: number | undefined;
  readonly remoteAs: number;
  readonly localAs: number;
  readonly sourceAddress: Ip | undefined;
  /** Hop count of GTSM; 0 = off, and then any number of hops. */
  readonly ttlSecurity: number;
  /** Packets watch over the neighbour, which is on a network of this host's. */
  readonly bfd: boolean;
  readonly passive: boolean;
  /** The peer is a client of this reflector; the value is the cluster id. */
  readonly reflectorCluster: Ip4 | undefined;
  readonly password: SecretRef | undefined;
  /** Whole seconds. */
  readonly gracefulRestartTime: number | undefined;
  /** Routes of a peer that is away stay for longer, as a last resort (RFC 9494). */
  readonly longLivedRestart: boolean;
  readonly keepaliveTime: number | undefined;
  readonly nextHop: "auto" | "self" | "keep";
  /** How often the own AS may occur in a learned path. */
  readonly allowedLocalAs: number;
  /** Names of filters in `BgpSpeaker.filters`, in the order in which they are asked. */
  readonly importFilters: readonly string[];
  readonly exportFilters: readonly string[];
  readonly origin: Origin | undefined;
}

/** The peer is in the same AS, as this session sees it: iBGP. */
export function isInternal(session: BgpSession): boolean {
  return session.remoteAs === session.localAs;
}

/** One rule list of a BGPFilter. Where no rule decides, the session's next filter does. */
export interface RouteFilter {
  /** The BGPFilter's name. */
  readonly name: string;
  readonly version: IpVersion;
  readonly direction: "import" | "export";
  readonly rules: readonly RouteRule[];
  readonly origin: Origin;
}

/** `conditions` are a conjunction; an empty list holds for every route. */
export interface RouteRule {
  readonly action: "accept" | "reject";
  readonly conditions: readonly RouteCondition[];
  readonly operations: readonly BgpFilterOperation[];
  readonly origin: Origin;
}

export type RouteCondition =
  /** The prefix is `cidr` itself (`equal`), or it or one inside (`within`). */
  | {
      readonly kind: "net";
      readonly relation: "equal" | "within";
      readonly cidr: Cidr;
      readonly negated: boolean;
    }
  /** The prefix is within `cidr` and its length in `min`–`max`. */
  | {
      readonly kind: "net-lengths";
      readonly cidr: Cidr;
      readonly min: number;
      readonly max: number;
      readonly negated: boolean;
    }
  /** What Calico's filter evaluates to by construction, whatever the route. */
  | { readonly kind: "constant"; readonly value: boolean }
  /** Learned by BGP, as opposed to this host's own. */
  | { readonly kind: "learned" }
  | { readonly kind: "interface"; readonly glob: string }
  | { readonly kind: "community"; readonly community: Community }
  | { readonly kind: "as-path-prefix"; readonly asNumbers: readonly number[] }
  | { readonly kind: "priority"; readonly priority: number }
  | { readonly kind: "peer-type"; readonly internal: boolean };
