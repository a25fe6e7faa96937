import type { BgpIr } from "../ir/bgp-ir.ts";
import type { Node, WorkloadEndpoint } from "../ir/cluster-model.ts";
import type { FelixSettings } from "../ir/felix-config.ts";
import type { IpSet, IpSetId, LocalWorkload, NatIr, NodeIr } from "../ir/node-ir.ts";
import type { RoutingIr } from "../ir/routing-ir.ts";
import type { Cidr } from "../net/cidr.ts";
import { absentNode } from "./absent-node.ts";
import type { ActivePolicies } from "./active-policies.ts";
import { resolveNodeBgp } from "./bgp/resolve.ts";
import { Cell, sameElements } from "./cell.ts";
import { chooseWorkloads } from "./choose-workloads.ts";
import type { Counters } from "./counters.ts";
import type { IpSets } from "./ip-sets.ts";
import type { LabelClasses } from "./label-classes.ts";
import type { LocalEndpoints } from "./local-endpoints.ts";
import type { ModelStore } from "./model-store.ts";
import { resolveNat } from "./nat.ts";
import { NodeEndpoints } from "./node-endpoints.ts";
import { NodePrograms } from "./node-programs.ts";
import { compareText } from "./order.ts";
import type { Programs } from "./programs.ts";
import { type ResolvedHost, resolveHosts } from "./resolve-hosts.ts";
import type { RoutingOptions } from "./routing/context.ts";
import { resolveRouting } from "./routing/resolve-routing.ts";
import type { SharedParts } from "./shared-parts.ts";
import { dscpSources, thisHost } from "./static-sets.ts";

/** The cluster-wide state that nodes are seen against. */
export interface Cluster {
  readonly store: ModelStore;
  readonly routing: RoutingOptions;
  readonly classes: LabelClasses;
  readonly policies: ActivePolicies;
  readonly programs: Programs;
  readonly ipSets: IpSets;
  readonly local: LocalEndpoints;
  readonly shared: SharedParts;
  readonly counters: Counters;
}

/** One node's IR, part by part; a part is looked at again only when something that it depends on has changed. */
export class NodeView {
  readonly #name: string;
  readonly #absent: Node;
  readonly #cluster: Cluster;
  readonly #endpoints: NodeEndpoints;
  readonly #programs: NodePrograms;
  readonly #settings = new Cell<FelixSettings>();
  readonly #chosen = new Cell<readonly WorkloadEndpoint[]>();
  readonly #resolved = new Cell<readonly ResolvedHost[]>();
  readonly #encapsulation = new Cell<NodeIr["encapsulation"]>();
  readonly #serviceLoopCidrs = new Cell<readonly Cidr[]>();
  readonly #sharedSets = new Map<IpSetId, Cell<IpSet>>();
  readonly #thisHost = new Cell<IpSet>();
  readonly #dscpSources = new Cell<IpSet>();
  readonly #nat = new Cell<NatIr>();
  readonly #bgp = new Cell<BgpIr>();
  readonly #routingCell = new Cell<RoutingIr>();
  #ipSets: readonly IpSet[] = [];
  #revision = -1;
  #ir: NodeIr | undefined;

  constructor(name: string, cluster: Cluster) {
    this.#name = name;
    this.#absent = absentNode(name);
    this.#cluster = cluster;
    this.#endpoints = new NodeEndpoints(cluster.classes, cluster.policies);
    this.#programs = new NodePrograms(cluster.store, cluster.programs, cluster.ipSets);
  }

  /** Expects the label classes to be up to date. */
  ir(): NodeIr {
    const { store, counters } = this.#cluster;
    if (this.#ir !== undefined && this.#revision === store.totalRevision) return this.#ir;
    counters.nodesRebuilt++;
    this.#revision = store.totalRevision;
    const ir = this.#build();
    if (this.#ir === undefined || !sameElements(Object.values(this.#ir), Object.values(ir))) this.#ir = ir;
    return this.#ir;
  }

  /** Lets go of what is shared with other nodes; the view is of no use afterwards. */
  release(): void {
    this.#programs.release();
  }

  #build(): NodeIr {
    const { store, shared, local, policies } = this.#cluster;
    const node = store.get("node", this.#name) ?? this.#absent;
    const endpoints = local.on(this.#name);
    const settings = this.#settings.get([store.revision("felix-config"), node.labels], () =>
      shared.settings(node),
    );
    const encapsulation = same(this.#encapsulation, shared.encapsulation(settings));
    const chosen = this.#chosen.get(
      [endpoints.revision, settings],
      () => chooseWorkloads(endpoints.workloads.values(), settings).chosen,
    );
    const resolved = this.#resolved.get(
      [endpoints.revision, node, settings],
      () => resolveHosts(endpoints.hosts.values(), node.interfaces, settings).resolved,
    );
    this.#endpoints.update(chosen, resolved);
    const { workloads, hosts } = this.#endpoints;
    this.#programs.update(workloads, hosts, policies.neededEverywhere);
    const bgp = shared.bgp();
    return {
      node: this.#name,
      settings,
      ipSets: this.#sets(node, settings, chosen, resolved),
      policies: this.#programs.policies,
      profiles: this.#programs.profiles,
      workloads,
      hostEndpoints: hosts,
      nat: this.#nat.get([chosen, resolved, node, settings, encapsulation, store.revision("ip-pool")], () =>
        resolveNat({
          pools: store.all("ip-pool").values(),
          node,
          settings,
          encapsulation,
          workloads: chosen,
          hosts: resolved.map(({ endpoint }) => endpoint),
        }),
      ),
      serviceLoopCidrs: same(this.#serviceLoopCidrs, shared.serviceLoopCidrs(settings)),
      encapsulation,
      routing: this.#routing(node, settings, chosen, workloads),
      bgp: this.#bgp.get([bgp, node, settings], () => resolveNodeBgp(bgp, node, settings, () => {})),
    };
  }

  /** `resolveRouting` looks up the labels of local workloads, hence their objects and their profiles. */
  #routing(
    node: Node,
    settings: FelixSettings,
    chosen: readonly WorkloadEndpoint[],
    workloads: readonly LocalWorkload[],
  ): RoutingIr {
    const { store, shared } = this.#cluster;
    const routes = shared.clusterRoutes(settings);
    const kinds = (["profile", "node", "ip-pool", "bgp-peer", "bgp-config", "felix-config"] as const).map(
      (kind) => store.revision(kind),
    );
    return this.#routingCell.get([node, settings, routes, chosen, workloads, ...kinds], () =>
      resolveRouting(routes, node, settings, workloads, this.#cluster.routing),
    );
  }

  #sets(
    node: Node,
    settings: FelixSettings,
    chosen: readonly WorkloadEndpoint[],
    resolved: readonly ResolvedHost[],
  ): readonly IpSet[] {
    const { shared } = this.#cluster;
    const fixed = [
      ...shared.sets(settings).map((set) => this.#shared(set)),
      this.#thisHost.get([node], () => thisHost(node)),
      this.#dscpSources.get([chosen, resolved], () =>
        dscpSources(
          chosen,
          resolved.map(({ endpoint }) => endpoint),
        ),
      ),
    ].sort((a, b) => compareText(a.id, b.id));
    const sets = mergeById(this.#programs.sets(), fixed);
    if (!sameElements(sets, this.#ipSets)) this.#ipSets = sets;
    return this.#ipSets;
  }

  #shared(set: IpSet): IpSet {
    let cell = this.#sharedSets.get(set.id);
    if (cell === undefined) {
      cell = new Cell();
      this.#sharedSets.set(set.id, cell);
    }
    return same(cell, set);
  }
}

/** Both are sorted; a few among very many, at every change of the cluster. */
function mergeById(many: readonly IpSet[], few: readonly IpSet[]): readonly IpSet[] {
  const merged = many.slice();
  for (const set of few) merged.splice(placeOf(set.id, merged), 0, set);
  return merged;
}

/** Index of the first set whose id is not below. */
function placeOf(id: IpSetId, sorted: readonly IpSet[]): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as IpSet).id < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The last value where this one is equal: other settings may lead to another object with the same content. */
function same<T>(cell: Cell<T>, value: T): T {
  return cell.get([value], () => value);
}
