import { birdBackend } from "./backends/bird/index.ts";
import type { Compilation, NodeCompilation } from "./compile.ts";
import { isBgpProtocol } from "./dataplane/bird.ts";
import type { ClusterModel, Node } from "./ir/cluster-model.ts";
import { MAIN_TABLE, type Route, type RoutingIr } from "./ir/routing-ir.ts";
import { type Cidr, cidrContainsIp, cidrOf, IP_VERSIONS, type Ip } from "./net/cidr.ts";
import { diffPredictions, type RibDiff } from "./semantics/rib/diff.ts";
import { type ForeignRouter, foreignSpeaker, impliedRouters } from "./semantics/rib/foreign.ts";
import { Forwarding, type ForwardingHost, type WireguardTable } from "./semantics/rib/forwarding.ts";
import { type Prediction, predictRibs } from "./semantics/rib/predict.ts";
import type { Way } from "./semantics/rib/route.ts";
import {
  administratorsRoute,
  IPV6_METRIC,
  interfaceTowards,
  type KernelRoute,
  type Speaker,
  type SpeakerInterface,
  sameIp,
} from "./semantics/rib/speaker.ts";

/** What the resources do not say about the network around the nodes. */
export interface Surroundings {
  /** Routers that BGPPeers lead to. Any other such address is taken for a router that passes on what it learns. */
  readonly routers?: readonly ForeignRouter[];
  /** More of them, whose whole configuration is known. */
  readonly speakers?: readonly Speaker[];
  /** Networks that nodes really have, by node, where they are known better than from the resources. */
  readonly hosts?: ReadonlyMap<string, HostNetwork>;
}

export interface HostNetwork {
  readonly interfaces: readonly SpeakerInterface[];
  /** Beside those to the networks of the interfaces. `via` absent: on the first interface. */
  readonly routes: readonly { readonly cidr: Cidr; readonly via: Ip | undefined }[];
}

type Interfaces = Pick<Speaker, "interfaces">;

/** The interface that carries a node's address where its resource lists none. */
const INTERFACE = "eth0";

/** Every node's routes once BGP has come to rest, from the files that were compiled. Nodes in error are left out. */
export function predictRoutes(compilation: Compilation, surroundings: Surroundings = {}): Prediction {
  return predictRibs(speakersOf(compilation, surroundings));
}

/** Where packets go once BGP has come to rest, through nodes without BGP, too. */
export function forwardingOf(compilation: Compilation, surroundings: Surroundings = {}): Forwarding {
  const speakers = speakersOf(compilation, surroundings);
  const { nodes, model } = compilation;
  const hosts = nodes.flatMap((node) => nodeHost(node, model, surroundings.hosts?.get(node.node)) ?? []);
  const known = new Set(hosts.map(({ name }) => name));
  const others = speakers.filter(({ name }) => !known.has(name));
  return new Forwarding([...hosts, ...others], predictRibs(speakers).ribs);
}

/** Which routes appear, vanish or move, and which sessions go down, when one set of resources replaces another. */
export function diffRib(before: Compilation, after: Compilation, surroundings: Surroundings = {}): RibDiff {
  const old = speakersOf(before, surroundings);
  const now = speakersOf(after, surroundings);
  return diffPredictions(predictRibs(old), predictRibs(now), restartsBetween(old, now));
}

/** Sessions that a daemon restarts when it reads its new file. */
function restartsBetween(before: readonly Speaker[], after: readonly Speaker[]): ReadonlySet<string> {
  const restarts = new Set<string>();
  for (const { name, config } of after) {
    const old = before.find((speaker) => speaker.name === name);
    const changes = birdBackend.diff(old?.config, config);
    const all = changes.some((change) => change.kind === "global" && change.effect === "restart");
    for (const protocol of config.protocols.filter(isBgpProtocol))
      if (
        all ||
        changes.some(
          (change) => change.kind === "peer" && change.name === protocol.name && change.effect === "restart",
        )
      )
        restarts.add(`${name} ${protocol.name}`);
  }
  return restarts;
}

/** The nodes as routers, then those around them. */
export function speakersOf(
  { nodes, model }: Pick<Compilation, "nodes" | "model">,
  surroundings: Surroundings = {},
): readonly Speaker[] {
  const speakers = nodes.flatMap(
    (node) => nodeSpeaker(node, model, surroundings.hosts?.get(node.node)) ?? [],
  );
  const given = [
    ...(surroundings.speakers ?? []),
    ...(surroundings.routers ?? []).map((router) => foreignSpeaker(router, speakers)),
  ];
  const implied = impliedRouters([...speakers, ...given]).map((router) => foreignSpeaker(router, speakers));
  return [...speakers, ...given, ...implied];
}

/** Of a node that takes part in BGP. */
function nodeSpeaker(
  compiled: NodeCompilation,
  model: ClusterModel,
  known: HostNetwork | undefined,
): Speaker | undefined {
  const config = compiled.artifacts === undefined ? undefined : birdBackend.parse(compiled.artifacts);
  const host = nodeHost(compiled, model, known);
  return config && host && { ...host, config };
}

function nodeHost(
  { node: name, ir, artifacts }: NodeCompilation,
  model: ClusterModel,
  known: HostNetwork | undefined,
): ForwardingHost | undefined {
  const node = model.all("node").get(name);
  if (artifacts === undefined || node === undefined) return undefined;
  const host = known?.interfaces ?? hostInterfaces(node);
  const interfaces = [...host, ...tunnelInterfaces(ir.routing.addresses)];
  return {
    name,
    interfaces,
    kernelRoutes: [
      ...ir.routing.routes
        .filter(({ table }) => table === MAIN_TABLE)
        .flatMap((route) => kernelRoute(route, { interfaces })),
      ...(known === undefined ? host.slice(0, 1).flatMap(conventionalRoutes) : administratorsRoutes(known)),
    ],
    ...(ir.routing.rules.length === 0 ? {} : { wireguard: wireguardTable(ir.routing, node) }),
  };
}

/** The only table beside the main one. */
function wireguardTable({ routes, wireguardPeers }: RoutingIr, { wireguard }: Node): WireguardTable {
  return {
    routes: routes
      .filter(({ table }) => table !== MAIN_TABLE)
      .map(({ destination, target }) => ({
        cidr: destination,
        dev: target.kind === "link" ? target.dev : undefined,
      })),
    peers: wireguardPeers,
    published: [wireguard.publicKey4, wireguard.publicKey6].filter((key) => key !== undefined),
  };
}

/**
 * What `spec.interfaces` lists, with the networks that `spec.bgp` knows of; where it does not list the BGP addresses
 * they are on an interface of their own.
 */
function hostInterfaces(node: Node): readonly SpeakerInterface[] {
  const spoken = [node.bgp?.ipv4, node.bgp?.ipv6].filter((address) => address !== undefined);
  const listed = node.interfaces.map(({ name, addresses }) => ({
    name,
    addresses: addresses.map((own) => spoken.find(({ ip }) => sameIp(ip, own.ip)) ?? own),
  }));
  const others = spoken.filter(
    ({ ip }) => !listed.some(({ addresses }) => addresses.some((own) => sameIp(own.ip, ip))),
  );
  if (others.length === 0) return listed;
  const first = listed.find(({ name }) => name === INTERFACE);
  return [
    { name: INTERFACE, addresses: [...(first?.addresses ?? []), ...others] },
    ...listed.filter((one) => one !== first),
  ];
}

function tunnelInterfaces(
  addresses: readonly { readonly dev: string; readonly ip: Ip; readonly length: number }[],
): readonly SpeakerInterface[] {
  const devices = new Map<string, { ip: Ip; length: number }[]>();
  for (const { dev, ip, length } of addresses) {
    const known = devices.get(dev);
    if (known === undefined) devices.set(dev, [{ ip, length }]);
    else known.push({ ip, length });
  }
  return [...devices].map(([name, own]) => ({ name, addresses: own }));
}

/** The kernel refuses a gateway that it cannot reach, and BIRD does not look at routes that end a table's lookup. */
function kernelRoute(route: Route, host: Interfaces): readonly KernelRoute[] {
  const way = wayOf(route, host);
  if (way === undefined) return [];
  // An IPv6 kernel has no metric 0.
  const metric = route.destination.version === 6 && route.metric === 0 ? IPV6_METRIC : route.metric;
  return [{ cidr: route.destination, way, metric, protocol: route.protocol }];
}

function wayOf({ target }: Route, host: Interfaces): Way | undefined {
  switch (target.kind) {
    case "link":
      return { kind: "unicast", hops: [{ dev: target.dev, via: undefined }] };
    case "gateway": {
      const dev = target.dev ?? interfaceTowards(host, target.gateway)?.name;
      return dev === undefined ? undefined : { kind: "unicast", hops: [{ dev, via: target.gateway }] };
    }
    case "blackhole":
      return { kind: "blackhole" };
    case "throw":
      return undefined;
  }
}

/**
 * Hosts reach what is on none of their networks through a gateway: by convention the first address of the network
 * of the first interface. A bare address has no network, hence no gateway: whatever it is, it is on the interface.
 */
function conventionalRoutes({ name: dev, addresses }: SpeakerInterface): readonly KernelRoute[] {
  return IP_VERSIONS.flatMap((version) => {
    const own = addresses.find(({ ip }) => ip.version === version);
    if (own === undefined) return [];
    return [
      administratorsRoute(cidrOf(own.ip, 0), { dev, via: firstAddress(cidrOf(own.ip, own.length), own.ip) }),
    ];
  });
}

/** Through the interfaces that lead to the next hops; a next hop on none of them is no route. */
export function administratorsRoutes({ interfaces, routes }: HostNetwork): readonly KernelRoute[] {
  return routes.flatMap(({ cidr, via }) => {
    const dev = (via === undefined ? interfaces[0] : interfaceTowards({ interfaces }, via))?.name;
    return dev === undefined ? [] : [administratorsRoute(cidr, { dev, via })];
  });
}

/** The first of the network that is not the host's own. */
function firstAddress(network: Cidr, own: Ip): Ip | undefined {
  return [plus(network, 1), plus(network, 2)].find(
    (ip) => cidrContainsIp(network, ip) && ip.value !== own.value,
  );
}

function plus(ip: Ip, offset: number): Ip {
  return ip.version === 4
    ? { version: 4, value: ip.value + offset }
    : { version: 6, value: ip.value + BigInt(offset) };
}
