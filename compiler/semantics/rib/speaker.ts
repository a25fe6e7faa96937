import {
  type BgpOption,
  type BgpOptionKind,
  type BgpProtocol,
  type BgpTemplate,
  type BirdConfig,
  type ChannelPolicy,
  isBgpProtocol,
} from "../../dataplane/bird.ts";
import { type Cidr, cidrContainsIp, cidrOf, type Ip, type Ip4, type IpVersion } from "../../net/cidr.ts";
import type { Hop, Way } from "./route.ts";

/** A router as BIRD sees it: its configuration, its interfaces, and the routes that others gave to its kernel. */
export interface Speaker {
  readonly name: string;
  readonly config: BirdConfig;
  readonly interfaces: readonly SpeakerInterface[];
  /** Main table, without those of protocols `kernel` and `bird`. */
  readonly kernelRoutes: readonly KernelRoute[];
}

/** An interface that is up, and takes many neighbours. */
export interface SpeakerInterface {
  readonly name: string;
  readonly addresses: readonly { readonly ip: Ip; readonly length: number }[];
}

export interface KernelRoute {
  readonly cidr: Cidr;
  readonly way: Way;
  readonly metric: number;
  /** `rtm_protocol`: 3 is boot, 80 Felix's cluster routes. */
  readonly protocol: number;
}

const RTPROT_BOOT = 3;
/** What IPv6 kernels give to a route without a metric. */
export const IPV6_METRIC = 1024;

/** A route that an administrator has set. */
export function administratorsRoute(cidr: Cidr, hop: Hop): KernelRoute {
  return {
    cidr,
    way: { kind: "unicast", hops: [hop] },
    metric: cidr.version === 4 ? 0 : IPV6_METRIC,
    protocol: RTPROT_BOOT,
  };
}

/** One session's settings with its template's below them. */
export interface Peer {
  readonly name: string;
  readonly version: IpVersion;
  readonly address: Ip;
  readonly port: number;
  readonly remoteAs: number;
  readonly localAs: number;
  readonly localPort: number;
  readonly source: Ip | undefined;
  readonly internal: boolean;
  readonly multihop: boolean;
  readonly ttlSecurity: boolean;
  readonly passive: boolean;
  readonly reflectsTo: boolean;
  readonly clusterId: Ip4 | undefined;
  readonly password: string | undefined;
  readonly allowedLocalAs: number;
  readonly addPaths: boolean;
  readonly nextHop: "self" | "keep" | undefined;
  readonly import: ChannelPolicy;
  readonly export: ChannelPolicy;
}

const BGP_PORT = 179;

export function peersOf(config: BirdConfig): readonly Peer[] {
  const templates = new Map<string, BgpTemplate>();
  for (const protocol of config.protocols)
    if (protocol.kind === "bgp-template") templates.set(protocol.name, protocol);
  return config.protocols
    .filter(isBgpProtocol)
    .flatMap((protocol) => peerOf(protocol, templates.get(protocol.template)));
}

/** None without neighbour or local AS: the validator refuses such a file. */
function peerOf(protocol: BgpProtocol, template: BgpTemplate | undefined): readonly Peer[] {
  const option = <K extends BgpOptionKind>(kind: K): Extract<BgpOption, { kind: K }> | undefined => {
    const isKind = (one: BgpOption): one is Extract<BgpOption, { kind: K }> => one.kind === kind;
    return protocol.options.find(isKind) ?? template?.options.find(isKind);
  };
  const neighbor = option("neighbor");
  const local = option("local");
  if (neighbor === undefined || local === undefined) return [];
  const { channel } = protocol;
  const internal = neighbor.asNumber === local.asNumber;
  return [
    {
      name: protocol.name,
      version: channel.version,
      address: neighbor.ip,
      port: neighbor.port ?? BGP_PORT,
      remoteAs: neighbor.asNumber,
      localAs: local.asNumber,
      localPort: local.port ?? BGP_PORT,
      source: option("source-address")?.ip,
      internal,
      multihop: option("direct") === undefined && (internal || option("multihop") !== undefined),
      ttlSecurity: option("ttl-security")?.on ?? false,
      passive: option("passive") !== undefined,
      reflectsTo: option("rr-client") !== undefined,
      clusterId: option("rr-cluster-id")?.id,
      password: option("password")?.symbol,
      allowedLocalAs: option("allow-local-as")?.count ?? 0,
      addPaths: channel.addPaths || (template?.channel.addPaths ?? false),
      nextHop: channel.nextHop ?? template?.channel.nextHop,
      import: channel.import,
      export: channel.export,
    },
  ];
}

/** Whether the address is one of the speaker's own, on any interface or on the one named. */
export function hasAddress({ interfaces }: Pick<Speaker, "interfaces">, ip: Ip, dev?: string): boolean {
  return interfaces.some(
    ({ name, addresses }) =>
      (dev === undefined || name === dev) && addresses.some((own) => sameIp(own.ip, ip)),
  );
}

/** The interface whose network holds the address. */
export function interfaceTowards(
  { interfaces }: Pick<Speaker, "interfaces">,
  ip: Ip,
): SpeakerInterface | undefined {
  return interfaces.find(({ addresses }) =>
    addresses.some((own) => cidrContainsIp(cidrOf(own.ip, own.length), ip)),
  );
}

/** The address that the kernel gives to packets towards `ip`: of the connected network, else of the default route. */
export function addressTowards(speaker: Speaker, ip: Ip): Ip | undefined {
  const connected = interfaceTowards(speaker, ip);
  if (connected !== undefined)
    return connected.addresses.find((own) => cidrContainsIp(cidrOf(own.ip, own.length), ip))?.ip;
  const route = speaker.kernelRoutes
    .filter(({ cidr, way }) => way.kind === "unicast" && cidrContainsIp(cidr, ip))
    .sort((a, b) => b.cidr.length - a.cidr.length || a.metric - b.metric)[0];
  const hop = route?.way.kind === "unicast" ? route.way.hops[0] : undefined;
  return speaker.interfaces
    .find(({ name }) => name === hop?.dev)
    ?.addresses.find((own) => own.ip.version === ip.version)?.ip;
}

/** Prefix length of the host's own route to an address, without BGP; -1 = it has none. */
export function underlayLength(speaker: Speaker, ip: Ip): number {
  const connected = speaker.interfaces
    .flatMap(({ addresses }) => addresses)
    .filter((own) => cidrContainsIp(cidrOf(own.ip, own.length), ip));
  const routed = speaker.kernelRoutes.filter(({ cidr }) => cidrContainsIp(cidr, ip));
  return Math.max(-1, ...connected.map(({ length }) => length), ...routed.map(({ cidr }) => cidr.length));
}

export function sameIp(a: Ip, b: Ip): boolean {
  return a.version === b.version && a.value === b.value;
}
