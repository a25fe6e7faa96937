import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Cidr, Ip, IpVersion } from "../net/cidr.ts";

/**
 * What one node must have as links, addresses, neighbours, forwarding entries, rules, routes and sysctls, both IP
 * versions. An absent optional value means that the kernel decides (an MTU, the device of an on-link gateway).
 * Source: routing-bgp.md §1.
 */
export interface RoutingIr {
  readonly ownership: RoutingOwnership;
  /** Tunnel devices, sorted by name. Workload interfaces are made by the CNI plugin, not here. */
  readonly links: readonly Link[];
  /** Sorted by device, then address. */
  readonly addresses: readonly LinkAddress[];
  /** Sorted by device, then address. */
  readonly neighbours: readonly Neighbour[];
  /** Forwarding entries of VXLAN devices: which node is behind which MAC. Sorted by device, then MAC. */
  readonly fdb: readonly FdbEntry[];
  /** Sorted by IP version, then priority. */
  readonly rules: readonly RoutingRule[];
  /** Sorted by table, destination, metric; that triple is unique. */
  readonly routes: readonly Route[];
  /** Sorted by key. */
  readonly sysctls: readonly Sysctl[];
  /** Sorted by device, then public key. Never holds a private key: those are made on the host and stay there. */
  readonly wireguardPeers: readonly WireguardPeer[];
  /**
   * The MTU that pods should get: the smallest that every enabled encapsulation can carry. Absent where it depends
   * on the host's MTU and that is unknown.
   */
  readonly podMtu: number | undefined;
  /** In the order of the kinds of `RoutingProblem`; one for each gateway without an interface. */
  readonly problems: readonly RoutingProblem[];
}

/**
 * What may be changed or removed on the host (routing-bgp.md §1.5). Everything that it does not claim belongs to
 * somebody else.
 */
export interface RoutingOwnership {
  /** Workload interfaces start with one of these … */
  readonly interfacePrefixes: readonly string[];
  /** … unless they are one of these. */
  readonly interfaceExclude: readonly string[];
  /** Every route on a workload interface is ours, not only those with one of `workloadProtocols`. */
  readonly removeExternalRoutes: boolean;
  /** Protocols of our own routes on workload interfaces. */
  readonly workloadProtocols: readonly number[];
  /** Workload interfaces where BIRD's routes (protocol 12) are not ours: the workload is a BGP peer. */
  readonly bgpPeerInterfaces: readonly string[];
  /** Routes with one of these are ours on any device, and without one. */
  readonly exclusiveProtocols: readonly number[];
  /** Devices that are ours, with their addresses, permanent neighbours and forwarding entries. Sorted. */
  readonly devices: readonly string[];
  /** Those of `devices` whose routes are ours whatever their protocol. Sorted. */
  readonly exclusiveDevices: readonly string[];
  /** BIRD's left-over routes on `tunl0` are ours: it programmed them before Felix did. */
  readonly birdRoutesOnIpip: boolean;
  /** Tables that are wholly ours. */
  readonly tables: readonly number[];
  /** Rules that look up one of our tables with one of these priorities are ours. */
  readonly rulePriorities: readonly number[];
}

/** Which resource asks for an entry; groups and explains it in the artifact. */
export type Reason =
  | {
      readonly kind: "workload";
      /** `<namespace>/<pod>`. */
      readonly workload: string;
      readonly origin: Origin;
    }
  /** A pool; `node` = the remote node that the entry leads to, absent for the node's own blocks. */
  | {
      readonly kind: "pool";
      readonly pool: string;
      readonly encapsulation: "VXLAN" | "IPIP" | "none";
      readonly node: string | undefined;
      readonly origin: Origin;
    }
  /** A tunnel mesh as such: its device, and the entries for one remote `node`. */
  | {
      readonly kind: "tunnel";
      readonly tunnel: "VXLAN" | "IPIP" | "WireGuard";
      readonly version: IpVersion;
      readonly node: string | undefined;
      readonly origin: Origin | undefined;
    }
  /** A Felix parameter: `ipForwarding`. */
  | { readonly kind: "setting"; readonly setting: string }
  /** Needed on every host. */
  | { readonly kind: "host" };

/** Why something that the resources ask for is missing here; the back end reports it. */
export type RoutingProblem =
  /** The node has no address of that version, so its tunnel has no outer source. */
  | { readonly kind: "no-node-address"; readonly version: IpVersion; readonly reason: Reason }
  /** IPAM has not given the node its tunnel address. */
  | { readonly kind: "no-tunnel-address"; readonly version: IpVersion; readonly reason: Reason }
  /** A direct route would need the interface that leads to the gateway, and no node interface is known. */
  | { readonly kind: "no-parent-interface"; readonly gateway: Ip; readonly reason: Reason }
  /** The mask of Felix's marks has no bit left for WireGuard. */
  | { readonly kind: "no-wireguard-mark"; readonly reason: Reason }
  /** Nodes with the same WireGuard key: none of them can be a peer. Sorted. */
  | { readonly kind: "shared-wireguard-key"; readonly nodes: readonly string[]; readonly reason: Reason };

/**
 * `parent` absent: no node interface is known to carry the node's address, so the link is not bound to one and the
 * kernel routes its outer packets by `local`.
 */
export type Link =
  | {
      readonly kind: "vxlan";
      readonly name: string;
      readonly vni: number;
      readonly port: number;
      /** The node's own address: outer source, and the version of the outer packets. */
      readonly local: Ip;
      readonly parent: string | undefined;
      readonly mac: string;
      readonly mtu: number | undefined;
      readonly reason: Reason;
    }
  /** The kernel's own fallback device: it comes with the module and is configured, never created. */
  | {
      readonly kind: "ipip";
      readonly name: "tunl0";
      readonly mtu: number | undefined;
      readonly reason: Reason;
    }
  | {
      readonly kind: "wireguard";
      readonly name: string;
      readonly listenPort: number;
      /** Mark of the encrypted packets, so that they miss the WireGuard table. */
      readonly mark: number;
      readonly mtu: number | undefined;
      readonly reason: Reason;
    };

export interface LinkAddress {
  readonly dev: string;
  readonly ip: Ip;
  readonly length: number;
  readonly scope: "global" | "link";
  readonly reason: Reason;
}

/** A permanent neighbour entry. */
export interface Neighbour {
  readonly dev: string;
  readonly ip: Ip;
  readonly mac: string;
  readonly reason: Reason;
}

export interface FdbEntry {
  readonly dev: string;
  readonly mac: string;
  /** The remote node. */
  readonly destination: Ip;
  readonly reason: Reason;
}

/** Packets whose mark, under `mask`, is (`not`: is not) `mark` look up `table`. */
export interface RoutingRule {
  readonly version: IpVersion;
  readonly priority: number;
  readonly not: boolean;
  readonly mark: number;
  readonly mask: number;
  readonly table: number;
  readonly reason: Reason;
}

export type RouteTarget =
  /** Directly on the device, scope link. */
  | { readonly kind: "link"; readonly dev: string }
  /**
   * `onlink`: the gateway is reachable on `dev` whatever the other routes say. `dev` absent: the kernel resolves
   * the gateway, which therefore must be on-link.
   */
  | {
      readonly kind: "gateway";
      readonly gateway: Ip;
      readonly dev: string | undefined;
      readonly onlink: boolean;
    }
  | { readonly kind: "blackhole" }
  /** End this table's lookup; the next rule decides. */
  | { readonly kind: "throw" };

export interface Route {
  readonly table: number;
  readonly destination: Cidr;
  /** 0 = none given; IPv6 kernels then use 1024. */
  readonly metric: number;
  readonly target: RouteTarget;
  readonly protocol: number;
  readonly mtu: number | undefined;
  /** Preferred source address. */
  readonly source: Ip | undefined;
  readonly reason: Reason;
}

/** `tolerateFailure`: the host works without it (an old kernel, a container). */
export interface Sysctl {
  /** Slashes, since interface names may contain dots: `net/ipv4/conf/eth0.5/forwarding`. */
  readonly key: string;
  readonly value: string;
  readonly tolerateFailure: boolean;
  readonly reason: Reason;
}

export interface WireguardPeer {
  readonly dev: string;
  /** Base64 of 32 bytes. */
  readonly publicKey: string;
  readonly endpoint: Ip;
  readonly port: number;
  /** Sorted. */
  readonly allowedIps: readonly Cidr[];
  /** Seconds; 0 = off. */
  readonly keepAlive: number;
  readonly reason: Reason;
}

/** The main routing table. */
export const MAIN_TABLE = 254;
