import type { Selector } from "../syntax/selector/ast.ts";
import { matchesSelector } from "../syntax/selector/match.ts";
import { type Anchor, anchorsOf } from "./anchors.ts";
import type { Counters } from "./counters.ts";
import type { LabelClass } from "./label-classes.ts";
import { LabelIndex } from "./label-index.ts";

/**
 * Finds the selectors that match a class without trying all of them. Each is filed under one label that it needs, or
 * under several of which it needs one; only those that need none are tried on every class.
 */
export class SelectorIndex<E extends { readonly selector: Selector }> {
  readonly #counters: Counters;
  readonly #byValue = new LabelIndex<E>();
  readonly #byPresence = new Map<string, Set<E>>();
  readonly #unanchored = new Set<E>();
  /** Where each entry is filed; `undefined` = among the unanchored. Entries that match nothing are nowhere. */
  readonly #filed = new Map<E, Anchor | undefined>();

  constructor(counters: Counters) {
    this.#counters = counters;
  }

  insert(entry: E): void {
    const anchors = anchorsOf(entry.selector);
    if (anchors === undefined) return;
    const anchor = this.#leastCrowded(anchors);
    this.#filed.set(entry, anchor);
    if (anchor === undefined) {
      this.#unanchored.add(entry);
      return;
    }
    for (const { label, values } of anchor)
      if (values === undefined) this.#addByPresence(label, entry);
      else for (const value of values) this.#byValue.add(label, value, entry);
  }

  #addByPresence(label: string, entry: E): void {
    const entries = this.#byPresence.get(label);
    if (entries === undefined) this.#byPresence.set(label, new Set([entry]));
    else entries.add(entry);
  }

  delete(entry: E): void {
    const anchor = this.#filed.get(entry);
    this.#filed.delete(entry);
    this.#unanchored.delete(entry);
    for (const { label, values } of anchor ?? []) {
      for (const value of values ?? []) this.#byValue.delete(label, value, entry);
      const entries = this.#byPresence.get(label);
      entries?.delete(entry);
      if (entries?.size === 0) this.#byPresence.delete(label);
    }
  }

  matching(labelClass: LabelClass): readonly E[] {
    const found: E[] = [];
    // A class may pass several tests under which a selector is filed.
    const tried = new Set<E>();
    this.#counters.classesEvaluated++;
    const tryAll = (entries: Iterable<E>): void => {
      for (const entry of entries) {
        if (tried.has(entry)) continue;
        tried.add(entry);
        this.#counters.selectorsMatched++;
        if (matchesSelector(entry.selector.root, labelClass.get)) found.push(entry);
      }
    };
    labelClass.forEachLabel((label, value) => {
      tryAll(this.#byPresence.get(label) ?? []);
      tryAll(this.#byValue.get(label, value));
    });
    tryAll(this.#unanchored);
    return found;
  }

  #leastCrowded(anchors: readonly Anchor[]): Anchor | undefined {
    let best: Anchor | undefined;
    let bestSize = Number.POSITIVE_INFINITY;
    for (const anchor of anchors) {
      const size = this.#crowd(anchor);
      if (size >= bestSize) continue;
      best = anchor;
      bestSize = size;
    }
    return best;
  }

  /** How many entries a class would be tried on besides this one; those for any value weigh heavier. */
  #crowd(anchor: Anchor): number {
    let most = 0;
    for (const { label, values } of anchor)
      if (values === undefined) most = Math.max(most, 1000 + (this.#byPresence.get(label)?.size ?? 0));
      else for (const value of values) most = Math.max(most, this.#byValue.get(label, value).size);
    return most;
  }
}
