import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import { type BgpIr, type BgpSession, NO_BGP, type RouteFilter } from "../../ir/bgp-ir.ts";
import type { ClusterModel, Node } from "../../ir/cluster-model.ts";
import type { FelixConfig, FelixSettings } from "../../ir/felix-config.ts";
import { formatIp } from "../../net/ip.ts";
import { configsInForce } from "../felix-settings.ts";
import { compareText } from "../order.ts";
import { blocksByNode, type NodeBlock } from "./blocks.ts";
import { type FilterLists, resolveFilters } from "./filters.ts";
import { checkMesh, meshNodes } from "./mesh.ts";
import { type BgpNode, BgpNodes, checkRouterIds } from "./nodes.ts";
import { checkOwnership, type UsedEncapsulations, usedEncapsulations } from "./ownership.ts";
import { PeerIndex } from "./peer-index.ts";
import { planPeers } from "./plans.ts";
import { type FamilyPolicies, familyOf, familyPolicies } from "./policies.ts";
import { ServiceRoutes } from "./services.ts";
import { peeringAddress } from "./session.ts";
import { sessionsOf } from "./sessions.ts";
import { type BgpSettings, clusterSettings, logLevel, nodeConfig } from "./settings.ts";
import { WorkloadPeers } from "./workloads.ts";

export interface BgpOptions {
  /** `hash`: of the node name, as `CALICO_ROUTER_ID=hash` does; nodes without an IPv4 address always use it. */
  readonly routerIds?: "address" | "hash";
}

/** Everything about BGP that is the same for all nodes; immutable, valid for one state of the model. */
export interface BgpCluster {
  readonly model: ClusterModel;
  readonly settings: BgpSettings;
  readonly nodes: BgpNodes;
  readonly mesh: readonly BgpNode[];
  readonly peers: PeerIndex;
  readonly filters: ReadonlyMap<string, FilterLists>;
  readonly families: readonly [FamilyPolicies, FamilyPolicies];
  readonly blocks: ReadonlyMap<string, readonly NodeBlock[]>;
  readonly services: ServiceRoutes;
  readonly workloads: WorkloadPeers;
  readonly encapsulations: UsedEncapsulations;
  /** Some BGPPeer looks at workloads: then their changes matter too. */
  readonly readsWorkloads: boolean;
}

/** The cluster-wide part, done once per state of the model. Reports what is wrong with the topology. */
export function prepareBgp(model: ClusterModel, report: Report, options: BgpOptions = {}): BgpCluster {
  const settings = clusterSettings(model);
  const nodes = new BgpNodes(model, settings, options.routerIds ?? "address");
  const filters = resolveFilters(model, report);
  const plans = planPeers(model, settings, nodes, filters, report);
  const mesh = meshNodes(settings, nodes);
  const readsWorkloads = plans.some(({ remote }) => remote.kind === "local-workloads");
  checkRouterIds(nodes, report);
  checkMesh(settings, mesh, report);
  checkConfigurations(model, report);
  return {
    model,
    settings,
    nodes,
    mesh,
    peers: new PeerIndex(plans),
    filters,
    families: [familyPolicies(model, settings, nodes, 4), familyPolicies(model, settings, nodes, 6)],
    blocks: blocksByNode(model),
    services: new ServiceRoutes(model, settings),
    workloads: new WorkloadPeers(model, readsWorkloads),
    encapsulations: usedEncapsulations(model),
    readsWorkloads,
  };
}

/** What one node's speaker must do. `felix` is the node's merged FelixConfiguration. */
export function resolveNodeBgp(cluster: BgpCluster, node: Node, felix: FelixSettings, report: Report): BgpIr {
  const { settings } = cluster;
  const self = cluster.nodes.byName.get(node.name);
  if (self === undefined) return NO_BGP;
  const owner = settings.config ?? ownerConfig(cluster.model, node);
  checkOwnership(settings, felix, owner, cluster.encapsulations, report);
  const own = nodeConfig(cluster.model, node.name);
  const { sessions, gateways } = sessionsOf(
    self,
    cluster.peers.of(self),
    self.clusterId === undefined ? cluster.mesh : [],
    settings,
    (plan) => cluster.workloads.of(node.name, plan),
    report,
  );
  checkReflector(self, sessions, report);
  checkWorkloadPeers(sessions, settings, felix, report);
  const facts = {
    self,
    own,
    blocks: blocksOf(cluster, self, felix),
    services: cluster.services,
    gateways,
  };
  return {
    kind: "speaker",
    routerId: self.routerId,
    asNumber: self.asNumber,
    listenPort: self.listenPort ?? 179,
    bindNodeIp: settings.bindNodeIp,
    log: logLevel(settings.config, own),
    ignoredInterfaces: settings.config?.ignoredInterfaces ?? [],
    workloadInterfaces: felix.interfacePrefixes.map((prefix) => `${prefix}*`),
    clusterRouteProtocol: clusterRouteProtocol(felix),
    families: cluster.families.map((policies) => familyOf(policies, facts)),
    filters: filtersOf(cluster, sessions),
    peers: sessions,
  };
}

/** The FelixConfiguration that says who programs cluster routes on the node. */
function ownerConfig(model: ClusterModel, node: Node): FelixConfig | undefined {
  return configsInForce(model.all("felix-config").values(), node).find(
    ({ settings }) => settings.programClusterRoutes !== undefined,
  );
}

/** Where workload routes alone decide, IPAM is not Calico's: the node's pod CIDRs take the place of blocks. */
function blocksOf(cluster: BgpCluster, self: BgpNode, felix: FelixSettings): readonly NodeBlock[] {
  if (felix.routeSource !== "WorkloadIPs") return cluster.blocks.get(self.name) ?? [];
  return self.node.podCidrs.map((cidr) => ({ cidr, confirmed: true, origin: self.node.origin }));
}

/** Felix's rule: 80 for cluster routes, unless the user chose a protocol, which then serves for everything. */
function clusterRouteProtocol(felix: FelixSettings): number {
  return felix.deviceRouteProtocol === 3 ? 80 : felix.deviceRouteProtocol;
}

/** Only lists that a session calls; in the order of names, IPv4 first, import first. */
function filtersOf(cluster: BgpCluster, sessions: readonly BgpSession[]): readonly RouteFilter[] {
  const called = new Set<string>();
  for (const { version, importFilters, exportFilters } of sessions) {
    for (const name of importFilters) called.add(`${name} ${version} import`);
    for (const name of exportFilters) called.add(`${name} ${version} export`);
  }
  const names = [...new Set([...called].map((key) => key.slice(0, key.indexOf(" "))))].sort(compareText);
  return names.flatMap((name) =>
    (cluster.filters.get(name) ?? []).filter((list) =>
      called.has(`${name} ${list.version} ${list.direction}`),
    ),
  );
}

function checkReflector(self: BgpNode, sessions: readonly BgpSession[], report: Report): void {
  if (self.clusterId === undefined || sessions.some((session) => session.reflectorCluster !== undefined))
    return;
  report(
    "bgp/reflector-without-clients",
    { node: self.name, cluster: formatIp(self.clusterId) },
    at(self.node.origin, "spec", "bgp", "routeReflectorClusterID"),
  );
}

/**
 * It is the workload that dials. What its policies allow is dropped all the same (dataplane §1.6), and
 * without an address to dial Felix holds its endpoint to be in error (felix/dataplane/linux/endpoint_mgr.go).
 */
function checkWorkloadPeers(
  sessions: readonly BgpSession[],
  settings: BgpSettings,
  felix: FelixSettings,
  report: Report,
): void {
  for (const { scope, version, resources, origin } of sessions) {
    const [peer] = resources;
    if (scope !== "local-workload" || peer === undefined || origin === undefined) continue;
    const place = at(origin, "spec", "localWorkloadSelector");
    if (felix.defaultEndpointToHostAction === "DROP") report("bgp/workload-peer-dropped", { peer }, place);
    if (peeringAddress(settings, version) === undefined)
      report("bgp/workload-peer-without-address", { peer, version }, place);
  }
}

/** Only `default` and `node.<name>` are read; a node's own may exist before its node does. */
function checkConfigurations(model: ClusterModel, report: Report): void {
  for (const config of model.all("bgp-config").values())
    if (config.name !== "default" && !config.name.startsWith("node."))
      report("bgp/configuration-not-used", { name: config.name }, config.origin);
}
