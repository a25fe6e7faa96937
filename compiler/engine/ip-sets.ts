import type { ServiceSlice } from "../ir/cluster-model.ts";
import type { SetMember } from "../ir/member-list.ts";
import type { IpSetDefinition, IpSetId } from "../ir/node-ir.ts";
import type { Selector } from "../syntax/selector/ast.ts";
import type { Counters } from "./counters.ts";
import type { Item } from "./item.ts";
import type { ClassListener, LabelClass, LabelClasses } from "./label-classes.ts";
import { MemberSet, type SetRequest } from "./member-set.ts";
import { SelectorIndex } from "./selector-index.ts";
import { ServiceMembers, serviceKey } from "./service-members.ts";

/** A selector that some live set is made from, and the classes that it matches. */
class LiveSelector {
  readonly selector: Selector;
  readonly classes = new Set<LabelClass>();
  readonly sets = new Set<MemberSet>();

  constructor(selector: Selector) {
    this.selector = selector;
  }
}

interface Holding {
  readonly set: MemberSet;
  holders: number;
}

/**
 * The sets that some node's programs refer to, shared by all nodes. A set exists from the first `hold` to the last
 * `release`, and is kept up to date in between; what nobody holds costs nothing.
 */
export class IpSets implements ClassListener {
  readonly #classes: LabelClasses;
  readonly #counters: Counters;
  readonly #services = new ServiceMembers();
  readonly #sets = new Map<IpSetId, Holding>();
  readonly #selectors = new Map<string, LiveSelector>();
  readonly #index: SelectorIndex<LiveSelector>;
  /** The reverse of `LiveSelector.classes`; classes that no live selector matches have no entry. */
  readonly #matches = new Map<LabelClass, Set<LiveSelector>>();

  constructor(classes: LabelClasses, counters: Counters) {
    this.#classes = classes;
    this.#counters = counters;
    this.#index = new SelectorIndex(counters);
  }

  hold(request: SetRequest): MemberSet {
    const known = this.#sets.get(request.id);
    if (known !== undefined) {
      known.holders++;
      return known.set;
    }
    const set = new MemberSet(request, this.#counters);
    this.#sets.set(request.id, { set, holders: 1 });
    this.#connect(set);
    return set;
  }

  release(id: IpSetId): void {
    const holding = this.#sets.get(id);
    if (holding === undefined || --holding.holders > 0) return;
    this.#sets.delete(id);
    this.#disconnect(holding.set);
  }

  setSlice(key: string, slice: ServiceSlice | undefined): void {
    this.#services.setSlice(key, slice);
  }

  classMade(labelClass: LabelClass): void {
    const matches = this.#index.matching(labelClass);
    if (matches.length === 0) return;
    this.#matches.set(labelClass, new Set(matches));
    for (const live of matches) live.classes.add(labelClass);
  }

  classGone(labelClass: LabelClass): void {
    for (const live of this.#matches.get(labelClass) ?? []) live.classes.delete(labelClass);
    this.#matches.delete(labelClass);
  }

  classRelabelled(labelClass: LabelClass): void {
    const before = this.#matches.get(labelClass) ?? new Set();
    const after = new Set(this.#index.matching(labelClass));
    for (const live of after) if (!before.has(live)) this.#matched(live, labelClass);
    for (const live of [...before]) {
      if (after.has(live)) continue;
      live.classes.delete(labelClass);
      before.delete(live);
      for (const set of live.sets)
        for (const item of labelClass.items) set.remove(contribution(item, set.request.definition));
    }
    if (after.size === 0) this.#matches.delete(labelClass);
  }

  itemJoined(item: Item): void {
    for (const live of this.#matches.get(item.labelClass) ?? [])
      for (const set of live.sets) set.add(contribution(item, set.request.definition));
  }

  itemLeft(item: Item): void {
    for (const live of this.#matches.get(item.labelClass) ?? [])
      for (const set of live.sets) set.remove(contribution(item, set.request.definition));
  }

  itemReplaced(before: Item, after: Item): void {
    for (const live of this.#matches.get(after.labelClass) ?? [])
      for (const set of live.sets) {
        const { definition } = set.request;
        set.replace(contribution(before, definition), contribution(after, definition));
      }
  }

  #connect(set: MemberSet): void {
    const { definition } = set.request;
    switch (definition.kind) {
      case "service":
        this.#services.connect(serviceKey(definition), set);
        return;
      case "static":
        return;
      case "selector":
      case "named-port": {
        const live = this.#liveSelector(definition.selector);
        live.sets.add(set);
        for (const { items } of live.classes)
          for (const item of items) set.add(contribution(item, definition));
      }
    }
  }

  #disconnect(set: MemberSet): void {
    const { definition } = set.request;
    switch (definition.kind) {
      case "service":
        this.#services.disconnect(serviceKey(definition), set);
        return;
      case "static":
        return;
      case "selector":
      case "named-port": {
        const live = this.#selectors.get(definition.selector.canonical);
        live?.sets.delete(set);
        if (live === undefined || live.sets.size > 0) return;
        this.#selectors.delete(definition.selector.canonical);
        this.#index.delete(live);
        for (const labelClass of live.classes) {
          const matches = this.#matches.get(labelClass);
          matches?.delete(live);
          if (matches?.size === 0) this.#matches.delete(labelClass);
        }
      }
    }
  }

  #liveSelector(selector: Selector): LiveSelector {
    const known = this.#selectors.get(selector.canonical);
    if (known !== undefined) return known;
    const live = new LiveSelector(selector);
    this.#selectors.set(selector.canonical, live);
    this.#index.insert(live);
    for (const labelClass of this.#classes.matching(selector)) this.#matched(live, labelClass);
    return live;
  }

  /** Sets that the selector has already are filled with what the class holds. */
  #matched(live: LiveSelector, labelClass: LabelClass): void {
    live.classes.add(labelClass);
    const matches = this.#matches.get(labelClass);
    if (matches === undefined) this.#matches.set(labelClass, new Set([live]));
    else matches.add(live);
    for (const set of live.sets)
      for (const item of labelClass.items) set.add(contribution(item, set.request.definition));
  }
}

const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, sctp: 132, any: undefined } as const;

function contribution(item: Item, definition: IpSetDefinition): readonly SetMember[] {
  return definition.kind === "named-port"
    ? item.namedPort(definition.port, PROTOCOL_NUMBERS[definition.protocol])
    : item.nets;
}
