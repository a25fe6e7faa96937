import { at } from "../../diagnostics/diagnostic.ts";
import type {
  AnnouncePolicy,
  BgpFamily,
  BgpStatic,
  InstallPolicy,
  PoolNet,
  PrefixCommunities,
} from "../../ir/bgp-ir.ts";
import type { BgpConfig, Community } from "../../ir/bgp-model.ts";
import type { ClusterModel, IpPool } from "../../ir/cluster-model.ts";
import type { Cidr, Ip, IpVersion } from "../../net/cidr.ts";
import { compareCidr, formatCidr, hostCidr, isSingleAddress } from "../../net/cidr.ts";
import { compareIp } from "../../net/ip.ts";
import type { NodeBlock } from "./blocks.ts";
import { addressOf, type BgpNode, type BgpNodes } from "./nodes.ts";
import { announcesServices, ofVersion, type ServiceRoutes } from "./services.ts";
import type { Gateway } from "./sessions.ts";
import type { BgpSettings } from "./settings.ts";

const DEFAULT_PRIORITY = 1024;

/** What is the same on every node, one address family. */
export interface FamilyPolicies {
  readonly version: IpVersion;
  readonly normalPriority: number;
  readonly suppressedPools: readonly PoolNet[];
  readonly announcedPools: readonly PoolNet[];
  readonly installPools: InstallPolicy["pools"];
  readonly communities: readonly PrefixCommunities[];
  /** Sorted; nodes that WireGuard reaches. */
  readonly wireguard: readonly { readonly node: string; readonly ip: Ip }[];
}

export function familyPolicies(
  model: ClusterModel,
  settings: BgpSettings,
  nodes: BgpNodes,
  version: IpVersion,
): FamilyPolicies {
  const pools = [...model.all("ip-pool").values()]
    .filter(({ cidr }) => cidr.version === version)
    .sort((a, b) => compareCidr(a.cidr, b.cidr));
  const { config } = settings;
  return {
    version,
    normalPriority:
      (version === 4 ? config?.normalRoutePriority4 : config?.normalRoutePriority6) ?? DEFAULT_PRIORITY,
    suppressedPools: pools
      .filter((pool) => pool.disableBgpExport)
      .map((pool) => poolNet(pool, "disableBGPExport")),
    announcedPools: pools.filter((pool) => !pool.disableBgpExport).map((pool) => poolNet(pool, "cidr")),
    installPools: pools.map((pool) => installPool(pool, settings)).sort(longestFirst),
    communities: prefixCommunities(config, version),
    wireguard: [...nodes.byName.values()]
      .flatMap((node) => {
        const address = addressOf(node, version);
        return address !== undefined && runsWireguard(node, version)
          ? [{ node: node.name, ip: address.ip }]
          : [];
      })
      .sort((a, b) => compareIp(a.ip, b.ip)),
  };
}

function poolNet(pool: IpPool, field: string): PoolNet {
  return { cidr: pool.cidr, pool: pool.name, origin: at(pool.origin, "spec", field) };
}

/** Stock BIRD cannot route into a tunnel, so encapsulated pools are never its own. */
function installPool(pool: IpPool, settings: BgpSettings): InstallPolicy["pools"][number] {
  const encapsulation = encapsulationOf(pool);
  return {
    ...poolNet(pool, "cidr"),
    encapsulation,
    owner: encapsulation === "none" && settings.ownsNoEncap ? "bgp" : "routes",
  };
}

export function encapsulationOf(pool: IpPool): "none" | "ipip" | "vxlan" {
  if (pool.vxlanMode !== "Never") return "vxlan";
  return pool.ipipMode === "Never" ? "none" : "ipip";
}

function longestFirst(a: { readonly cidr: Cidr }, b: { readonly cidr: Cidr }): number {
  return b.cidr.length - a.cidr.length || compareCidr(a.cidr, b.cidr);
}

function runsWireguard({ node }: BgpNode, version: IpVersion): boolean {
  const { wireguard } = node;
  return (version === 4 ? wireguard.address4 : wireguard.address6) !== undefined;
}

/** An entry whose communities are all unknown names has none left, and then says nothing. */
function prefixCommunities(config: BgpConfig | undefined, version: IpVersion): readonly PrefixCommunities[] {
  if (config === undefined) return [];
  return config.prefixAdvertisements
    .map((entry, index) => ({
      cidr: entry.cidr,
      communities: distinct(entry.communities),
      origin: at(config.origin, "spec", "prefixAdvertisements", index),
    }))
    .filter(({ cidr, communities }) => cidr.version === version && communities.length > 0)
    .sort((a, b) => compareCidr(a.cidr, b.cidr));
}

function distinct(communities: readonly Community[]): readonly Community[] {
  const byValue = new Map(communities.map((community) => [community.value.join(":"), community]));
  return [...byValue.values()].sort(compareCommunities);
}

function compareCommunities(a: Community, b: Community): number {
  if (a.value.length !== b.value.length) return a.value.length - b.value.length;
  for (const [index, part] of a.value.entries()) {
    const difference = part - (b.value[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The part of a family that belongs to one node. */
export interface NodeFacts {
  readonly self: BgpNode;
  readonly own: BgpConfig | undefined;
  readonly blocks: readonly NodeBlock[];
  readonly services: ServiceRoutes;
  readonly gateways: readonly Gateway[];
}

export function familyOf(policies: FamilyPolicies, facts: NodeFacts): BgpFamily {
  const { version } = policies;
  const { self, services } = facts;
  const announces = announcesServices(self);
  const ranges = ofVersion(services.ranges, version);
  const hosts = announces ? ofVersion(services.hostsOf(self), version) : [];
  const blocks = ofVersion(facts.blocks, version);
  const announced: readonly BgpStatic[] = announces ? serviceStatics(ranges, hosts) : [];
  return {
    version,
    address: addressOf(self, version)?.ip,
    normalPriority: policies.normalPriority,
    statics: [
      ...blocks
        .filter(({ cidr }) => !isSingleAddress(cidr))
        .map(({ cidr, origin }): BgpStatic => ({ kind: "block", cidr, origin })),
      ...announced,
      ...viaStatics(facts.gateways, version),
    ],
    announce: {
      suppressedPools: policies.suppressedPools,
      tunnelInterfaces: version === 4 ? ["*.cali", "*.calico", "tunl0"] : ["*.cali", "*.calico"],
      communities: advertisements(facts.own, policies),
      ownBlocks: blocks.filter((block) => block.confirmed).map(({ cidr, origin }) => ({ cidr, origin })),
      services: announced.map((route) => ({
        cidr: route.cidr,
        what: describeService(route),
        origin: route.origin,
      })),
      reflectedServices:
        self.clusterId === undefined ? [] : ofVersion(services.reflected, version).map(described),
      pools: policies.announcedPools,
    },
    install: {
      serviceRanges: ranges.map(described),
      wireguardPeers: runsWireguard(self, version)
        ? policies.wireguard.filter(({ node }) => node !== self.name).map(({ ip }) => ip)
        : [],
      pools: policies.installPools,
    },
  };
}

/** A node's own configuration with advertisements replaces the cluster's entirely. */
function advertisements(own: BgpConfig | undefined, policies: FamilyPolicies): AnnouncePolicy["communities"] {
  return own === undefined || own.prefixAdvertisements.length === 0
    ? policies.communities
    : prefixCommunities(own, policies.version);
}

/** A range that is a single address may also be a service's own: it is one route. */
function serviceStatics(ranges: readonly BgpStatic[], hosts: readonly BgpStatic[]): readonly BgpStatic[] {
  const taken = new Set(ranges.map(({ cidr }) => formatCidr(cidr)));
  return [...ranges, ...hosts.filter(({ cidr }) => !taken.has(formatCidr(cidr)))].sort((a, b) =>
    compareCidr(a.cidr, b.cidr),
  );
}

function viaStatics(gateways: readonly Gateway[], version: IpVersion): readonly BgpStatic[] {
  return gateways
    .filter(({ address }) => address.version === version)
    .map(
      ({ address, gateway, peers, origin }): BgpStatic => ({
        kind: "via",
        cidr: hostCidr(address),
        gateway,
        peers,
        origin,
      }),
    )
    .sort((a, b) => compareCidr(a.cidr, b.cidr));
}

function described(range: Extract<BgpStatic, { kind: "service-range" }>): AnnouncePolicy["services"][number] {
  return { cidr: range.cidr, what: describeService(range), origin: range.origin };
}

function describeService(route: BgpStatic): string {
  switch (route.kind) {
    case "service-range":
      return `${route.range} IPs`;
    case "service":
      return `service ${route.services.map(({ namespace, name }) => `${namespace}/${name}`).join(", ")}`;
    case "block":
    case "via":
      return "";
  }
}
