import type { Node } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import type { LocalWorkload } from "../../ir/node-ir.ts";
import type { Reason, RoutingIr, RoutingOwnership, RoutingProblem, Sysctl } from "../../ir/routing-ir.ts";
import { compareIp } from "../../net/ip.ts";
import { compareText } from "../order.ts";
import { localBgpWorkloads } from "./bgp-workloads.ts";
import type { ClusterRoutes } from "./cluster-routes.ts";
import { createContext, type RoutingContext, type RoutingOptions, versions } from "./context.ts";
import { programsIpip } from "./encapsulation.ts";
import { podMtu } from "./mtu.ts";
import { addPoolRoutes } from "./pool-routes.ts";
import { RouteCollector } from "./route-collector.ts";
import { IPIP_DEVICE, ipipParts, VXLAN_DEVICES, vxlanParts } from "./tunnel-devices.ts";
import { wireguardDevice, wireguardParts, wireguardTable } from "./wireguard.ts";
import {
  addWorkloadRoutes,
  peeringAddresses,
  workloadNeighbours,
  workloadSysctls,
} from "./workload-routes.ts";

/**
 * All of one node's routing. Pure; `cluster` is shared by all nodes (`buildClusterRoutes`, with the same
 * `routeSource` as in `settings`), so that its cost is paid once per revision.
 *
 * @param workloads the workloads of this node, each interface once, sorted by interface name
 */
export function resolveRouting(
  cluster: ClusterRoutes,
  node: Node,
  settings: FelixSettings,
  workloads: readonly LocalWorkload[],
  options: RoutingOptions = {},
): RoutingIr {
  const context = createContext(cluster, node, settings, workloads, options);
  const wireguard = wireguardParts(context);
  const tunnels = [...vxlanParts(context), ...ipipParts(context), ...wireguard];
  const bgpWorkloads = localBgpWorkloads(context);
  const routes = new RouteCollector();
  if (!settings.routeSyncDisabled) {
    addWorkloadRoutes(context, routes);
    addPoolRoutes(context, routes);
    for (const route of wireguard.flatMap((parts) => parts.routes)) routes.add("wireguard", route);
  }
  return {
    ownership: ownershipOf(context, bgpWorkloads),
    links: tunnels.flatMap(({ links }) => links).toSorted((a, b) => compareText(a.name, b.name)),
    addresses: [
      ...tunnels.flatMap(({ addresses }) => addresses),
      ...peeringAddresses(context, bgpWorkloads),
    ].toSorted(byDeviceAndIp),
    neighbours: [...tunnels.flatMap(({ neighbours }) => neighbours), ...workloadNeighbours(context)].toSorted(
      byDeviceAndIp,
    ),
    fdb: tunnels
      .flatMap(({ fdb }) => fdb)
      .toSorted((a, b) => compareText(a.dev, b.dev) || compareText(a.mac, b.mac)),
    rules: wireguard.flatMap(({ rules }) => rules),
    routes: routes.sorted(),
    sysctls: [...hostSysctls(context), ...workloadSysctls(context)].toSorted((a, b) =>
      compareText(a.key, b.key),
    ),
    wireguardPeers: wireguard
      .flatMap(({ peers }) => peers)
      .toSorted((a, b) => compareText(a.dev, b.dev) || compareText(a.publicKey, b.publicKey)),
    podMtu: podMtu(context.encapsulation, settings, options.hostMtu),
    problems: distinctProblems(context.problems),
  };
}

type OnDevice = { readonly dev: string; readonly ip: Parameters<typeof compareIp>[0] };

function byDeviceAndIp(a: OnDevice, b: OnDevice): number {
  return compareText(a.dev, b.dev) || compareIp(a.ip, b.ip);
}

function ownershipOf(context: RoutingContext, bgpWorkloads: readonly LocalWorkload[]): RoutingOwnership {
  const { settings, deviceProtocol, otherProtocol, encapsulation } = context;
  // Without WireGuard the table and the priority may be anybody's.
  const hasWireguard = encapsulation.wireguard4 || encapsulation.wireguard6;
  return {
    interfacePrefixes: settings.interfacePrefixes,
    interfaceExclude: settings.interfaceExclude,
    removeExternalRoutes: settings.removeExternalRoutes,
    workloadProtocols: [...new Set([deviceProtocol, otherProtocol])],
    bgpPeerInterfaces: bgpWorkloads.map(({ interfaceName }) => interfaceName),
    exclusiveProtocols: [otherProtocol],
    devices: [
      IPIP_DEVICE,
      VXLAN_DEVICES[4],
      VXLAN_DEVICES[6],
      wireguardDevice(settings, 4),
      wireguardDevice(settings, 6),
    ].toSorted(compareText),
    birdRoutesOnIpip: encapsulation.ipip && programsIpip(settings),
    exclusiveDevices: [VXLAN_DEVICES[4], VXLAN_DEVICES[6]].toSorted(compareText),
    tables: hasWireguard ? [wireguardTable(settings)] : [],
    rulePriorities: hasWireguard ? [settings.wireguardRulePriority] : [],
  };
}

/** Switches of the host as a whole. Source: routing-bgp.md §1.4. */
function hostSysctls({ settings, encapsulation }: RoutingContext): readonly Sysctl[] {
  const set = (key: string, reason: Reason, tolerateFailure = false): Sysctl => ({
    key,
    value: "1",
    tolerateFailure,
    reason,
  });
  const forwarding: Reason = { kind: "setting", setting: "ipForwarding" };
  const forwardingKeys = { 4: "net/ipv4/ip_forward", 6: "net/ipv6/conf/all/forwarding" } as const;
  return [
    ...(settings.ipForwarding
      ? versions(settings).map((version) => set(forwardingKeys[version], forwarding))
      : []),
    // The key comes with the conntrack module, which the first rule that needs it loads.
    set("net/netfilter/nf_conntrack_acct", { kind: "host" }, true),
    ...(settings.wireguardHostEncryption && (encapsulation.wireguard4 || encapsulation.wireguard6)
      ? [
          set("net/ipv4/conf/all/src_valid_mark", {
            kind: "setting",
            setting: "wireguardHostEncryptionEnabled",
          }),
        ]
      : []),
  ];
}

const PROBLEM_ORDER: readonly RoutingProblem["kind"][] = [
  "no-node-address",
  "no-tunnel-address",
  "no-parent-interface",
  "no-wireguard-mark",
  "shared-wireguard-key",
];

/** One finding per gateway, however many blocks are behind it. */
function distinctProblems(problems: readonly RoutingProblem[]): readonly RoutingProblem[] {
  const seen = new Set<string>();
  return problems
    .filter((problem) => {
      const key =
        problem.kind === "no-parent-interface"
          ? `${problem.gateway.version} ${problem.gateway.value}`
          : undefined;
      return key === undefined || (!seen.has(key) && seen.add(key));
    })
    .toSorted((a, b) => PROBLEM_ORDER.indexOf(a.kind) - PROBLEM_ORDER.indexOf(b.kind));
}
