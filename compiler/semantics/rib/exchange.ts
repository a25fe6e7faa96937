import type { Ip, Ip4 } from "../../net/cidr.ts";
import { identityOf } from "./choose.ts";
import type { FilterProgram } from "./filter.ts";
import type { Resolution } from "./resolve.ts";
import type { LearnedFrom, RibRoute, RouteAttributes } from "./route.ts";
import type { SessionEnd } from "./sessions.ts";
import { sameIp } from "./speaker.ts";

/** BIRD's preference of BGP routes. */
const BGP_PREFERENCE = 100;
const DEFAULT_LOCAL_PREF = 100;

/** Well-known communities of RFC 1997, which no policy has to mention. */
const WELL_KNOWN = {
  noExport: [65535, 65281],
  noAdvertise: [65535, 65282],
  noExportSubconfed: [65535, 65283],
};

/** What goes over the wire for one route of the sender. */
export interface Announcement {
  readonly route: RibRoute;
  readonly attributes: RouteAttributes;
  /** Identity among the announcements of the prefix: the sender's route, or the sender where it sends its best. */
  readonly path: string;
}

/** The sender's side of a session (BIRD 2.0.12, proto/bgp/attrs.c `bgp_preexport`, `bgp_update_attrs`). */
export function announce(
  route: RibRoute,
  own: SessionEnd,
  program: FilterProgram,
  addPaths: boolean,
): Announcement | undefined {
  if (!mayPassOn(route, own)) return undefined;
  const filtered = program.run(own.peer.export, route);
  if (filtered === undefined) return undefined;
  const nextHop = nextHopFor(filtered, own);
  if (sameIp(nextHop, own.peer.address)) return undefined;
  return {
    route,
    attributes: attributesFor(filtered, own, nextHop),
    path: addPaths ? `${own.speaker}/${identityOf(route)}` : own.speaker,
  };
}

/** What no filter is asked about: a route's way back, reflection (RFC 4456), well-known communities. */
function mayPassOn({ protocol, learned, attributes }: RibRoute, { peer }: SessionEnd): boolean {
  if (learned === undefined) return true;
  if (protocol === peer.name) return false;
  if (peer.internal && learned.internal && peer.localAs === learned.localAs) {
    if (!peer.reflectsTo && !learned.client) return false;
    if (peer.clusterId !== undefined && hasCluster(attributes, peer.clusterId)) return false;
  }
  const has = ([high, low]: readonly number[]): boolean =>
    (attributes.communities ?? []).some((community) => community[0] === high && community[1] === low);
  if (has(WELL_KNOWN.noAdvertise)) return false;
  return peer.internal || !(has(WELL_KNOWN.noExport) || has(WELL_KNOWN.noExportSubconfed));
}

function hasCluster({ clusterList = [] }: RouteAttributes, cluster: Ip4): boolean {
  return clusterList.some(({ value }) => value === cluster.value);
}

/** `bgp_update_next_hop_ip`: the route's own next hop, else the gateway that it leads through, else the speaker. */
function nextHopFor({ attributes, learned, way }: RibRoute, { peer, local, dev }: SessionEnd): Ip {
  if (peer.nextHop === "self") return local;
  const onLink = (other: string | undefined): boolean => dev !== undefined && dev === other;
  const known = attributes.nextHop;
  if (known !== undefined && (peer.nextHop === "keep" || peer.internal || onLink(learned?.dev))) return known;
  const hop = way.kind === "unicast" && way.hops.length === 1 ? way.hops[0] : undefined;
  if (hop?.via === undefined || isLinkLocal(hop.via)) return local;
  return peer.internal || onLink(hop.dev) ? hop.via : local;
}

function isLinkLocal(ip: Ip): boolean {
  return ip.version === 6 && ip.value >> 118n === 0xfe80n >> 6n;
}

function attributesFor(
  { attributes, learned }: RibRoute,
  { peer }: SessionEnd,
  nextHop: Ip,
): RouteAttributes {
  const { asPath = [], localPref, communities = [], largeCommunities = [] } = attributes;
  const sorted = {
    communities: communities.toSorted(byNumbers),
    largeCommunities: largeCommunities.toSorted(byNumbers),
  };
  return {
    origin: attributes.origin ?? (learned === undefined ? "igp" : "incomplete"),
    asPath: peer.internal ? asPath : [peer.localAs, ...asPath],
    nextHop,
    ...(peer.internal ? { localPref: localPref ?? DEFAULT_LOCAL_PREF } : {}),
    ...(communities.length === 0 ? {} : { communities: sorted.communities }),
    ...(largeCommunities.length === 0 ? {} : { largeCommunities: sorted.largeCommunities }),
    ...(peer.internal ? reflection(attributes, learned, peer.clusterId, peer.localAs) : {}),
  };
}

/** RFC 4456: who brought the route into the AS, and which clusters it has been through. */
function reflection(
  { originatorId, clusterList = [] }: RouteAttributes,
  learned: LearnedFrom | undefined,
  cluster: Ip4 | undefined,
  localAs: number,
): RouteAttributes {
  if (learned?.internal !== true || learned.localAs !== localAs)
    return {
      ...(originatorId === undefined ? {} : { originatorId }),
      ...(clusterList.length === 0 ? {} : { clusterList }),
    };
  const from = learned.clusterId;
  const through = [
    ...(cluster !== undefined && cluster.value !== from?.value ? [cluster] : []),
    ...(from === undefined ? [] : [from]),
    ...clusterList,
  ];
  return { originatorId: originatorId ?? learned.routerId, clusterList: through };
}

function byNumbers(a: readonly number[], b: readonly number[]): number {
  for (const [index, part] of a.entries()) {
    const difference = part - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Why a speaker does not take a route that a neighbour announces. */
export type Refusal = "as-loop" | "originator-loop" | "cluster-loop" | "filter";

/** The receiver's side: loops, then the way to the next hop, then the import policy. */
export function accept(
  { route, attributes, path }: Announcement,
  own: SessionEnd,
  far: { readonly speaker: string; readonly routerId: Ip4 },
  self: { readonly routerId: Ip4; readonly program: FilterProgram; readonly resolve: (ip: Ip) => Resolution },
): RibRoute | Refusal {
  const { peer } = own;
  const loops = (attributes.asPath ?? []).filter((asNumber) => asNumber === peer.localAs).length;
  if (loops > peer.allowedLocalAs) return "as-loop";
  if (peer.internal && attributes.originatorId?.value === self.routerId.value) return "originator-loop";
  if (peer.reflectsTo && peer.clusterId !== undefined && hasCluster(attributes, peer.clusterId))
    return "cluster-loop";
  const learned: RibRoute = {
    cidr: route.cidr,
    protocol: peer.name,
    source: "bgp",
    path,
    preference: BGP_PREFERENCE,
    ...self.resolve(attributes.nextHop ?? peer.address),
    attributes: { ...attributes, localPref: attributes.localPref ?? DEFAULT_LOCAL_PREF },
    learned: {
      speaker: far.speaker,
      address: peer.address,
      routerId: far.routerId,
      internal: peer.internal,
      localAs: peer.localAs,
      client: peer.reflectsTo,
      clusterId: peer.clusterId,
      dev: own.dev,
    },
  };
  return self.program.run(peer.import, learned) ?? "filter";
}
