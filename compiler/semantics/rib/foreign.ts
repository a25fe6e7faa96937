import type { BgpOption, BirdConfig, BirdProtocol, ChannelPolicy } from "../../dataplane/bird.ts";
import type { Routine } from "../../dataplane/bird-filter.ts";
import {
  type Cidr,
  cidrContainsIp,
  cidrOf,
  hostCidr,
  IP_VERSIONS,
  type Ip,
  type Ip4,
} from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { matchesGlob } from "./filter-values.ts";
import { type Peer, peersOf } from "./peer.ts";
import {
  addressTowards,
  administratorsRoute,
  hasAddress,
  type Speaker,
  type SpeakerInterface,
} from "./speaker.ts";

/**
 * A router outside the cluster: it announces its own prefixes, takes whatever its neighbours announce, and passes
 * all of it on, as an ordinary eBGP router does.
 */
export interface ForeignRouter {
  readonly name: string;
  readonly asNumber: number;
  readonly routerId: Ip4;
  readonly interfaces: readonly SpeakerInterface[];
  /** At most one of each version, through which it reaches what is on none of its networks. */
  readonly gateways: readonly Ip[];
  readonly announces: readonly Cidr[];
}

const ACCEPT_ALL: Routine = { kind: "filter", name: "take_all", body: [{ kind: "accept" }] };
/** Its own announcements and what BGP brought, not its connected networks and its default route. */
const PASS_ON: Routine = {
  kind: "filter",
  name: "pass_on",
  body: [
    {
      kind: "if",
      condition: {
        kind: "or",
        operands: [
          {
            kind: "compare",
            operator: "=",
            left: { kind: "attribute", attribute: "source" },
            right: { kind: "enum", value: "RTS_BGP" },
          },
          {
            kind: "compare",
            operator: "~",
            left: { kind: "attribute", attribute: "proto" },
            right: { kind: "text", value: "announced*" },
          },
        ],
      },
      body: [{ kind: "accept" }],
      otherwise: [],
    },
    { kind: "reject" },
  ],
};

const named = (name: string): ChannelPolicy => ({ kind: "filter", name });

/** The router with a session towards every one that leads to it. */
export function foreignSpeaker(router: ForeignRouter, nodes: readonly Speaker[]): Speaker {
  const bare = speakerWithout(router);
  const sessions = nodes.flatMap((node) =>
    peersOf(node.config)
      .filter((peer) => hasAddress(bare, peer.address))
      .flatMap((peer) => mirrored(peer, node, bare, router)),
  );
  const templates = IP_VERSIONS.map(
    (version): BirdProtocol => ({
      kind: "bgp-template",
      name: `bgp${version}`,
      options: [{ kind: "local", port: undefined, asNumber: router.asNumber }, { kind: "graceful-restart" }],
      channel: {
        version,
        gatewayRecursive: true,
        addPaths: false,
        nextHop: undefined,
        import: { kind: "none" },
        export: { kind: "none" },
      },
    }),
  );
  return {
    ...bare,
    config: { ...bare.config, protocols: [...bare.config.protocols, ...templates, ...sessions] },
  };
}

function speakerWithout({ name, routerId, interfaces, gateways, announces }: ForeignRouter): Speaker {
  const statics = IP_VERSIONS.flatMap((version): readonly BirdProtocol[] => {
    const routes = announces
      .filter((cidr) => cidr.version === version)
      .map((cidr) => ({ cidr, via: undefined }));
    return routes.length === 0 ? [] : [{ kind: "static", name: `announced${version}`, version, routes }];
  });
  const config: BirdConfig = {
    routerId,
    log: undefined,
    include: "bird.secrets*.conf",
    constants: [],
    routines: [ACCEPT_ALL, PASS_ON],
    protocols: [
      { kind: "device", name: "device1", scanTime: 2, debug: [] },
      {
        kind: "direct",
        name: "direct1",
        versions: IP_VERSIONS,
        interfaces: [{ pattern: "*", negated: false }],
        debug: [],
      },
      ...IP_VERSIONS.map(
        (version): BirdProtocol => ({
          kind: "kernel",
          name: `kernel${version}`,
          version,
          scanTime: 2,
          metric: 32,
          import: named(ACCEPT_ALL.name),
          export: { kind: "none" },
        }),
      ),
      ...statics,
    ],
  };
  return { name, config, interfaces, kernelRoutes: defaultRoutes(interfaces, gateways) };
}

/** Without any gateway all the world is on the first interface. */
function defaultRoutes(
  [first]: readonly SpeakerInterface[],
  gateways: readonly Ip[],
): Speaker["kernelRoutes"] {
  if (first === undefined) return [];
  return IP_VERSIONS.flatMap((version) => {
    const own = first.addresses.find(({ ip }) => ip.version === version);
    const gateway = gateways.find((ip) => ip.version === version);
    if (own === undefined || (gateways.length > 0 && gateway === undefined)) return [];
    return [administratorsRoute(cidrOf(own.ip, 0), { dev: first.name, via: gateway })];
  });
}

function mirrored(peer: Peer, node: Speaker, bare: Speaker, router: ForeignRouter): readonly BirdProtocol[] {
  const address = peer.source ?? addressTowards(node, peer.address);
  if (address === undefined) return [];
  const internal = peer.localAs === peer.remoteAs;
  const connected = bare.interfaces.some(({ addresses }) =>
    addresses.some((own) => cidrContainsIp(cidrOf(own.ip, own.length), address)),
  );
  const options: readonly BgpOption[] = [
    {
      kind: "local",
      port: peer.port === 179 ? undefined : peer.port,
      // An AS that the cluster expects wrongly is the router's own all the same.
      asNumber: router.asNumber,
    },
    {
      kind: "neighbor",
      ip: address,
      port: peer.localPort === 179 ? undefined : peer.localPort,
      asNumber: peer.localAs,
    },
    { kind: "source-address", ip: peer.address },
    ...(peer.ttlSecurity ? [{ kind: "ttl-security" as const, on: true }] : []),
    ...(internal || connected ? [] : [{ kind: "multihop" as const, hops: undefined }]),
    ...(peer.password === undefined ? [] : [{ kind: "password" as const, symbol: peer.password }]),
  ];
  return [
    {
      kind: "bgp",
      name: `node_${formatIp(address).replaceAll(/[.:]/g, "_")}_${peer.port}`,
      template: `bgp${peer.version}`,
      options,
      channel: {
        version: peer.version,
        gatewayRecursive: false,
        addPaths: false,
        nextHop: undefined,
        import: named(ACCEPT_ALL.name),
        export: named(PASS_ON.name),
      },
    },
  ];
}

/** Every neighbour that is nobody's address as a router of its own, which announces nothing by itself. */
export function impliedRouters(speakers: readonly Speaker[]): readonly ForeignRouter[] {
  const routers = new Map<string, ForeignRouter>();
  for (const speaker of speakers)
    for (const { address, remoteAs } of peersOf(speaker.config)) {
      const name = formatIp(address);
      if (routers.has(name) || speakers.some((other) => hasAddress(other, address))) continue;
      routers.set(name, {
        name,
        asNumber: remoteAs,
        routerId: address.version === 4 ? address : { version: 4, value: routers.size + 1 },
        interfaces: [
          { name: "eth0", addresses: [{ ip: address, length: networkLength(speakers, address) }] },
        ],
        gateways: [],
        announces: [],
      });
    }
  return [...routers.values()];
}

/** Of the network that some node shares with the address. */
function networkLength(speakers: readonly Speaker[], ip: Ip): number {
  for (const { interfaces } of speakers)
    for (const { name, addresses } of interfaces)
      for (const own of addresses)
        if (!matchesGlob(name, "cali*") && cidrContainsIp(cidrOf(own.ip, own.length), ip)) return own.length;
  return hostCidr(ip).length;
}
