import type { LocalWorkload } from "../../ir/node-ir.ts";
import {
  type LinkAddress,
  MAIN_TABLE,
  type Neighbour,
  type Reason,
  type Sysctl,
} from "../../ir/routing-ir.ts";
import { type Cidr, cidrKey, hostCidr, type IpVersion, ipOf } from "../../net/cidr.ts";
import { type RoutingContext, routeSourceAddress } from "./context.ts";
import type { RouteCollector } from "./route-collector.ts";

/** STRICT, what Felix takes when it cannot read the host's default. */
const DEFAULT_RP_FILTER = 1;

/** A /32 or /128 to each workload's interface, for its own and its floating addresses. Source: routing-bgp.md §1.3. */
export function addWorkloadRoutes(context: RoutingContext, routes: RouteCollector): void {
  for (const workload of context.workloads)
    for (const destination of routedAddresses(context, workload))
      routes.add("local-workload", {
        table: MAIN_TABLE,
        destination,
        metric: priority(context, destination.version),
        target: { kind: "link", dev: workload.interfaceName },
        protocol: context.deviceProtocol,
        mtu: undefined,
        source: routeSourceAddress(context.settings, destination.version),
        reason: workloadReason(workload),
      });
}

function priority({ settings }: RoutingContext, version: IpVersion): number {
  return version === 4 ? settings.normalRoutePriority4 : settings.normalRoutePriority6;
}

function routedAddresses(context: RoutingContext, { key, addresses }: LocalWorkload): readonly Cidr[] {
  const endpoint = context.cluster.model.all("workload-endpoint").get(key);
  // OpenStack has always had floating addresses; elsewhere they are a choice.
  const floats = context.settings.floatingIps || endpoint?.orchestrator === "openstack";
  const external = floats ? (endpoint?.floatingIps.map((float) => hostCidr(float.external)) ?? []) : [];
  const routed = [...addresses, ...external].filter(
    ({ version }) => version === 4 || context.settings.ipv6Support,
  );
  return [...new Map(routed.map((cidr) => [cidrKey(cidr), cidr])).values()];
}

/** IPv4 only: the workload then never has to answer ARP. */
export function workloadNeighbours(context: RoutingContext): readonly Neighbour[] {
  return context.workloads.flatMap((workload) => {
    const { mac, interfaceName: dev } = workload;
    if (mac === undefined) return [];
    return routedAddresses(context, workload)
      .filter(({ version }) => version === 4)
      .map((ip) => ({ dev, ip: ipOf(ip), mac: mac.toLowerCase(), reason: workloadReason(workload) }));
  });
}

/** The address that a workload peers with over BGP, on its own interface. */
export function peeringAddresses(
  context: RoutingContext,
  peers: readonly LocalWorkload[],
): readonly LinkAddress[] {
  const config = context.cluster.model.all("bgp-config").get("default");
  const ips = [config?.localWorkloadPeeringIp4, config?.localWorkloadPeeringIp6].filter(
    (ip) => ip !== undefined && (ip.version === 4 || context.settings.ipv6Support),
  );
  return peers.flatMap((workload) =>
    ips.flatMap((ip) =>
      ip === undefined
        ? []
        : {
            dev: workload.interfaceName,
            ip,
            length: hostCidr(ip).length,
            scope: "link" as const,
            reason: workloadReason(workload),
          },
    ),
  );
}

/** The proxy-ARP scheme and forwarding of one workload interface. Source: routing-bgp.md §1.4. */
export function workloadSysctls(context: RoutingContext): readonly Sysctl[] {
  return context.workloads.flatMap((workload) => interfaceSysctls(context, workload));
}

function interfaceSysctls({ settings, options }: RoutingContext, workload: LocalWorkload): readonly Sysctl[] {
  const dev = workload.interfaceName;
  const reason = workloadReason(workload);
  const spoofs = settings.workloadSourceSpoofing === "Any" && workload.allowedSpoofSources.length > 0;
  const rpFilter = spoofs ? 0 : (options.rpFilter ?? DEFAULT_RP_FILTER);
  const set = (key: string, value: number, tolerateFailure = false): Sysctl => ({
    key,
    value: String(value),
    tolerateFailure,
    reason,
  });
  return [
    set(`net/ipv4/conf/${dev}/forwarding`, 1),
    set(`net/ipv4/conf/${dev}/proxy_arp`, 1),
    set(`net/ipv4/conf/${dev}/route_localnet`, 1),
    set(`net/ipv4/conf/${dev}/rp_filter`, rpFilter),
    set(`net/ipv4/neigh/${dev}/proxy_delay`, 0, true),
    // Also without IPv6 support, lest a workload become the host's router; then the host may lack the key.
    set(`net/ipv6/conf/${dev}/accept_ra`, 0, !settings.ipv6Support),
    ...(settings.ipv6Support
      ? [set(`net/ipv6/conf/${dev}/forwarding`, 1), set(`net/ipv6/conf/${dev}/proxy_ndp`, 1)]
      : []),
  ];
}

function workloadReason({ workload, origin }: LocalWorkload): Reason {
  return { kind: "workload", workload, origin };
}
