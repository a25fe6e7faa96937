import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import type { BgpStatic, ServiceRange } from "../../ir/bgp-ir.ts";
import type { BgpConfig } from "../../ir/bgp-model.ts";
import type { ClusterModel, Service, ServiceRef, ServiceSlice } from "../../ir/cluster-model.ts";
import type { Cidr, Ip, IpVersion } from "../../net/cidr.ts";
import { cidrContainsIp, compareCidr, formatCidr, hostCidr, isSingleAddress } from "../../net/cidr.ts";
import { compareText } from "../order.ts";
import type { BgpNode } from "./nodes.ts";
import type { BgpSettings } from "./settings.ts";

type RangeStatic = Extract<BgpStatic, { kind: "service-range" }>;
type ServiceStatic = Extract<BgpStatic, { kind: "service" }>;

/** Label of nodes to which outside traffic for services must not come. */
const EXCLUDE_LABEL = "node.kubernetes.io/exclude-from-external-load-balancers";

/** Service advertisement of the whole cluster (routing-bgp.md §3.12), IPv4 before IPv6, by address. */
export class ServiceRoutes {
  /** Announced by every node as they are, and never installed. */
  readonly ranges: readonly RangeStatic[];
  /** Load balancer and external ranges, which a route reflector passes on. */
  readonly reflected: readonly RangeStatic[];
  readonly #everywhere: readonly Announcement[] = [];
  readonly #byNode = new Map<string, Announcement[]>();

  constructor(model: ClusterModel, settings: BgpSettings) {
    const { config } = settings;
    if (config === undefined) {
      this.ranges = [];
      this.reflected = [];
      return;
    }
    const cluster = rangesOf(config, "cluster", config.serviceClusterIps, "serviceClusterIPs");
    const external = rangesOf(config, "external", config.serviceExternalIps, "serviceExternalIPs");
    const balancer = rangesOf(
      config,
      "load-balancer",
      config.serviceLoadBalancerIps,
      "serviceLoadBalancerIPs",
    );
    this.ranges = unique([
      ...cluster,
      ...external.filter(({ cidr }) => !isSingleAddress(cidr)),
      ...(settings.aggregateLoadBalancers ? balancer.filter(({ cidr }) => !isSingleAddress(cidr)) : []),
    ]);
    this.reflected = unique([...balancer, ...external]);
    if (cluster.length + external.length + balancer.length === 0) return;

    const slices = slicesByService(model);
    const everywhere: Announcement[] = [];
    for (const service of model.all("service").values()) {
      const announcement = { service, addresses: announcedAddresses(service, config) };
      if (announcement.addresses.length === 0) continue;
      const endpoints = readyNodes(service, slices.get(`${service.namespace}/${service.name}`) ?? []);
      const where = whoAnnounces(service, config, settings.aggregateLoadBalancers, endpoints);
      if (where === "everyone") everywhere.push(announcement);
      else
        for (const node of where) {
          const list = this.#byNode.get(node);
          if (list === undefined) this.#byNode.set(node, [announcement]);
          else list.push(announcement);
        }
    }
    this.#everywhere = everywhere;
  }

  /** Single addresses that this node announces, each with all services that have it. */
  hostsOf(node: BgpNode): readonly ServiceStatic[] {
    const hosts = new Map<string, { cidr: Cidr; services: ServiceRef[]; origin: Origin }>();
    for (const { service, addresses } of [...this.#everywhere, ...(this.#byNode.get(node.name) ?? [])])
      for (const ip of addresses) {
        const cidr = hostCidr(ip);
        const key = formatCidr(cidr);
        const known = hosts.get(key);
        const ref = { namespace: service.namespace, name: service.name };
        if (known === undefined) hosts.set(key, { cidr, services: [ref], origin: service.origin });
        else if (!known.services.some((other) => sameRef(other, ref))) known.services.push(ref);
      }
    return [...hosts.values()]
      .map(
        ({ services, ...host }): ServiceStatic => ({
          kind: "service",
          ...host,
          services: services.sort(byRef),
        }),
      )
      .sort((a, b) => compareCidr(a.cidr, b.cidr));
  }
}

/** An excluded node announces no service routes, yet still keeps the ranges out of its kernel. */
export function announcesServices(node: BgpNode): boolean {
  const { labels } = node.node;
  return !(Object.hasOwn(labels, EXCLUDE_LABEL) && labels[EXCLUDE_LABEL] === "true");
}

interface Announcement {
  readonly service: Service;
  readonly addresses: readonly Ip[];
}

function rangesOf(
  config: BgpConfig,
  range: ServiceRange,
  cidrs: readonly Cidr[],
  field: string,
): readonly RangeStatic[] {
  return cidrs.map((cidr, index) => ({
    kind: "service-range",
    cidr,
    range,
    origin: at(config.origin, "spec", field, index, "cidr"),
  }));
}

function unique(ranges: readonly RangeStatic[]): readonly RangeStatic[] {
  const byCidr = new Map<string, RangeStatic>();
  for (const range of ranges) {
    const key = formatCidr(range.cidr);
    if (!byCidr.has(key)) byCidr.set(key, range);
  }
  return [...byCidr.values()].sort((a, b) => compareCidr(a.cidr, b.cidr));
}

function inAny(ip: Ip, cidrs: readonly Cidr[]): boolean {
  return cidrs.some((cidr) => cidrContainsIp(cidr, ip));
}

/** Cluster IPs are announced when any cluster range is configured; they are not compared with it. */
function announcedAddresses(service: Service, config: BgpConfig): readonly Ip[] {
  return [
    ...(config.serviceClusterIps.length > 0 ? service.clusterIps : []),
    ...service.externalIps.filter((ip) => inAny(ip, config.serviceExternalIps)),
    ...service.loadBalancerIps.filter((ip) => inAny(ip, config.serviceLoadBalancerIps)),
  ];
}

/** The decision table of routing-bgp.md §3.12, first match wins. */
function whoAnnounces(
  service: Service,
  config: BgpConfig,
  aggregate: boolean,
  endpoints: { readonly any: boolean; readonly nodes: ReadonlySet<string> },
): "everyone" | Iterable<string> {
  if (!["ClusterIP", "NodePort", "LoadBalancer"].includes(service.type)) return [];
  if (service.clusterIps.length === 0) return [];
  if (service.externalTrafficPolicy === "Local") return endpoints.nodes;
  const single = (cidrs: readonly Cidr[]): readonly Cidr[] => cidrs.filter(isSingleAddress);
  const wanted = service.wantedLoadBalancerIp;
  const balancers = wanted === undefined ? service.loadBalancerIps : [...service.loadBalancerIps, wanted];
  if (
    service.type === "LoadBalancer" &&
    balancers.some((ip) => inAny(ip, single(config.serviceLoadBalancerIps)))
  )
    return "everyone";
  if (service.externalIps.some((ip) => inAny(ip, single(config.serviceExternalIps)))) return "everyone";
  return !aggregate && endpoints.any ? "everyone" : [];
}

function slicesByService(model: ClusterModel): ReadonlyMap<string, readonly ServiceSlice[]> {
  return Map.groupBy(
    model.all("service-slice").values(),
    ({ namespace, service }) => `${namespace}/${service}`,
  );
}

/** Slices of a family that the service does not have do not count. */
function readyNodes(
  service: Service,
  slices: readonly ServiceSlice[],
): { readonly any: boolean; readonly nodes: ReadonlySet<string> } {
  const ready = slices
    .filter(({ addressType }) => service.ipFamilies.some((family) => family === addressType))
    .flatMap(({ endpoints }) => endpoints.filter((endpoint) => endpoint.ready));
  const nodes = ready.flatMap(({ node }) => (node === undefined ? [] : [node]));
  return { any: ready.length > 0, nodes: new Set(nodes) };
}

function byRef(a: ServiceRef, b: ServiceRef): number {
  return compareText(a.namespace, b.namespace) || compareText(a.name, b.name);
}

function sameRef(a: ServiceRef, b: ServiceRef): boolean {
  return a.namespace === b.namespace && a.name === b.name;
}

export function ofVersion<T extends { readonly cidr: Cidr }>(
  items: readonly T[],
  version: IpVersion,
): readonly T[] {
  return items.filter(({ cidr }) => cidr.version === version);
}
