import type { BgpConfig } from "../ir/bgp-model.ts";
import type { Block, ModelKind, Node } from "../ir/cluster-model.ts";
import type { FelixSettings } from "../ir/felix-config.ts";
import type { IpSet, NodeIr } from "../ir/node-ir.ts";
import { type Cidr, compareCidr } from "../net/cidr.ts";
import { type BgpCluster, type BgpOptions, prepareBgp } from "./bgp/resolve.ts";
import { Cell, Memo, sameData } from "./cell.ts";
import { resolveFelixSettings } from "./felix-settings.ts";
import type { ModelStore } from "./model-store.ts";
import { buildClusterRoutes, type ClusterRoutes } from "./routing/cluster-routes.ts";
import { resolveEncapsulation } from "./routing/encapsulation.ts";
import { hostsNet, masqueradePools, networkPools, vtepsNet } from "./static-sets.ts";

type Encapsulation = NodeIr["encapsulation"];

/** What depends on a node's settings only: nodes with equal settings share it. */
class SettingsParts {
  readonly encapsulation = new Cell<Encapsulation>();
  readonly serviceLoopCidrs = new Cell<readonly Cidr[]>();
  readonly hosts = new Cell<IpSet>();
  readonly vteps = new Cell<IpSet>();
}

/** The parts of the IR that are the same on many nodes; each is worked out once for all of them. */
export class SharedParts {
  readonly bgpOptions: BgpOptions;
  readonly #store: ModelStore;
  readonly #networkPools = new Cell<IpSet>();
  readonly #masqueradePools = new Cell<IpSet>();
  readonly #parts = new WeakMap<FelixSettings, SettingsParts>();
  readonly #clusterRoutes = {
    CalicoIPAM: new Cell<ClusterRoutes>(),
    WorkloadIPs: new Cell<ClusterRoutes>(),
  };
  readonly #bgp = new Memo<BgpCluster>();
  #peersWithWorkloads = false;
  #blockRevision = 0;
  /** The distinct settings that nodes have asked for since the last change of a FelixConfiguration, and before it. */
  #settings: FelixSettings[] = [];
  #earlierSettings: readonly FelixSettings[] = [];
  #settingsRevision = 0;

  constructor(store: ModelStore, bgp: BgpOptions = {}) {
    this.#store = store;
    this.bgpOptions = bgp;
  }

  /** The same object for equal settings, whichever node has them. */
  settings(node: Pick<Node, "name" | "labels">): FelixSettings {
    const revision = this.#store.revision("felix-config");
    if (revision !== this.#settingsRevision) {
      this.#settingsRevision = revision;
      this.#earlierSettings = this.#settings;
      this.#settings = [];
    }
    const resolved = resolveFelixSettings(this.#store.all("felix-config").values(), node);
    const isEqual = (known: FelixSettings) => sameData(known, resolved);
    const current = this.#settings.find(isEqual);
    if (current !== undefined) return current;
    const settings = this.#earlierSettings.find(isEqual) ?? resolved;
    this.#settings.push(settings);
    return settings;
  }

  encapsulation(settings: FelixSettings): Encapsulation {
    return this.#of(settings).encapsulation.get([this.#store.revision("ip-pool")], () =>
      resolveEncapsulation(this.#store.all("ip-pool").values(), settings),
    );
  }

  /** The allocations of a block change with every pod; routes follow only from those that others hold. */
  noteBlock(before: Block | undefined, after: Block | undefined): void {
    if (!sameData(routedPart(before), routedPart(after))) this.#blockRevision++;
  }

  clusterRoutes({ routeSource }: FelixSettings): ClusterRoutes {
    const kinds = routeSource === "WorkloadIPs" ? (["workload-endpoint"] as const) : [];
    const inputs = (["ip-pool", "node", ...kinds] as const).map((kind) => this.#store.revision(kind));
    return this.#clusterRoutes[routeSource].get([this.#blockRevision, ...inputs], () =>
      buildClusterRoutes(this.#store, routeSource),
    );
  }

  /** What all nodes' speakers have in common. Its findings are `diagnose`'s business, hence no report. */
  bgp(): BgpCluster {
    const store = this.#store;
    const kinds: ModelKind[] = [
      "node",
      "bgp-config",
      "bgp-peer",
      "bgp-filter",
      "ip-pool",
      "block-affinity",
      "felix-config",
    ];
    // Slices change with every pod, and matter only where services are announced; workloads where they are peers.
    if (announcesServices(store.get("bgp-config", "default"))) kinds.push("service", "service-slice");
    if (this.#peersWithWorkloads) kinds.push("workload-endpoint", "profile");
    const revisions = kinds.map((kind) => store.revision(kind));
    const cluster = this.#bgp.get([this.#blockRevision, ...revisions], () =>
      prepareBgp(store, () => {}, this.bgpOptions),
    );
    this.#peersWithWorkloads = cluster.readsWorkloads;
    return cluster;
  }

  /** Service ranges whose packets must not leave the host again: no service took them (dataplane §1.6). */
  serviceLoopCidrs(settings: FelixSettings): readonly Cidr[] {
    return this.#of(settings).serviceLoopCidrs.get([this.#store.revision("bgp-config")], () => {
      const config = this.#store.get("bgp-config", "default");
      if (config === undefined || settings.serviceLoopPrevention === "Disabled") return [];
      return [...config.serviceClusterIps, ...config.serviceExternalIps, ...config.serviceLoadBalancerIps]
        .sort(compareCidr)
        .filter((cidr, i, all) => i === 0 || compareCidr(all[i - 1] ?? cidr, cidr) !== 0);
    });
  }

  /** The sets whose content does not depend on the node (dataplane §5.1). */
  sets(settings: FelixSettings): readonly IpSet[] {
    const pools = this.#store.all("ip-pool");
    const poolRevision = this.#store.revision("ip-pool");
    const nodes = this.#store.all("node");
    const nodeRevision = this.#store.revision("node");
    const encapsulation = this.encapsulation(settings);
    const parts = this.#of(settings);
    const sets = [
      this.#networkPools.get([poolRevision], () => networkPools(pools.values())),
      this.#masqueradePools.get([poolRevision], () => masqueradePools(pools.values())),
    ];
    const exclusions = settings.natOutgoingExclusions === "IPPoolsAndHostIPs";
    if (encapsulation.ipip || exclusions)
      sets.push(
        parts.hosts.get([nodeRevision, encapsulation], () =>
          hostsNet(nodes.values(), settings, exclusions ? [4, 6] : [4]),
        ),
      );
    if (encapsulation.vxlan4 || encapsulation.vxlan6)
      sets.push(
        parts.vteps.get([nodeRevision, encapsulation], () =>
          vtepsNet(nodes.values(), settings, encapsulation),
        ),
      );
    return sets;
  }

  #of(settings: FelixSettings): SettingsParts {
    let parts = this.#parts.get(settings);
    if (parts === undefined) {
      parts = new SettingsParts();
      this.#parts.set(settings, parts);
    }
    return parts;
  }
}

function announcesServices(config: BgpConfig | undefined): boolean {
  if (config === undefined) return false;
  const { serviceClusterIps, serviceExternalIps, serviceLoadBalancerIps } = config;
  return serviceClusterIps.length + serviceExternalIps.length + serviceLoadBalancerIps.length > 0;
}

function routedPart(block: Block | undefined): unknown {
  if (block === undefined) return undefined;
  const { cidr, affinity, allocations, origin } = block;
  const lent = allocations.filter(({ node }) => node !== undefined && node !== affinity);
  return { cidr, affinity, origin, lent: lent.map(({ ip, node }) => ({ ip, node })) };
}
