import {
  type BgpOptionKind,
  type BgpProtocol,
  type BgpTemplate,
  type BirdConfig,
  type ChannelPolicy,
  isBgpProtocol,
} from "../../dataplane/bird.ts";
import { channelOf, optionOf, templatesOf } from "../../dataplane/bird-session.ts";
import type { Ip, Ip4, IpVersion } from "../../net/cidr.ts";

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
  const templates = templatesOf(config);
  return config.protocols
    .filter(isBgpProtocol)
    .flatMap((protocol) => peerOf(protocol, templates.get(protocol.template)));
}

/** None without neighbour or local AS: the validator refuses such a file. */
function peerOf(protocol: BgpProtocol, template: BgpTemplate | undefined): readonly Peer[] {
  const option = <K extends BgpOptionKind>(kind: K) => optionOf(kind, protocol, template);
  const neighbor = option("neighbor");
  const local = option("local");
  if (neighbor === undefined || local === undefined) return [];
  const channel = channelOf(protocol, template);
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
      addPaths: channel.addPaths,
      nextHop: channel.nextHop,
      import: channel.import,
      export: channel.export,
    },
  ];
}
