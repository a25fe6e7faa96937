import type { Selector } from "../syntax/selector/ast.ts";
import { matchesSelector } from "../syntax/selector/match.ts";
import { type Anchor, anchorsOf } from "./anchors.ts";
import type { Counters } from "./counters.ts";
import type { LabelClass } from "./label-classes.ts";
import { LabelIndex } from "./label-index.ts";

/**
 * Finds the selectors that match a class without trying all of them. Each is filed under one label that it needs;
 * only those that need none are tried on every class.
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
    for (const value of anchor.values ?? []) this.#byValue.add(anchor.label, value, entry);
    if (anchor.values !== undefined) return;
    const entries = this.#byPresence.get(anchor.label);
    if (entries === undefined) this.#byPresence.set(anchor.label, new Set([entry]));
    else entries.add(entry);
  }

  delete(entry: E): void {
    const anchor = this.#filed.get(entry);
    this.#filed.delete(entry);
    this.#unanchored.delete(entry);
    if (anchor === undefined) return;
    for (const value of anchor.values ?? []) this.#byValue.delete(anchor.label, value, entry);
    const entries = this.#byPresence.get(anchor.label);
    entries?.delete(entry);
    if (entries?.size === 0) this.#byPresence.delete(anchor.label);
  }

  matching(labelClass: LabelClass): readonly E[] {
    const found: E[] = [];
    this.#counters.classesEvaluated++;
    const tryAll = (entries: Iterable<E>): void => {
      for (const entry of entries) {
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
  #crowd({ label, values }: Anchor): number {
    if (values === undefined) return 1000 + (this.#byPresence.get(label)?.size ?? 0);
    return values.reduce((most, value) => Math.max(most, this.#byValue.get(label, value).size), 0);
  }
}
