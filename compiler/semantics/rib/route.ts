import type { Cidr, Ip, Ip4 } from "../../net/cidr.ts";

/** One hop: `via` absent = directly on the device. */
export interface Hop {
  readonly dev: string;
  readonly via: Ip | undefined;
}

export type Way =
  | { readonly kind: "unicast"; readonly hops: readonly Hop[] }
  | { readonly kind: "blackhole" | "unreachable" | "prohibit" };

export type RouteSource = "device" | "kernel" | "static" | "bgp";

/** One route of a speaker's table, one of possibly several to its prefix. */
export interface RibRoute {
  readonly cidr: Cidr;
  /** Name of the protocol of `bird.conf` that it comes from: `Mesh_10_0_0_2`, `blocks4`. */
  readonly protocol: string;
  readonly source: RouteSource;
  /** Tells apart the routes that one protocol has to one prefix: the speakers that they came through. */
  readonly path: string;
  readonly preference: number;
  readonly way: Way;
  /** Metric of the route through which the next hop resolves; `undefined` = unknown. */
  readonly igpMetric: number | undefined;
  readonly attributes: RouteAttributes;
  readonly learned: LearnedFrom | undefined;
}

/** What filters read and write. Absent = undefined in BIRD's sense; empty lists are undefined as well. */
export interface RouteAttributes {
  readonly origin?: "igp" | "incomplete";
  /** Nearest AS first; sequences only. */
  readonly asPath?: readonly number[];
  readonly nextHop?: Ip;
  readonly localPref?: number;
  readonly communities?: readonly (readonly number[])[];
  readonly largeCommunities?: readonly (readonly number[])[];
  readonly originatorId?: Ip4;
  /** Last reflector first. */
  readonly clusterList?: readonly Ip4[];
  readonly krtSource?: number;
  readonly krtMetric?: number;
}

/** The session that a BGP route came by. */
export interface LearnedFrom {
  readonly speaker: string;
  readonly address: Ip;
  readonly routerId: Ip4;
  readonly internal: boolean;
  readonly localAs: number;
  /** The sender is this speaker's client. */
  readonly client: boolean;
  readonly clusterId: Ip4 | undefined;
  /** The interface of a single-hop session. */
  readonly dev: string | undefined;
}

export const BLACKHOLE: Way = { kind: "blackhole" };
export const UNREACHABLE: Way = { kind: "unreachable" };

export function isReachable(route: RibRoute): boolean {
  return route.way.kind === "unicast";
}
