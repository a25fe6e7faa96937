import type { Profile } from "../ir/cluster-model.ts";
import type { Selector } from "../syntax/selector/ast.ts";
import { matchesSelector } from "../syntax/selector/match.ts";
import { anchorsOf } from "./anchors.ts";
import { CollapsedItems } from "./collapsed-items.ts";
import type { Counters } from "./counters.ts";
import { Item, LABELLED_KINDS, type LabelledKind, type LabelledObject, sameContribution } from "./item.ts";
import { LabelIndex } from "./label-index.ts";
import { type ProfileList, ProfileLists } from "./profile-lists.ts";
import { TouchedKeys } from "./touched-keys.ts";
import { type NewTests, OTHER_VALUE, type Vocabulary } from "./vocabulary.ts";

/**
 * The items that look the same to every live selector: equal projected labels, equal profiles. Selectors are
 * matched once per class.
 */
export class LabelClass {
  readonly key: string;
  readonly profiles: ProfileList;
  /** Projected own labels. */
  readonly own: ReadonlyMap<string, string>;
  readonly #items: Item[] = [];

  constructor(key: string, profiles: ProfileList, own: ReadonlyMap<string, string>) {
    this.key = key;
    this.profiles = profiles;
    this.own = own;
  }

  get items(): readonly Item[] {
    return this.#items;
  }

  add(item: Item): void {
    item.place = this.#items.push(item) - 1;
  }

  delete(item: Item): void {
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#items[item.place] = last;
    last.place = item.place;
  }

  /** The effective label: the own one, else that of the first profile that has it. */
  readonly get = (label: string): string | undefined =>
    this.own.get(label) ?? this.profiles.labels.get(label);

  forEachLabel(visit: (label: string, value: string) => void): void {
    for (const [label, value] of this.own) visit(label, value);
    for (const [label, value] of this.profiles.labels) if (!this.own.has(label)) visit(label, value);
  }
}

export interface ClassListener {
  /** Before any item joins it. */
  classMade(labelClass: LabelClass): void;
  /** After the last item has left it. */
  classGone(labelClass: LabelClass): void;
  /** Its inherited labels have changed, its items have not. */
  classRelabelled(labelClass: LabelClass): void;
  itemJoined(item: Item): void;
  itemLeft(item: Item): void;
  /** One item takes the place of another in the same class, with other addresses or ports. */
  itemReplaced(before: Item, after: Item): void;
}

/**
 * Groups everything that has labels into classes, and finds the classes that a selector matches through an index
 * of their labels. What may have changed is noted and looked at in `flush`, as it is then.
 */
export class LabelClasses {
  readonly #vocabulary: Vocabulary;
  readonly #lookup: Lookup;
  readonly #counters: Counters;
  readonly #profileLists: ProfileLists;
  readonly #listeners: ClassListener[] = [];
  readonly #items = byKind(() => new Map<string, Item>());
  readonly #all = new Set<LabelClass>();
  /** Classes by projected own label and value. */
  readonly #byLabel = new LabelIndex<LabelClass>();
  readonly #collapsed = new CollapsedItems();
  readonly #touched = byKind(() => new TouchedKeys());
  #round = 0;
  #changedProfiles = new Set<string>();
  #regroupings = 0;

  constructor(vocabulary: Vocabulary, lookup: Lookup, counters: Counters) {
    this.#vocabulary = vocabulary;
    this.#lookup = lookup;
    this.#profileLists = new ProfileLists(
      (name) => lookup.profile(name),
      (name) => lookup.profileUnnamed(name),
    );
    this.#counters = counters;
  }

  listen(listener: ClassListener): void {
    this.#listeners.push(listener);
  }

  /** The object may have come, changed or gone. */
  touchObject(kind: LabelledKind, key: string): void {
    this.#touched[kind].add(key);
  }

  /** The labels of the profile may have changed. */
  touchProfile(name: string): void {
    this.#changedProfiles.add(name);
  }

  item(kind: LabelledKind, key: string): Item | undefined {
    return this.#items[kind].get(key);
  }

  /** Changes whenever an object gets into another class without having changed itself. */
  get regroupings(): number {
    return this.#regroupings;
  }

  flush(): void {
    const news = this.#vocabulary.takeNew();
    if (news !== undefined) this.#collectAffected(news);
    if (this.#changedProfiles.size > 0) this.#relabel();
    this.#round++;
    for (const kind of LABELLED_KINDS) for (const key of this.#touched[kind].take()) this.#place(kind, key);
  }

  /** The classes that the selector matches. */
  matching(selector: Selector): readonly LabelClass[] {
    const found: LabelClass[] = [];
    for (const candidate of this.#candidates(selector)) {
      this.#counters.selectorsMatched++;
      if (matchesSelector(selector.root, candidate.get)) found.push(candidate);
    }
    return found;
  }

  #collectAffected({ labels, values }: NewTests): void {
    if (labels.size > 0)
      for (const kind of LABELLED_KINDS)
        for (const { object } of this.#items[kind].values())
          if (hasAnyLabel(object, labels)) this.touchObject(kind, object.key);
    for (const [label, fresh] of values)
      for (const { object } of this.#collapsed.find(label, fresh, this.#byLabel.get(label, OTHER_VALUE)))
        this.touchObject(object.kind, object.key);
  }

  #relabel(): void {
    const lists = new Set<ProfileList>();
    for (const profile of this.#changedProfiles)
      for (const list of this.#profileLists.naming(profile)) lists.add(list);
    this.#changedProfiles = new Set();
    for (const list of lists) this.#profileLists.relabel(list);
    for (const list of lists)
      for (const labelClass of list.classes.values())
        for (const listener of this.#listeners) listener.classRelabelled(labelClass);
  }

  #place(kind: LabelledKind, key: string): void {
    const items = this.#items[kind];
    const before = items.get(key);
    if (before?.round === this.#round) return;
    const object = this.#lookup.labelled(kind, key);
    if (object === undefined) {
      items.delete(key);
      if (before !== undefined) this.#leave(before);
      return;
    }
    const labelClass = this.#classOf(object);
    if (before?.labelClass === labelClass && before.object === object) return;
    if (before?.object === object) this.#regroupings++;
    const item = new Item(object, labelClass, this.#round);
    items.set(key, item);
    labelClass.add(item);
    this.#collapsed.add(item);
    if (before?.labelClass === labelClass) {
      labelClass.delete(before);
      this.#collapsed.remove(before);
      if (sameContribution(before.object, object)) return;
      for (const listener of this.#listeners) listener.itemReplaced(before, item);
      return;
    }
    // First in, then out: a set that both classes are in is not torn down in between.
    for (const listener of this.#listeners) listener.itemJoined(item);
    if (before !== undefined) this.#leave(before);
  }

  #leave(item: Item): void {
    const { labelClass } = item;
    labelClass.delete(item);
    this.#collapsed.remove(item);
    for (const listener of this.#listeners) listener.itemLeft(item);
    if (labelClass.items.length > 0) return;
    this.#all.delete(labelClass);
    for (const [label, value] of labelClass.own) this.#byLabel.delete(label, value, labelClass);
    labelClass.profiles.classes.delete(labelClass.key);
    this.#profileLists.release(labelClass.profiles);
    for (const listener of this.#listeners) listener.classGone(labelClass);
  }

  #classOf({ labels, profiles }: LabelledObject): LabelClass {
    this.#counters.itemsProjected++;
    const list = this.#profileLists.get(profiles);
    const ids: number[] = [];
    for (const label in labels) {
      const id = this.#vocabulary.pairId(label, labels[label] as string);
      if (id !== 0) ids.push(id);
    }
    const key = ids.sort(ascending).join();
    const known = list.classes.get(key);
    if (known !== undefined) return known;

    const own = new Map<string, string>();
    for (const [label, value] of Object.entries(labels)) {
      const seen = this.#vocabulary.project(label, value);
      if (seen !== undefined) own.set(label, seen);
    }
    const made = new LabelClass(key, list, own);
    list.classes.set(key, made);
    this.#all.add(made);
    for (const [label, value] of own) this.#byLabel.add(label, value, made);
    for (const listener of this.#listeners) listener.classMade(made);
    return made;
  }

  /** A superset of the matching classes, as small as the label index can tell. */
  #candidates(selector: Selector): Iterable<LabelClass> {
    const anchors = anchorsOf(selector);
    if (anchors === undefined) return [];
    let best: readonly ReadonlySet<LabelClass>[] | undefined;
    let bestLists: readonly ProfileList[] = [];
    let bestSize = this.#all.size;
    for (const anchor of anchors) {
      const sets = anchor.flatMap(({ label, values }) => this.#byLabel.sets(label, values));
      const lists = anchor.flatMap(({ label, values }) => this.#profileLists.passingOn(label, values));
      const size =
        sets.reduce((sum, s) => sum + s.size, 0) + lists.reduce((sum, l) => sum + l.classes.size, 0);
      if (size >= bestSize) continue;
      best = sets;
      bestLists = lists;
      bestSize = size;
    }
    if (best === undefined) return this.#all;
    const found = new Set<LabelClass>();
    for (const set of best) for (const labelClass of set) found.add(labelClass);
    for (const list of bestLists) for (const labelClass of list.classes.values()) found.add(labelClass);
    return found;
  }
}

/** The current objects, and who is told that nothing names a profile any more. */
interface Lookup {
  profile(name: string): Profile | undefined;
  labelled(kind: LabelledKind, key: string): LabelledObject | undefined;
  profileUnnamed(name: string): void;
}

function byKind<T>(make: () => T): { readonly [K in LabelledKind]: T } {
  return { "workload-endpoint": make(), "host-endpoint": make(), "network-set": make() };
}

function hasAnyLabel({ labels }: LabelledObject, wanted: ReadonlySet<string>): boolean {
  for (const label in labels) if (wanted.has(label)) return true;
  return false;
}

function ascending(a: number, b: number): number {
  return a - b;
}
