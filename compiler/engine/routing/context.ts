import type { Node } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import type { LocalWorkload } from "../../ir/node-ir.ts";
import type { Reason, RoutingProblem } from "../../ir/routing-ir.ts";
import { type Cidr, cidrKey, type Ip, type IpVersion } from "../../net/cidr.ts";
import { configsInForce } from "../felix-settings.ts";
import { compareText } from "../order.ts";
import { type ByVersion, byVersion } from "./by-version.ts";
import type { ClusterRoutes } from "./cluster-routes.ts";
import { type Encapsulation, poolType, resolveEncapsulation } from "./encapsulation.ts";
import { nodeIp, nodeSubnet, parentInterface, vxlanTunnelAddress } from "./node-addresses.ts";

/** What the compiler cannot know of a host from the resources. */
export interface RoutingOptions {
  /**
   * Smallest MTU of the host's interfaces that match `mtuIfacePattern`. Unknown: tunnels and their routes carry an
   * MTU only where FelixConfiguration sets one.
   */
  readonly hostMtu?: number;
  /** The host's `net.ipv4.conf.default.rp_filter`, which workload interfaces take over; 1 (strict) when unknown. */
  readonly rpFilter?: 0 | 1 | 2;
}

/** The node that asks, and what all parts of its routing need to know about it. */
export interface RoutingContext {
  readonly cluster: ClusterRoutes;
  readonly node: Node;
  readonly settings: FelixSettings;
  readonly options: RoutingOptions;
  readonly workloads: readonly LocalWorkload[];
  /** `cidrKey`s of the addresses of `workloads`. */
  readonly workloadAddresses: ReadonlySet<number | bigint>;
  readonly encapsulation: Encapsulation;
  readonly ip: ByVersion<Ip | undefined>;
  readonly subnet: ByVersion<Cidr | undefined>;
  /** The interface that carries `ip`, where the Node resource tells. */
  readonly parent: ByVersion<string | undefined>;
  /** The VXLAN device of that version exists: it is wanted, and has an outer and an inner address. */
  readonly hasVxlan: ByVersion<boolean>;
  /** Protocol of workload, VXLAN-tunnel and WireGuard routes. */
  readonly deviceProtocol: number;
  /** Protocol of all others. */
  readonly otherProtocol: number;
  readonly problems: RoutingProblem[];
}

/** RTPROT_BOOT, the default of `deviceRouteProtocol`; other routes then get a protocol of their own. */
const BOOT_PROTOCOL = 3;
const OTHER_PROTOCOL = 80;

export function createContext(
  cluster: ClusterRoutes,
  node: Node,
  settings: FelixSettings,
  workloads: readonly LocalWorkload[],
  options: RoutingOptions,
): RoutingContext {
  const encapsulation = resolveEncapsulation(cluster.model.all("ip-pool").values(), settings);
  const device = settings.deviceRouteProtocol;
  return {
    cluster,
    node,
    settings,
    options,
    workloads,
    workloadAddresses: new Set(workloads.flatMap(({ addresses }) => addresses.map(cidrKey))),
    encapsulation,
    ip: byVersion((version) => nodeIp(node, version)),
    subnet: byVersion((version) => nodeSubnet(node, version)),
    parent: byVersion((version) => parentInterface(node, version)),
    hasVxlan: byVersion(
      (version) =>
        (version === 4 ? encapsulation.vxlan4 : encapsulation.vxlan6) &&
        nodeIp(node, version) !== undefined &&
        vxlanTunnelAddress(node, version) !== undefined,
    ),
    deviceProtocol: device,
    otherProtocol: device === BOOT_PROTOCOL ? OTHER_PROTOCOL : device,
    problems: [],
  };
}

export function versions(settings: FelixSettings): readonly IpVersion[] {
  return settings.ipv6Support ? [4, 6] : [4];
}

/** `src` of every route of ours in the main table. */
export function routeSourceAddress(settings: FelixSettings, version: IpVersion): Ip | undefined {
  return version === 4 ? settings.deviceRouteSource4 : settings.deviceRouteSource6;
}

/** What turns a tunnel on, where no pool asks for it. */
const SWITCHES = {
  VXLAN: { 4: "vxlanEnabled", 6: "vxlanEnabled" },
  IPIP: { 4: "ipipEnabled", 6: "ipipEnabled" },
  WireGuard: { 4: "wireguardEnabled", 6: "wireguardEnabled6" },
} as const;

/**
 * Why a tunnel's entries exist, by the remote node that they lead to. Who asked for the tunnel is the first pool with
 * that encapsulation, else the FelixConfiguration that turns it on.
 */
export function tunnelReasons(
  { cluster: { model }, node: here }: RoutingContext,
  tunnel: keyof typeof SWITCHES,
  version: IpVersion,
): (node: string | undefined) => Reason {
  const type = tunnel.toLowerCase();
  const pool = [...model.all("ip-pool").values()]
    .filter((candidate) => candidate.cidr.version === version && poolType(candidate) === type)
    .toSorted((a, b) => compareText(a.name, b.name))[0];
  const switchedOn = () =>
    configsInForce(model.all("felix-config").values(), here).find(
      ({ settings }) => settings[SWITCHES[tunnel][version]] === true,
    );
  const { origin } = pool ?? switchedOn() ?? {};
  return (node) => ({ kind: "tunnel", tunnel, version, node, origin });
}
