import type { Node } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import type { Reason, Route, RoutingRule, WireguardPeer } from "../../ir/routing-ir.ts";
import {
  type Cidr,
  cidrContains,
  cidrKey,
  compareCidr,
  type Ip,
  type IpVersion,
  isSingleAddress,
} from "../../net/cidr.ts";
import { compareText } from "../order.ts";
import type { ClusterRoute } from "./cluster-routes.ts";
import { type RoutingContext, tunnelReasons, versions } from "./context.ts";
import { tunnelMtu } from "./mtu.ts";
import { hostIp, wireguardPublicKey, wireguardTunnelAddress } from "./node-addresses.ts";
import { deviceAddress, type TunnelParts } from "./tunnel-devices.ts";

export interface WireguardParts extends TunnelParts {
  readonly peers: readonly WireguardPeer[];
  readonly rules: readonly RoutingRule[];
  readonly routes: readonly Route[];
}

export function wireguardDevice(settings: FelixSettings, version: IpVersion): string {
  return version === 4 ? settings.wireguardInterface : settings.wireguardInterface6;
}

/** Both versions share the first auxiliary table, as in Felix. */
export function wireguardTable(settings: FelixSettings): number {
  return settings.routeTableRanges[0]?.first ?? 1;
}

/** The sixth bit of Felix's mask, from below: 0x200000 of the default 0xffff0000. */
export function wireguardMark(settings: FelixSettings): number | undefined {
  const bits = Array.from({ length: 32 }, (_, i) => (1 << i) >>> 0);
  return bits.filter((bit) => (settings.markMask & bit) !== 0)[5];
}

/**
 * The encrypted overlay: the device, its peers, a rule that sends everything but its own encrypted packets to its
 * table, and in that table what goes to each peer; what must not be encrypted is thrown back to the main table.
 * Private keys are made on the host. Source: routing-bgp.md §1.11.
 */
export function wireguardParts(context: RoutingContext): readonly WireguardParts[] {
  const { encapsulation } = context;
  return versions(context.settings).flatMap((version) =>
    (version === 4 ? encapsulation.wireguard4 : encapsulation.wireguard6) ? partsOf(context, version) : [],
  );
}

function partsOf(context: RoutingContext, version: IpVersion): readonly WireguardParts[] {
  const { settings } = context;
  const reason = tunnelReasons(context, "WireGuard", version);
  const mark = wireguardMark(settings);
  if (mark === undefined) {
    context.problems.push({ kind: "no-wireguard-mark", reason: reason(undefined) });
    return [];
  }
  const name = wireguardDevice(settings, version);
  const own = wireguardTunnelAddress(context.node, version);
  const address = own ?? (settings.wireguardHostEncryption ? context.ip[version] : undefined);
  if (address === undefined)
    context.problems.push({ kind: "no-tunnel-address", version, reason: reason(undefined) });
  const table = wireguardTable(settings);
  const remotes = remoteNodes(context, version, reason);
  return [
    {
      links: [
        {
          kind: "wireguard",
          name,
          listenPort: listenPort(settings, version),
          mark,
          mtu: tunnelMtu("wireguard", version, settings, context.options.hostMtu),
          reason: reason(undefined),
        },
      ],
      addresses: address === undefined ? [] : [deviceAddress(name, address, reason(undefined))],
      neighbours: [],
      fdb: [],
      peers: remotes.flatMap((remote) => toPeer(settings, name, version, remote)),
      rules: [
        {
          version,
          priority: settings.wireguardRulePriority,
          not: true,
          mark,
          mask: mark,
          table,
          reason: reason(undefined),
        },
      ],
      routes: [
        ...remotes.flatMap((remote) => remoteRoutes(context, name, remote)),
        ...localNetworks(context, version).map((cidr) =>
          tableRoute(context, cidr, { kind: "throw" }, reason(undefined)),
        ),
      ],
    },
  ];
}

/** A node behind the overlay; `peer` absent = it has no usable key, so that its traffic stays as it is. */
interface RemoteNode {
  readonly networks: readonly Cidr[];
  readonly peer: { readonly publicKey: string; readonly endpoint: Ip } | undefined;
  readonly reason: Reason;
}

function remoteNodes(
  context: RoutingContext,
  version: IpVersion,
  reason: (node: string | undefined) => Reason,
): readonly RemoteNode[] {
  const networks = Map.groupBy(
    context.cluster.routes.filter((route) => isOverlay(context, route, version)),
    ({ node }) => node,
  );
  const nodes = [...context.cluster.model.all("node").values()]
    .filter(({ name }) => name !== context.node.name)
    .toSorted((a, b) => compareText(a.name, b.name));
  const shared = sharedKeys(context, nodes, version, reason(undefined));
  return nodes.map((node) => {
    const publicKey = wireguardPublicKey(node, version);
    const endpoint = hostIp(node, version);
    const usable = publicKey !== undefined && endpoint !== undefined && !shared.has(publicKey);
    return {
      networks: (networks.get(node.name) ?? []).map(({ cidr }) => cidr),
      peer: usable ? { publicKey, endpoint } : undefined,
      reason: reason(node.name),
    };
  });
}

/** The addresses of the nodes themselves are part of it only with host encryption. */
function isOverlay({ settings }: RoutingContext, route: ClusterRoute, version: IpVersion): boolean {
  if (route.cidr.version !== version) return false;
  return route.workload || route.tunnel || (route.host && settings.wireguardHostEncryption);
}

function sharedKeys(
  context: RoutingContext,
  nodes: readonly Node[],
  version: IpVersion,
  reason: Reason,
): ReadonlySet<string> {
  const holders = Map.groupBy(nodes, (node) => wireguardPublicKey(node, version));
  const shared = new Set<string>();
  for (const [key, nodesOfKey] of holders) {
    if (key === undefined || nodesOfKey.length < 2) continue;
    shared.add(key);
    context.problems.push({
      kind: "shared-wireguard-key",
      nodes: nodesOfKey.map(({ name }) => name),
      reason,
    });
  }
  return shared;
}

function toPeer(
  settings: FelixSettings,
  dev: string,
  version: IpVersion,
  { peer, networks, reason }: RemoteNode,
): readonly WireguardPeer[] {
  if (peer === undefined) return [];
  return [
    {
      dev,
      publicKey: peer.publicKey,
      endpoint: peer.endpoint,
      port: listenPort(settings, version),
      allowedIps: networks.toSorted(compareCidr),
      keepAlive: settings.wireguardKeepAlive,
      reason,
    },
  ];
}

function remoteRoutes(context: RoutingContext, dev: string, remote: RemoteNode): readonly Route[] {
  return remote.networks
    .filter((cidr) => !context.workloadAddresses.has(cidrKey(cidr)))
    .map((cidr) =>
      tableRoute(
        context,
        cidr,
        remote.peer === undefined ? { kind: "throw" } : { kind: "link", dev },
        remote.reason,
      ),
    );
}

/** The node's own networks; an address inside one of its own blocks needs no exception of its own. */
function localNetworks(context: RoutingContext, version: IpVersion): readonly Cidr[] {
  const own = context.cluster.routes.filter(
    (route) => route.node === context.node.name && isOverlay(context, route, version),
  );
  const blocks = own.filter(({ workload, cidr }) => workload && !isSingleAddress(cidr));
  const workloads = context.workloads.flatMap(({ addresses }) => addresses);
  const networks = new Map<number | bigint, Cidr>();
  for (const cidr of [...own.map((route) => route.cidr), ...workloads]) {
    if (cidr.version !== version) continue;
    if (isSingleAddress(cidr) && blocks.some((block) => cidrContains(block.cidr, cidr))) continue;
    networks.set(cidrKey(cidr), cidr);
  }
  return [...networks.values()];
}

function tableRoute(
  context: RoutingContext,
  destination: Cidr,
  target: Route["target"],
  reason: Reason,
): Route {
  return {
    table: wireguardTable(context.settings),
    destination,
    metric: 0,
    target,
    protocol: context.deviceProtocol,
    mtu: undefined,
    source: undefined,
    reason,
  };
}

function listenPort(settings: FelixSettings, version: IpVersion): number {
  return version === 4 ? settings.wireguardPort : settings.wireguardPort6;
}
