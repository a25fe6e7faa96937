import type { IpPool, Node } from "../../ir/cluster-model.ts";
import { MAIN_TABLE, type Reason, type Route, type RouteTarget } from "../../ir/routing-ir.ts";
import { cidrContainsIp, cidrKey, type Ip, type IpVersion, isSingleAddress } from "../../net/cidr.ts";
import type { ClusterRoute } from "./cluster-routes.ts";
import { type RoutingContext, routeSourceAddress } from "./context.ts";
import { type PoolType, poolMode, poolType, programsIpip, programsNoEncap } from "./encapsulation.ts";
import { tunnelMtu } from "./mtu.ts";
import { nodeIp, vxlanTunnelAddress } from "./node-addresses.ts";
import type { RouteClass, RouteCollector } from "./route-collector.ts";
import { IPIP_DEVICE, VXLAN_DEVICES } from "./tunnel-devices.ts";

type Encapsulated = Exclude<PoolType, "none">;

interface Decision {
  readonly routeClass: RouteClass;
  readonly target: RouteTarget;
  readonly protocol: number;
  readonly mtu: number | undefined;
}

/**
 * Routes to the workloads of other nodes, and blackholes for the node's own blocks, so that packets to addresses that
 * nobody has do not follow the default route. Source: routing-bgp.md §1.7.
 */
export function addPoolRoutes(context: RoutingContext, routes: RouteCollector): void {
  const managed = managedTypes(context);
  for (const route of context.cluster.routes) {
    const { pool, cidr } = route;
    if (pool === undefined || !isSupported(context, cidr.version)) continue;
    const type = poolType(pool);
    if (type === "none" || !managed(type, cidr.version)) continue;
    const decision =
      route.node === context.node.name ? ownBlock(context, route) : remoteRoute(context, route, pool, type);
    if (decision === undefined) continue;
    routes.add(decision.routeClass, toRoute(context, route, pool, type, decision));
  }
}

function isSupported(context: RoutingContext, version: IpVersion): boolean {
  return version === 4 || context.settings.ipv6Support;
}

/** Which pools' routes are ours to program here: VXLAN always, the others by `programClusterRoutes`. */
function managedTypes(context: RoutingContext): (type: Encapsulated, version: IpVersion) => boolean {
  const { encapsulation, settings } = context;
  const ipip = encapsulation.ipip && programsIpip(settings);
  const noEncap = programsNoEncap(settings);
  return (type, version) => {
    switch (type) {
      case "vxlan":
        return version === 4 ? encapsulation.vxlan4 : encapsulation.vxlan6;
      case "ipip":
        return version === 4 && ipip;
      case "no-encap":
        return noEncap;
    }
  };
}

/** A workload's own address is no block, and a blackhole for a single address would make the CNI plugin fail. */
function ownBlock(context: RoutingContext, { workload, cidr }: ClusterRoute): Decision | undefined {
  if (!workload || isSingleAddress(cidr)) return undefined;
  return {
    routeClass: "blackhole",
    target: { kind: "blackhole" },
    protocol: context.otherProtocol,
    mtu: undefined,
  };
}

function remoteRoute(
  context: RoutingContext,
  route: ClusterRoute,
  pool: IpPool,
  type: Encapsulated,
): Decision | undefined {
  // A workload that is here wins over what the cluster still believes of its address.
  if (context.workloadAddresses.has(cidrKey(route.cidr))) return undefined;
  // A tunnel address inside a block of its own node is reached through that block.
  if (!route.workload && !(route.tunnel && route.borrowed)) return undefined;
  const remote = context.cluster.model.all("node").get(route.node);
  const { version } = route.cidr;
  const remoteIp = remote && nodeIp(remote, version);
  if (remote === undefined || remoteIp === undefined) return undefined;
  if (type === "no-encap") return directRoute(context, "no-encap", remoteIp, poolReason(route, pool, type));
  if (poolMode(pool) === "CrossSubnet" && isSameSubnet(context, remoteIp))
    return directRoute(context, `${type}-same-subnet`, remoteIp, poolReason(route, pool, type));
  return type === "vxlan" ? vxlanRoute(context, route, remote) : ipipRoute(context, remoteIp);
}

function isSameSubnet(context: RoutingContext, remoteIp: Ip): boolean {
  const subnet = context.subnet[remoteIp.version];
  return subnet !== undefined && cidrContainsIp(subnet, remoteIp);
}

/**
 * Without a known parent interface the kernel finds the gateway's itself, as long as the gateway is on-link; where
 * it is not, the line would not load, so the route is left out and reported.
 */
function directRoute(
  context: RoutingContext,
  routeClass: RouteClass,
  gateway: Ip,
  reason: Reason,
): Decision | undefined {
  const dev = context.parent[gateway.version];
  if (dev === undefined && !isSameSubnet(context, gateway)) {
    context.problems.push({ kind: "no-parent-interface", gateway, reason });
    return undefined;
  }
  return {
    routeClass,
    target: { kind: "gateway", gateway, dev, onlink: dev !== undefined },
    protocol: context.otherProtocol,
    mtu: undefined,
  };
}

/** The gateway is the remote tunnel address; the tunnel address itself, where it needs a route, is on the device. */
function vxlanRoute(context: RoutingContext, route: ClusterRoute, remote: Node): Decision | undefined {
  const { version } = route.cidr;
  const gateway = vxlanTunnelAddress(remote, version);
  if (!context.hasVxlan[version] || gateway === undefined) return undefined;
  const dev = VXLAN_DEVICES[version];
  const isGateway = isSingleAddress(route.cidr) && route.cidr.value === gateway.value;
  return {
    routeClass: "vxlan-tunnel",
    target: isGateway ? { kind: "link", dev } : { kind: "gateway", gateway, dev, onlink: true },
    protocol: context.deviceProtocol,
    mtu: tunnelMtu("vxlan", version, context.settings, context.options.hostMtu),
  };
}

/** `tunl0` has no remote end: the outer destination is the gateway. */
function ipipRoute(context: RoutingContext, gateway: Ip): Decision {
  return {
    routeClass: "ipip-tunnel",
    target: { kind: "gateway", gateway, dev: IPIP_DEVICE, onlink: true },
    protocol: context.otherProtocol,
    mtu: tunnelMtu("ipip", 4, context.settings, context.options.hostMtu),
  };
}

function toRoute(
  context: RoutingContext,
  route: ClusterRoute,
  pool: IpPool,
  type: Encapsulated,
  { target, protocol, mtu }: Decision,
): Route {
  const isLocal = route.node === context.node.name;
  return {
    table: MAIN_TABLE,
    destination: route.cidr,
    metric: 0,
    target,
    protocol,
    mtu,
    source:
      target.kind === "blackhole" ? undefined : routeSourceAddress(context.settings, route.cidr.version),
    reason: isLocal ? { ...poolReason(route, pool, type), node: undefined } : poolReason(route, pool, type),
  };
}

const ENCAPSULATION_NAMES = { vxlan: "VXLAN", ipip: "IPIP", "no-encap": "none" } as const;

function poolReason(
  { node }: ClusterRoute,
  { name, origin }: IpPool,
  type: Encapsulated,
): Extract<Reason, { kind: "pool" }> {
  return { kind: "pool", pool: name, encapsulation: ENCAPSULATION_NAMES[type], node, origin };
}
