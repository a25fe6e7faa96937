import type { Policy, Tier } from "../ir/cluster-model.ts";
import type { PolicyId, PolicyLists, PolicyUse } from "../ir/node-ir.ts";
import type { Selector } from "../syntax/selector/ast.ts";
import { matchesSelector } from "../syntax/selector/match.ts";
import type { Counters } from "./counters.ts";
import type { ClassListener, LabelClass, LabelClasses } from "./label-classes.ts";
import { compareNumbers } from "./order.ts";
import { type HostPolicyLists, hostLists, type PlacedPolicy, workloadLists } from "./policy-lists.ts";
import { SelectorIndex } from "./selector-index.ts";
import { type TierPlace, tierPlace } from "./tier-order.ts";

class Entry implements PlacedPolicy {
  policy: Policy;
  readonly selector: Selector;
  readonly use: PolicyUse;
  /** The watched classes that it selects. */
  readonly classes = new Set<LabelClass>();

  constructor(policy: Policy) {
    this.policy = policy;
    this.selector = policy.selector;
    this.use = { id: policy.key, staged: policy.staged, selector: policy.selector.canonical };
  }
}

/** A class that some node's endpoints are in, with the policies that select it and the lists they make. */
interface Watched {
  readonly entries: Set<Entry>;
  workload: PolicyLists | undefined;
  host: HostPolicyLists | undefined;
}

/**
 * Which policies apply to a class of endpoints, in which order. Answers are worked out for the classes that
 * somebody asks about and kept until a policy, a tier or the class changes; all endpoints of a class share them.
 */
export class ActivePolicies implements ClassListener {
  readonly #classes: LabelClasses;
  readonly #tier: (name: string) => Tier | undefined;
  readonly #counters: Counters;
  readonly #entries = new Map<PolicyId, Entry>();
  readonly #index: SelectorIndex<Entry>;
  readonly #watched = new Map<LabelClass, Watched>();
  readonly #neededEverywhere = new Set<PolicyId>();
  #revision = 0;

  constructor(classes: LabelClasses, tier: (name: string) => Tier | undefined, counters: Counters) {
    this.#classes = classes;
    this.#tier = tier;
    this.#counters = counters;
    this.#index = new SelectorIndex(counters);
  }

  /** Changes whenever the lists of some class may have. */
  get revision(): number {
    return this.#revision;
  }

  /** Policies that every node must have, whether it uses them or not. */
  get neededEverywhere(): Iterable<PolicyId> {
    return this.#neededEverywhere;
  }

  setPolicy(key: PolicyId, policy: Policy | undefined): void {
    if (policy?.neededEverywhere && !policy.staged) this.#neededEverywhere.add(key);
    else this.#neededEverywhere.delete(key);
    const before = this.#entries.get(key);
    if (before !== undefined && policy !== undefined && samePlace(before.policy, policy)) {
      before.policy = policy;
      return;
    }
    if (before !== undefined) this.#remove(before);
    if (policy !== undefined) this.#add(new Entry(policy));
  }

  /** Tiers change seldom, and any of them may be in any list. */
  tiersChanged(): void {
    for (const watched of this.#watched.values()) this.#forgetLists(watched);
  }

  workloadLists(labelClass: LabelClass): PolicyLists {
    const watched = this.#watch(labelClass);
    if (watched.workload === undefined) {
      this.#counters.listsResolved++;
      watched.workload = workloadLists(watched.entries, this.#tierOf);
    }
    return watched.workload;
  }

  hostLists(labelClass: LabelClass): HostPolicyLists {
    const watched = this.#watch(labelClass);
    if (watched.host === undefined) {
      this.#counters.listsResolved++;
      watched.host = hostLists(watched.entries, this.#tierOf);
    }
    return watched.host;
  }

  classMade(): void {}
  itemJoined(): void {}
  itemLeft(): void {}
  itemReplaced(): void {}

  classGone(labelClass: LabelClass): void {
    this.#unwatch(labelClass);
  }

  classRelabelled(labelClass: LabelClass): void {
    this.#unwatch(labelClass);
  }

  readonly #tierOf = (name: string): TierPlace => tierPlace(name, this.#tier(name));

  #watch(labelClass: LabelClass): Watched {
    const known = this.#watched.get(labelClass);
    if (known !== undefined) return known;
    const entries = new Set(this.#index.matching(labelClass));
    for (const entry of entries) entry.classes.add(labelClass);
    const watched: Watched = { entries, workload: undefined, host: undefined };
    this.#watched.set(labelClass, watched);
    return watched;
  }

  #unwatch(labelClass: LabelClass): void {
    const watched = this.#watched.get(labelClass);
    if (watched === undefined) return;
    this.#revision++;
    this.#watched.delete(labelClass);
    for (const entry of watched.entries) entry.classes.delete(labelClass);
  }

  #forgetLists(watched: Watched): void {
    this.#revision++;
    watched.workload = undefined;
    watched.host = undefined;
  }

  #add(entry: Entry): void {
    this.#entries.set(entry.use.id, entry);
    this.#index.insert(entry);
    for (const labelClass of this.#selected(entry.selector)) {
      const watched = this.#watched.get(labelClass);
      if (watched === undefined) continue;
      watched.entries.add(entry);
      entry.classes.add(labelClass);
      this.#forgetLists(watched);
    }
  }

  /** A node has few classes and a cluster may have many: with few watched ones it is cheaper to try them all. */
  #selected(selector: Selector): Iterable<LabelClass> {
    if (this.#watched.size > FEW_CLASSES) return this.#classes.matching(selector);
    return [...this.#watched.keys()].filter((labelClass) => {
      this.#counters.selectorsMatched++;
      return matchesSelector(selector.root, labelClass.get);
    });
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry.use.id);
    this.#index.delete(entry);
    for (const labelClass of entry.classes) {
      const watched = this.#watched.get(labelClass);
      if (watched === undefined) continue;
      watched.entries.delete(entry);
      this.#forgetLists(watched);
    }
  }
}

const FEW_CLASSES = 64;

/** Only their rules differ: whom the policies select, and where they stand in the lists, is the same. */
function samePlace(a: Policy, b: Policy): boolean {
  return (
    a.selector.canonical === b.selector.canonical &&
    a.tier === b.tier &&
    compareNumbers(a.order, b.order) === 0 &&
    a.name === b.name &&
    a.namespace === b.namespace &&
    a.policyKind === b.policyKind &&
    a.staged === b.staged &&
    a.doNotTrack === b.doNotTrack &&
    a.preDnat === b.preDnat &&
    a.applyOnForward === b.applyOnForward &&
    a.directions.join() === b.directions.join()
  );
}
