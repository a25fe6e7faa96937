import type { Report } from "../diagnostics/bag.ts";
import type {
  ClusterModel,
  ModelKind,
  ModelObject,
  ModelOf,
  ModelUpdate,
  Policy,
  Profile,
} from "../ir/cluster-model.ts";
import type { NodeIr } from "../ir/node-ir.ts";
import { ActivePolicies } from "./active-policies.ts";
import type { BgpOptions } from "./bgp/resolve.ts";
import { sameData } from "./cell.ts";
import { type Counters, zeroCounters } from "./counters.ts";
import { diagnose } from "./diagnose.ts";
import { IpSets } from "./ip-sets.ts";
import type { LabelledObject } from "./item.ts";
import { LabelClasses } from "./label-classes.ts";
import { LocalEndpoints } from "./local-endpoints.ts";
import { ModelStore } from "./model-store.ts";
import { type Cluster, NodeView } from "./node-view.ts";
import { compareText } from "./order.ts";
import { Programs } from "./programs.ts";
import type { RoutingOptions } from "./routing/context.ts";
import { ruleSelectors } from "./rules.ts";
import { SharedParts } from "./shared-parts.ts";
import { Vocabulary } from "./vocabulary.ts";

/** What the resources do not say, and what is a choice of whoever compiles. */
export interface EngineOptions {
  readonly routing?: RoutingOptions;
  readonly bgp?: BgpOptions;
}

/**
 * The middle of the compiler: cluster objects in, one IR per node out. It takes whole snapshots and single changes
 * alike; what it answers depends on the objects that are there now, never on how they came to be there. Changes are
 * only noted by `update`; the work is done when a node's IR is asked for, and follows what has changed since.
 */
export class Engine {
  readonly model: ClusterModel;
  readonly #counters = zeroCounters();
  readonly #store = new ModelStore();
  readonly #vocabulary = new Vocabulary();
  readonly #cluster: Cluster;
  readonly #views = new Map<string, NodeView>();

  constructor(options: EngineOptions = {}) {
    const store = this.#store;
    const counters = this.#counters;
    const programs = new Programs(counters);
    const classes = new LabelClasses(
      this.#vocabulary,
      {
        profile: (name) => store.get("profile", name),
        labelled: (kind, key) => labelled(store.get(kind, key)),
        // One that exists is forgotten when it is deleted.
        profileUnnamed: (name) => {
          if (store.get("profile", name) === undefined) programs.forgetProfile(name);
        },
      },
      counters,
    );
    const ipSets = new IpSets(classes, counters);
    const policies = new ActivePolicies(classes, (name) => store.get("tier", name), counters);
    classes.listen(ipSets);
    classes.listen(policies);
    this.model = store;
    this.#cluster = {
      store,
      classes,
      ipSets,
      policies,
      programs,
      local: new LocalEndpoints(),
      shared: new SharedParts(store, options.bgp),
      routing: options.routing ?? {},
      counters,
    };
  }

  /** Work done so far; a copy. */
  get counters(): Readonly<Counters> {
    return { ...this.#counters };
  }

  update(changes: Iterable<ModelUpdate>): void {
    for (const change of changes) {
      const { before, changed } = this.#store.apply(change);
      if (changed) this.#note(change, before);
    }
  }

  /** Sorted. */
  nodeNames(): readonly string[] {
    return [...this.#store.all("node").keys()].sort(compareText);
  }

  /** Also for a node that does not exist: it then has no more than its defaults. */
  nodeIr(node: string): NodeIr {
    this.#cluster.classes.flush();
    let view = this.#views.get(node);
    if (view === undefined) {
      view = new NodeView(node, this.#cluster);
      this.#views.set(node, view);
    }
    return view.ir();
  }

  /** What is wrong in the current state, all nodes together. */
  diagnostics(report: Report): void {
    this.#cluster.classes.flush();
    diagnose(this.#cluster, report);
  }

  /** Tells each part of the cluster state about a change of one object. */
  #note({ key, value }: ModelUpdate, before: ModelObject | undefined): void {
    const object = value ?? before;
    switch (object?.kind) {
      case "tier":
        this.#cluster.policies.tiersChanged();
        break;
      case "policy":
        this.#notePolicy(key, asKind("policy", value), asKind("policy", before));
        break;
      case "profile":
        this.#noteProfile(key, asKind("profile", value), asKind("profile", before));
        break;
      case "workload-endpoint":
        this.#cluster.local.move(asKind("workload-endpoint", before), asKind("workload-endpoint", value));
        this.#cluster.classes.touchObject("workload-endpoint", key);
        break;
      case "host-endpoint":
        this.#cluster.local.move(asKind("host-endpoint", before), asKind("host-endpoint", value));
        this.#cluster.classes.touchObject("host-endpoint", key);
        break;
      case "network-set":
        this.#cluster.classes.touchObject("network-set", key);
        break;
      case "service-slice":
        this.#cluster.ipSets.setSlice(key, asKind("service-slice", value));
        break;
      case "block":
        this.#cluster.shared.noteBlock(asKind("block", before), asKind("block", value));
        break;
      case "node":
        if (value === undefined) this.#dropView(key);
        break;
      case "abstract-endpoint":
        // Without address and node: for checks and queries, not for a dataplane.
        break;
      case "service":
      case "ip-pool":
      case "block-affinity":
      case "bgp-config":
      case "bgp-peer":
      case "bgp-filter":
      case "felix-config":
      case undefined:
        // Read from the store where they are needed.
        break;
    }
  }

  #notePolicy(key: string, policy: Policy | undefined, before: Policy | undefined): void {
    const { policies, programs } = this.#cluster;
    if (policy !== undefined)
      for (const selector of [policy.selector, ...ruleSelectors(policy)]) this.#vocabulary.add(selector);
    if (before !== undefined)
      for (const selector of [before.selector, ...ruleSelectors(before)]) this.#vocabulary.remove(selector);
    policies.setPolicy(key, policy);
    if (policy === undefined) programs.forgetPolicy(key);
  }

  #noteProfile(key: string, profile: Profile | undefined, before: Profile | undefined): void {
    const { classes, programs } = this.#cluster;
    if (profile !== undefined) for (const selector of ruleSelectors(profile)) this.#vocabulary.add(selector);
    if (before !== undefined) for (const selector of ruleSelectors(before)) this.#vocabulary.remove(selector);
    if (!sameData(profile?.labelsToApply ?? {}, before?.labelsToApply ?? {})) classes.touchProfile(key);
    if (profile === undefined) programs.forgetProfile(key);
  }

  #dropView(node: string): void {
    this.#views.get(node)?.release();
    this.#views.delete(node);
  }
}

/** A finished pod has no address: it selects nothing and nothing selects it. */
function labelled(object: LabelledObject | undefined): LabelledObject | undefined {
  return object?.kind === "workload-endpoint" && object.addresses.length === 0 ? undefined : object;
}

/** Objects under one kind's key are of that kind. */
function asKind<K extends ModelKind>(kind: K, object: ModelObject | undefined): ModelOf<K> | undefined {
  return object?.kind === kind ? (object as ModelOf<K>) : undefined;
}
