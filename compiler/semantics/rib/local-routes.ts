import type { BirdProtocol, DirectProtocol, KernelProtocol, StaticProtocol } from "../../dataplane/bird.ts";
import { type Cidr, cidrKey, cidrOf } from "../../net/cidr.ts";
import type { FilterProgram } from "./filter.ts";
import { matchesGlob } from "./filter-values.ts";
import { BLACKHOLE, type RibRoute, type RouteAttributes, type RouteSource, type Way } from "./route.ts";
import { hasAddress, interfaceTowards, type KernelRoute, type Speaker } from "./speaker.ts";

/** BIRD's preferences of protocols (nest/route.h). */
const PREFERENCE = { device: 240, static: 200, kernel: 10 } as const;

/** Routes that a speaker has without any neighbour: of its interfaces, of its kernel, of its `static` protocols. */
export function localRoutes(speaker: Speaker, program: FilterProgram): readonly RibRoute[] {
  return speaker.config.protocols.flatMap((protocol) => routesOf(protocol, speaker, program));
}

function routesOf(protocol: BirdProtocol, speaker: Speaker, program: FilterProgram): readonly RibRoute[] {
  switch (protocol.kind) {
    case "direct":
      return directRoutes(protocol, speaker);
    case "kernel":
      return learnedRoutes(protocol, speaker, program);
    case "static":
      return staticRoutes(protocol, speaker);
    case "device":
    case "bfd":
    case "bgp-template":
    case "bgp":
      return [];
  }
}

function localRoute(
  protocol: string,
  source: Exclude<RouteSource, "bgp">,
  cidr: Cidr,
  way: Way,
  path = "",
  attributes: RouteAttributes = {},
): RibRoute {
  return {
    cidr,
    protocol,
    source,
    path,
    preference: PREFERENCE[source],
    way,
    igpMetric: undefined,
    attributes,
    learned: undefined,
  };
}

/** The first pattern that fits an interface decides whether its networks count. */
function directRoutes({ name, versions, interfaces }: DirectProtocol, speaker: Speaker): readonly RibRoute[] {
  const routes = new Map<string, RibRoute>();
  for (const device of speaker.interfaces) {
    const pattern = interfaces.find((one) => matchesGlob(device.name, one.pattern));
    if (pattern === undefined || pattern.negated) continue;
    for (const { ip, length } of device.addresses) {
      if (!versions.includes(ip.version)) continue;
      const cidr = cidrOf(ip, length);
      // A second address of the network is secondary: no second route.
      routes.set(
        `${cidrKey(cidr)} ${device.name}`,
        localRoute(
          name,
          "device",
          cidr,
          { kind: "unicast", hops: [{ dev: device.name, via: undefined }] },
          device.name,
        ),
      );
    }
  }
  return [...routes.values()];
}

/** Of several kernel routes to one prefix BIRD learns the one with the lowest metric, before it asks the filter. */
function learnedRoutes(
  protocol: KernelProtocol,
  speaker: Speaker,
  program: FilterProgram,
): readonly RibRoute[] {
  const best = new Map<number | bigint, KernelRoute>();
  for (const route of speaker.kernelRoutes) {
    if (route.cidr.version !== protocol.version) continue;
    const key = cidrKey(route.cidr);
    const known = best.get(key);
    if (known === undefined || route.metric < known.metric) best.set(key, route);
  }
  return [...best.values()].flatMap(({ cidr, way, metric, protocol: krtSource }) => {
    const route = localRoute(protocol.name, "kernel", cidr, way, "", { krtSource, krtMetric: metric });
    return program.run(protocol.import, route) ?? [];
  });
}

/** A gateway on none of the connected networks leaves its route dormant. */
function staticRoutes({ name, version, routes }: StaticProtocol, speaker: Speaker): readonly RibRoute[] {
  return routes.flatMap(({ cidr, via }) => {
    if (cidr.version !== version) return [];
    if (via === undefined) return [localRoute(name, "static", cidr, BLACKHOLE)];
    const dev = interfaceTowards(speaker, via)?.name;
    if (dev === undefined || hasAddress(speaker, via)) return [];
    return [localRoute(name, "static", cidr, { kind: "unicast", hops: [{ dev, via }] })];
  });
}
