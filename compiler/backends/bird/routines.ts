import type { BirdConstant, PrefixItem } from "../../dataplane/bird.ts";
import type { FilterExpression, FilterStatement, Routine } from "../../dataplane/bird-filter.ts";
import type { BgpFamily, BgpSpeaker, PrefixCommunities } from "../../ir/bgp-ir.ts";
import type { Community } from "../../ir/bgp-model.ts";
import { type IpVersion, isSingleAddress } from "../../net/cidr.ts";
import {
  ACCEPT,
  all,
  assign,
  attribute,
  boolean,
  call,
  compare,
  defined,
  interfaceIn,
  member,
  netIs,
  not,
  number,
  REJECT,
  set,
  subtract,
  symbol,
  text,
  when,
} from "./expressions.ts";

/** Local preference of a route with metric 0: priorities count down from it. */
export const LP_BASE = 2147483647;

/**
 * Above what BGP says of the host's own workloads (100), below what it says of one that has moved away (`elevate`).
 * Calico leaves kernel routes at BIRD's 10, so that a route to an own workload that comes back over another AS is
 * best and goes to the kernel. There it has the workload's key: BIRD 2.0.12 cannot add it, but once the route changes
 * it replaces the workload's own, without a look at whose that is (`nl_allow_replace`, sysdep/linux/netlink.c).
 */
const OWN_WORKLOAD_PREFERENCE = 150;

/** Names that more than one part of the file mentions. */
export const NAMES = {
  lpBase: "lp_base",
  normalPriority: (version: IpVersion): string => `normal_priority${version}`,
  sameAs: "same_as",
  elevate: (version: IpVersion): string => `elevate${version}`,
  fromPeers: (version: IpVersion): string => `from_peers${version}`,
  prioritise: (version: IpVersion): string => `prioritise${version}`,
  announce: (version: IpVersion): string => `announce${version}`,
  toPeers: (version: IpVersion, internal: boolean): string =>
    `to_${internal ? "internal" : "external"}${version}`,
  fromKernel: "from_kernel",
  toKernel: (version: IpVersion): string => `to_kernel${version}`,
  services: (version: IpVersion): string => `services${version}`,
  ownBlocks: (version: IpVersion): string => `own_blocks${version}`,
  ownRoutes: (version: IpVersion): string => `own_routes${version}`,
  announcedServices: (version: IpVersion): string => `announced_services${version}`,
} as const;

const normal = (version: IpVersion): FilterExpression => symbol(NAMES.normalPriority(version));
const lpBase: FilterExpression = symbol(NAMES.lpBase);
const localPref = attribute("bgp_local_pref");

/** Own blackholes that are in the kernel already must not come back as routes to announce. */
export function fromKernel(ir: BgpSpeaker): Routine {
  return {
    kind: "filter",
    name: NAMES.fromKernel,
    comment: "What the kernel's other routes give to BGP.",
    body: [
      when(
        compare(
          attribute("dest"),
          "~",
          set(member("RTD_BLACKHOLE"), member("RTD_UNREACHABLE"), member("RTD_PROHIBIT")),
        ),
        [REJECT],
      ),
      when(
        interfaceIn(ir.workloadInterfaces),
        [assign("preference", number(OWN_WORKLOAD_PREFERENCE))],
        "the host's own workloads",
      ),
      ACCEPT,
    ],
  };
}

/** What the speaker's routes give to the kernel. */
export function toKernel(family: BgpFamily): Routine {
  const { install, version } = family;
  return {
    kind: "filter",
    name: NAMES.toKernel(version),
    comment: `What IPv${version} routes reach the kernel.`,
    body: [
      when(compare(attribute("source"), "=", symbolOfSource("RTS_DEVICE")), [REJECT], "the kernel's own"),
      ...(family.statics.some(({ kind }) => kind === "service" || kind === "service-range")
        ? [when(compare(attribute("proto"), "=", text(NAMES.services(version))), [REJECT], "only announced")]
        : []),
      ...install.serviceRanges.map(({ cidr, what }) => when(netIs("~", cidr), [REJECT], what)),
      ...(install.wireguardPeers.length === 0
        ? []
        : [
            when(
              all([
                defined("bgp_next_hop"),
                compare(
                  attribute("bgp_next_hop"),
                  "~",
                  set(...install.wireguardPeers.map((ip) => ({ kind: "ip" as const, ip }))),
                ),
              ]),
              [REJECT],
              "nodes that WireGuard reaches",
            ),
          ]),
      ...install.pools.map(({ cidr, pool, owner, encapsulation }) =>
        owner === "bgp"
          ? when(netIs("~", cidr), [ACCEPT], `IPPool ${pool}`)
          : when(netIs("~", cidr), [REJECT], `IPPool ${pool}: ${ownerNote(encapsulation)}`),
      ),
      ACCEPT,
    ],
  };
}

function ownerNote(encapsulation: "none" | "ipip" | "vxlan"): string {
  return encapsulation === "none" ? "routed statically" : `routed statically, ${encapsulation.toUpperCase()}`;
}

function symbolOfSource(value: "RTS_BGP" | "RTS_DEVICE"): FilterExpression {
  return { kind: "enum", value };
}

/** Import and export policies that all sessions of one family share, in the order in which they need each other. */
export function peerRoutines(family: BgpFamily, ir: BgpSpeaker): readonly Routine[] {
  const { version } = family;
  const toPeers = (internal: boolean): Routine => ({
    kind: "filter",
    name: NAMES.toPeers(version, internal),
    body: exportBody(version, [], internal),
  });
  return [
    {
      kind: "function",
      name: NAMES.elevate(version),
      parameters: [],
      comment:
        "A route with more than the normal priority beats the host's own: its workload has moved away.",
      body: [
        when(all([defined("bgp_local_pref"), compare(localPref, ">", subtract(lpBase, normal(version)))]), [
          assign("preference", number(200)),
        ]),
      ],
    },
    { kind: "filter", name: NAMES.fromPeers(version), body: importBody(version, []) },
    {
      kind: "function",
      name: NAMES.prioritise(version),
      parameters: [],
      comment: "Local preference carries the metric: a lower metric is a higher preference.",
      body: [
        when(
          all([compare(attribute("source"), "=", symbolOfSource("RTS_BGP")), defined("bgp_local_pref")]),
          [assign("krt_metric", subtract(lpBase, localPref))],
          undefined,
          [
            when(not(defined("krt_metric")), [assign("krt_metric", normal(version))]),
            assign("bgp_local_pref", subtract(lpBase, attribute("krt_metric"))),
          ],
        ),
      ],
    },
    announce(family, ir),
    toPeers(true),
    toPeers(false),
  ];
}

export function importBody(
  version: IpVersion,
  filters: readonly FilterStatement[],
): readonly FilterStatement[] {
  return [...filters, call(NAMES.elevate(version)), ACCEPT];
}

export function exportBody(
  version: IpVersion,
  filters: readonly FilterStatement[],
  internal: boolean,
): readonly FilterStatement[] {
  return [
    call(NAMES.prioritise(version)),
    ...filters,
    call(NAMES.announce(version), boolean(internal)),
    REJECT,
  ];
}

/**
 * The cluster's export policy, in the order of `AnnouncePolicy`. Of other nodes' blocks internal peers hear from those
 * nodes; to peers of another AS the node may be the only way there. Not all leave by a tunnel: those without
 * encapsulation tell themselves by their protocol, where Calico asks for their pools (confd's
 * `rejectForFelixOwnedPools`).
 */
function announce({ version, announce: policy }: BgpFamily, ir: BgpSpeaker): Routine {
  return {
    kind: "function",
    name: NAMES.announce(version),
    parameters: [NAMES.sameAs],
    comment: "What the node announces to every peer; whatever is not accepted here is refused.",
    body: [
      ...policy.suppressedPools.map(({ cidr, pool }) =>
        when(netIs("~", cidr), [REJECT], `IPPool ${pool}: disableBGPExport`),
      ),
      when(
        all([symbol(NAMES.sameAs), interfaceIn(policy.tunnelInterfaces)]),
        [REJECT],
        "other nodes' blocks, which those announce themselves",
      ),
      when(
        all([
          symbol(NAMES.sameAs),
          defined("krt_source"),
          compare(attribute("krt_source"), "=", number(ir.clusterRouteProtocol)),
          not(interfaceIn(ir.workloadInterfaces)),
        ]),
        [REJECT],
        "the same without a tunnel",
      ),
      when(interfaceIn(["bpf*.cali"]), [REJECT]),
      ...policy.communities.map(addCommunities),
      ...(policy.ownBlocks.length === 0 ? [] : ownBlocks(version)),
      ...(policy.services.length === 0 ? [] : [when(netIn(NAMES.announcedServices(version)), [ACCEPT])]),
      ...policy.reflectedServices.map(({ cidr, what }) =>
        when(netIs("~", cidr), [ACCEPT], `${what}, passed on`),
      ),
      ...policy.pools.map(({ cidr, pool }) => when(netIs("~", cidr), [ACCEPT], `IPPool ${pool}`)),
    ],
  };
}

/** Blocks as a whole, and single routes inside them only while they are elevated. */
function ownBlocks(version: IpVersion): readonly FilterStatement[] {
  const inside = netIn(NAMES.ownRoutes(version));
  return [
    when(netIn(NAMES.ownBlocks(version)), [ACCEPT]),
    when(all([inside, defined("krt_metric"), compare(attribute("krt_metric"), "<", normal(version))]), [
      ACCEPT,
    ]),
    when(inside, [REJECT], "the block stands for them"),
  ];
}

function netIn(constant: string): FilterExpression {
  return compare(attribute("net"), "~", symbol(constant));
}

/** The numbers and prefix lists that the routines of a family mention. */
export function familyConstants({
  version,
  normalPriority,
  announce: policy,
}: BgpFamily): readonly BirdConstant[] {
  return [
    { kind: "number", name: NAMES.normalPriority(version), value: normalPriority },
    ...prefixes(
      NAMES.ownBlocks(version),
      policy.ownBlocks.map(({ cidr }) => ({ cidr, within: false })),
    ),
    ...prefixes(
      NAMES.ownRoutes(version),
      policy.ownBlocks.map(({ cidr }) => ({ cidr, within: true })),
    ),
    ...prefixes(
      NAMES.announcedServices(version),
      policy.services.map(({ cidr, what }) => ({ cidr, within: !isSingleAddress(cidr), comment: what })),
    ),
  ];
}

function prefixes(name: string, items: readonly PrefixItem[]): readonly BirdConstant[] {
  return items.length === 0 ? [] : [{ kind: "prefixes", name, items }];
}

function addCommunities({ cidr, communities }: PrefixCommunities): FilterStatement {
  return when(netIs("~", cidr), communities.map(addCommunity), "prefixAdvertisements");
}

export function addCommunity({ kind, value }: Community): FilterStatement {
  return {
    kind: "extend",
    attribute: kind === "standard" ? "bgp_community" : "bgp_large_community",
    method: "add",
    argument: { kind: "community", value },
  };
}
