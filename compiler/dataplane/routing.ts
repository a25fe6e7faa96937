import type {
  FdbEntry,
  Link,
  LinkAddress,
  Neighbour,
  Route,
  RouteTarget,
  RoutingRule,
  Sysctl,
  WireguardPeer,
} from "../ir/routing-ir.ts";
import { compareCidr, formatCidr } from "../net/cidr.ts";
import { compareIp, formatIp } from "../net/ip.ts";

/**
 * The same thing without its reason. `note` is the heading that it stands under in the artifact; it is no part of
 * the kernel's state, so it is "" when read from a host, and no comparison looks at it.
 */
export type Noted<T> = T extends unknown ? Omit<T, "reason"> & { readonly note: string } : never;

/** A device with one of our names that is none of the kinds that we make. */
export interface OtherLink {
  readonly kind: "other";
  readonly name: string;
  readonly linkKind: string;
  readonly note: string;
}

/** `publicKey` is read back only; "" = the device has no private key yet. The private one is never read. */
export type WireguardLinkState = Extract<Noted<Link>, { readonly kind: "wireguard" }> & {
  readonly publicKey?: string;
};

export type LinkState = Exclude<Noted<Link>, { readonly kind: "wireguard" }> | WireguardLinkState | OtherLink;
export type AddressState = Noted<LinkAddress>;
export type NeighbourState = Noted<Neighbour>;
export type FdbState = Noted<FdbEntry>;
export type RuleState = Noted<RoutingRule>;
/** `metric` is the kernel's: an IPv6 route without one has 1024. */
export type RouteState = Noted<Route>;
export type SysctlState = Noted<Sysctl>;
export type PeerState = Noted<WireguardPeer>;

/** Our part of a host's links, addresses, neighbours, forwarding entries, rules, routes, sysctls. Sorted by key. */
export interface RoutingState {
  readonly links: readonly LinkState[];
  readonly addresses: readonly AddressState[];
  readonly neighbours: readonly NeighbourState[];
  readonly fdb: readonly FdbState[];
  readonly rules: readonly RuleState[];
  readonly routes: readonly RouteState[];
  readonly sysctls: readonly SysctlState[];
  readonly peers: readonly PeerState[];
}

export type RoutingObject =
  | { readonly kind: "link"; readonly value: LinkState }
  | { readonly kind: "address"; readonly value: AddressState }
  | { readonly kind: "neighbour"; readonly value: NeighbourState }
  | { readonly kind: "fdb"; readonly value: FdbState }
  | { readonly kind: "rule"; readonly value: RuleState }
  | { readonly kind: "route"; readonly value: RouteState }
  | { readonly kind: "sysctl"; readonly value: SysctlState }
  | { readonly kind: "peer"; readonly value: PeerState };

/**
 * One step from one state to another. `add` and `replace` are the same kernel call for everything but links and
 * rules; `recreate` is for a link that cannot be changed in place, and takes everything on the link with it.
 */
export type RoutingChange =
  | { readonly op: "add"; readonly object: RoutingObject }
  | { readonly op: "replace" | "recreate"; readonly object: RoutingObject; readonly was: RoutingObject }
  | { readonly op: "delete"; readonly object: RoutingObject };

/** What the kernel holds at most one of. */
export function routingKey({ kind, value }: RoutingObject): string {
  switch (kind) {
    case "link":
      return value.name;
    case "address":
      return `${value.dev} ${formatIp(value.ip)}/${value.length}`;
    case "neighbour":
      return `${value.dev} ${formatIp(value.ip)}`;
    case "fdb":
      return `${value.dev} ${value.mac}`;
    case "rule":
      return `${value.version} ${value.priority} ${value.not} ${value.mark}/${value.mask} ${value.table}`;
    case "route":
      return `${value.table} ${formatCidr(value.destination)} ${value.metric}`;
    case "sysctl":
      return value.key;
    case "peer":
      return `${value.dev} ${value.publicKey}`;
  }
}

/** All that is in the state, kind by kind. */
export function routingObjects(state: RoutingState): readonly RoutingObject[] {
  return [
    ...state.links.map((value) => ({ kind: "link", value }) as const),
    ...state.addresses.map((value) => ({ kind: "address", value }) as const),
    ...state.neighbours.map((value) => ({ kind: "neighbour", value }) as const),
    ...state.fdb.map((value) => ({ kind: "fdb", value }) as const),
    ...state.peers.map((value) => ({ kind: "peer", value }) as const),
    ...state.routes.map((value) => ({ kind: "route", value }) as const),
    ...state.rules.map((value) => ({ kind: "rule", value }) as const),
    ...state.sysctls.map((value) => ({ kind: "sysctl", value }) as const),
  ];
}

/** The device that the kernel would drop it with; itself for a device. */
export function standsOn({ kind, value }: RoutingObject): string | undefined {
  switch (kind) {
    case "link":
      return value.name;
    case "address":
    case "neighbour":
    case "fdb":
    case "peer":
      return value.dev;
    case "route":
      return targetDevice(value.target);
    case "rule":
    case "sysctl":
      return undefined;
  }
}

/** Sorts each list by its key; what a reader or emitter collected in any order becomes comparable. */
export function sortRoutingState(state: RoutingState): RoutingState {
  const onDevice = <T extends { readonly dev: string; readonly ip: LinkAddress["ip"] }>(a: T, b: T): number =>
    compareText(a.dev, b.dev) || compareIp(a.ip, b.ip);
  return {
    links: state.links.toSorted((a, b) => compareText(a.name, b.name)),
    addresses: state.addresses.toSorted((a, b) => onDevice(a, b) || a.length - b.length),
    neighbours: state.neighbours.toSorted(onDevice),
    fdb: state.fdb.toSorted((a, b) => compareText(a.dev, b.dev) || compareText(a.mac, b.mac)),
    rules: state.rules.toSorted((a, b) => a.version - b.version || a.priority - b.priority),
    routes: state.routes.toSorted(
      (a, b) => a.table - b.table || compareCidr(a.destination, b.destination) || a.metric - b.metric,
    ),
    sysctls: state.sysctls.toSorted((a, b) => compareText(a.key, b.key)),
    peers: state.peers.toSorted((a, b) => compareText(a.dev, b.dev) || compareText(a.publicKey, b.publicKey)),
  };
}

/** The device that a route leaves by, where it names one. */
export function targetDevice(target: RouteTarget): string | undefined {
  return target.kind === "link" || target.kind === "gateway" ? target.dev : undefined;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export const EMPTY_ROUTING: RoutingState = {
  links: [],
  addresses: [],
  neighbours: [],
  fdb: [],
  rules: [],
  routes: [],
  sysctls: [],
  peers: [],
};
