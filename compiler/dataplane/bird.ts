import type { Cidr, Ip, Ip4, IpVersion } from "../net/cidr.ts";
import type { FilterStatement, Routine } from "./bird-filter.ts";

/**
 * One `bird.conf` of stock BIRD 2 as a tree. Comments belong to the tree, because a reader of the file needs them;
 * they never count as a difference.
 */
export interface BirdConfig {
  readonly routerId: Ip4;
  /** `undefined` = every class. */
  readonly log: readonly LogClass[] | undefined;
  /** Read before anything else; a pattern, so that no file is no error. */
  readonly include: string | undefined;
  /** Before everything that uses them. */
  readonly constants: readonly BirdConstant[];
  /** In an order in which each is defined before it is used. */
  readonly routines: readonly Routine[];
  /** Device, BFD, direct, kernel, static, templates, then the peers by name. */
  readonly protocols: readonly BirdProtocol[];
}

export type BirdConstant =
  | { readonly kind: "number"; readonly name: string; readonly value: number }
  /** Matched in one lookup, however many there are; never empty, of one family, sorted. */
  | { readonly kind: "prefixes"; readonly name: string; readonly items: readonly PrefixItem[] };

export interface PrefixItem {
  readonly cidr: Cidr;
  /** The prefix and all inside, not itself alone. */
  readonly within: boolean;
  readonly comment?: string;
}

export const LOG_CLASSES = ["info", "remote", "warning", "error", "auth", "fatal", "bug", "trace"] as const;
export type LogClass = (typeof LOG_CLASSES)[number];

export const DEBUG_FLAGS = ["states", "routes", "filters", "interfaces", "events", "packets"] as const;
export type DebugFlag = (typeof DEBUG_FLAGS)[number];
/** Empty = no `debug` statement. */
export type Debug = "all" | readonly DebugFlag[];

export type BirdProtocol =
  | DeviceProtocol
  | BfdProtocol
  | DirectProtocol
  | KernelProtocol
  | StaticProtocol
  | BgpTemplate
  | BgpProtocol;

export interface DeviceProtocol {
  readonly kind: "device";
  readonly name: string;
  /** Seconds. */
  readonly scanTime: number;
  readonly debug: Debug;
  readonly comment?: string;
}

/** Failure detection for the sessions that ask for it, on every interface (RFC 5881). */
export interface BfdProtocol {
  readonly kind: "bfd";
  readonly name: string;
  /** Milliseconds between packets. */
  readonly interval: number;
  /** Packets that may be lost. */
  readonly multiplier: number;
  readonly comment?: string;
}

export interface DirectProtocol {
  readonly kind: "direct";
  readonly name: string;
  readonly versions: readonly IpVersion[];
  /** Tried in order; the first pattern that fits decides. */
  readonly interfaces: readonly { readonly pattern: string; readonly negated: boolean }[];
  readonly debug: Debug;
  readonly comment?: string;
}

/** Learns, persists, merges paths and takes part in graceful restart: always, so these are no fields. */
export interface KernelProtocol {
  readonly kind: "kernel";
  readonly name: string;
  readonly version: IpVersion;
  readonly scanTime: number;
  readonly metric: number;
  readonly import: ChannelPolicy;
  readonly export: ChannelPolicy;
  readonly comment?: string;
}

export interface StaticProtocol {
  readonly kind: "static";
  readonly name: string;
  readonly version: IpVersion;
  /** Sorted by prefix; `via: undefined` = blackhole. */
  readonly routes: readonly StaticRoute[];
  readonly comment?: string;
}

export interface StaticRoute {
  readonly cidr: Cidr;
  readonly via: Ip | undefined;
  readonly comment?: string;
}

export interface BgpTemplate {
  readonly kind: "bgp-template";
  readonly name: string;
  readonly options: readonly BgpOption[];
  readonly channel: BgpChannel;
  readonly comment?: string;
}

export interface BgpProtocol {
  readonly kind: "bgp";
  readonly name: string;
  readonly template: string;
  /** What differs from the template, in the order in which BIRD's manual and Calico write it. */
  readonly options: readonly BgpOption[];
  readonly channel: BgpChannel;
  readonly comment?: string;
}

/** A setting of one session; the `kind` identifies it within a protocol. Times in seconds. */
export type BgpOption = { readonly comment?: string } & (
  | { readonly kind: "local"; readonly port: number | undefined; readonly asNumber: number }
  | {
      readonly kind: "neighbor";
      readonly ip: Ip;
      readonly port: number | undefined;
      readonly asNumber: number;
    }
  | { readonly kind: "source-address"; readonly ip: Ip }
  | { readonly kind: "strict-bind" }
  | { readonly kind: "ttl-security"; readonly on: boolean }
  /** `undefined` = any number of hops. */
  | { readonly kind: "multihop"; readonly hops: number | undefined }
  /** The neighbour is on a network of this host's, whatever the template says of hops. */
  | { readonly kind: "direct" }
  | { readonly kind: "bfd" }
  | { readonly kind: "passive" }
  | { readonly kind: "graceful-restart" }
  | { readonly kind: "long-lived-graceful-restart" }
  | { readonly kind: "graceful-restart-time"; readonly seconds: number }
  | { readonly kind: "connect-delay-time"; readonly seconds: number }
  | { readonly kind: "connect-retry-time"; readonly seconds: number }
  | { readonly kind: "error-wait-time"; readonly first: number; readonly last: number }
  | { readonly kind: "keepalive-time"; readonly seconds: number }
  | { readonly kind: "rr-client" }
  | { readonly kind: "rr-cluster-id"; readonly id: Ip4 }
  /** The name of a string constant that the host defines in an included file. */
  | { readonly kind: "password"; readonly symbol: string }
  | { readonly kind: "allow-local-as"; readonly count: number }
  | { readonly kind: "debug"; readonly debug: Debug }
);

export type BgpOptionKind = BgpOption["kind"];

/** Fields that a protocol leaves `undefined` (or `false`) come from its template. */
export interface BgpChannel {
  readonly version: IpVersion;
  readonly gatewayRecursive: boolean;
  readonly addPaths: boolean;
  readonly nextHop: "self" | "keep" | undefined;
  readonly import: ChannelPolicy;
  readonly export: ChannelPolicy;
}

export type ChannelPolicy =
  | { readonly kind: "none" }
  | { readonly kind: "filter"; readonly name: string }
  | { readonly kind: "inline"; readonly body: readonly FilterStatement[] };

export function isBgpProtocol(protocol: BirdProtocol): protocol is BgpProtocol {
  return protocol.kind === "bgp";
}

/**
 * What a change does to established sessions: `none`, `reload` (routes are filtered again, nothing is interrupted),
 * `restart` (the session, or the protocol, goes down and up again).
 */
export type BirdEffect = "none" | "reload" | "restart";

export type ChangeOperation = "add" | "remove" | "change";

export type BirdChange =
  | { readonly kind: "daemon"; readonly op: "start" | "stop"; readonly effect: BirdEffect }
  /** A new router id restarts every session. */
  | { readonly kind: "global"; readonly field: "router-id" | "log"; readonly effect: BirdEffect }
  /** Device, BFD, direct, kernel. */
  | {
      readonly kind: "protocol";
      readonly name: string;
      readonly op: ChangeOperation;
      readonly effect: BirdEffect;
    }
  | {
      readonly kind: "static-route";
      readonly protocol: string;
      readonly cidr: Cidr;
      readonly op: ChangeOperation;
      readonly effect: BirdEffect;
    }
  /** A function, filter or constant; the sessions that it concerns are changes of their own. */
  | {
      readonly kind: "routine";
      readonly name: string;
      readonly op: ChangeOperation;
      readonly effect: BirdEffect;
    }
  /** `options`: the settings that differ, templates included; empty where only routes are filtered anew. */
  | {
      readonly kind: "peer";
      readonly name: string;
      readonly op: ChangeOperation;
      readonly options: readonly BgpOptionKind[];
      readonly effect: BirdEffect;
    };
