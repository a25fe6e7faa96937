import type { Item } from "./item.ts";
import type { LabelClass } from "./label-classes.ts";
import { LabelIndex } from "./label-index.ts";
import { OTHER_VALUE } from "./vocabulary.ts";

/**
 * Items by those of their values that no selector asks about. When one begins to ask about such a value, the items
 * that have it are found here instead of among all. A label is indexed from the first such question on.
 */
export class CollapsedItems {
  readonly #labels = new Set<string>();
  readonly #index = new LabelIndex<Item>();

  /** @param classes those in which the label's value stands for every other one */
  find(label: string, values: Iterable<string>, classes: Iterable<LabelClass>): readonly Item[] {
    if (!this.#labels.has(label)) {
      this.#labels.add(label);
      for (const { items } of classes)
        for (const item of items) this.#index.add(label, rawValue(item, label), item);
    }
    return [...values].flatMap((value) => [...this.#index.get(label, value)]);
  }

  add(item: Item): void {
    for (const label of this.#labels)
      if (item.labelClass.own.get(label) === OTHER_VALUE) this.#index.add(label, rawValue(item, label), item);
  }

  remove(item: Item): void {
    for (const label of this.#labels)
      if (item.labelClass.own.get(label) === OTHER_VALUE)
        this.#index.delete(label, rawValue(item, label), item);
  }
}

function rawValue({ object }: Item, label: string): string {
  return object.labels[label] ?? OTHER_VALUE;
}
