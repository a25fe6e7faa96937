import type { Selector, SelectorNode } from "../syntax/selector/ast.ts";

/** Stands for every value of a label that no selector asks about. */
export const OTHER_VALUE = "\u0000other";

/** What the live selectors ask about one label. */
class LabelTests {
  /** Selectors that mention the label. */
  uses = 0;
  /** Selectors that look inside the value, so that every value counts. */
  openUses = 0;
  /** How many selectors compare with the value. */
  readonly values = new Map<string, number>();
  /** Numbers of the values that count, for class keys; the others share `otherId`. */
  readonly ids = new Map<string, number>();
  readonly otherId: number;

  constructor(otherId: number) {
    this.otherId = otherId;
  }
}

/** Labels and values that live selectors have begun to ask about. */
export interface NewTests {
  /** Labels that nobody asked about before, or whose every value counts now. */
  readonly labels: ReadonlySet<string>;
  /** New values of labels that were already known. */
  readonly values: ReadonlyMap<string, ReadonlySet<string>>;
}

/**
 * The labels and values that live selectors mention. Endpoints are compared through it: two whose labels look the
 * same to every selector belong to one class, so that unique labels (one per pod of a StatefulSet, say) do not make
 * every endpoint a class of its own.
 */
export class Vocabulary {
  readonly #selectors = new Map<string, number>();
  readonly #labels = new Map<string, LabelTests>();
  #newLabels = new Set<string>();
  #newValues = new Map<string, Set<string>>();
  #lastId = 0;

  add({ canonical, root }: Selector): void {
    const uses = this.#selectors.get(canonical) ?? 0;
    this.#selectors.set(canonical, uses + 1);
    if (uses === 0) eachTest(root, this.#learn);
  }

  remove({ canonical, root }: Selector): void {
    const uses = this.#selectors.get(canonical) ?? 0;
    if (uses > 1) {
      this.#selectors.set(canonical, uses - 1);
      return;
    }
    this.#selectors.delete(canonical);
    eachTest(root, this.#forget);
  }

  /** The value as selectors see it; `undefined` = none looks at the label. */
  project(label: string, value: string): string | undefined {
    const tests = this.#labels.get(label);
    if (tests === undefined) return undefined;
    return tests.openUses > 0 || tests.values.has(value) ? value : OTHER_VALUE;
  }

  /** A number for the label with its projected value; 0 = no selector looks at the label. */
  pairId(label: string, value: string): number {
    const tests = this.#labels.get(label);
    if (tests === undefined) return 0;
    const id = tests.ids.get(value);
    if (id !== undefined) return id;
    if (tests.openUses === 0) return tests.otherId;
    tests.ids.set(value, ++this.#lastId);
    return this.#lastId;
  }

  /** What is new since the last call; endpoints that have it must be projected again. */
  takeNew(): NewTests | undefined {
    if (this.#newLabels.size === 0 && this.#newValues.size === 0) return undefined;
    const taken = { labels: this.#newLabels, values: this.#newValues };
    this.#newLabels = new Set();
    this.#newValues = new Map();
    return taken;
  }

  readonly #learn = (label: string, values: readonly string[], open: boolean): void => {
    let tests = this.#labels.get(label);
    if (tests === undefined) {
      tests = new LabelTests(++this.#lastId);
      this.#labels.set(label, tests);
      this.#newLabels.add(label);
    }
    tests.uses++;
    if (open && tests.openUses++ === 0) this.#newLabels.add(label);
    for (const value of values) {
      const uses = tests.values.get(value) ?? 0;
      tests.values.set(value, uses + 1);
      if (!tests.ids.has(value)) tests.ids.set(value, ++this.#lastId);
      if (uses > 0 || this.#newLabels.has(label)) continue;
      const fresh = this.#newValues.get(label);
      if (fresh === undefined) this.#newValues.set(label, new Set([value]));
      else fresh.add(value);
    }
  };

  /**
   * Classes may stay finer than they need to be: that is still right, and coarsening would move endpoints for
   * nothing. Whoever arrives later is projected on the smaller vocabulary.
   */
  readonly #forget = (label: string, values: readonly string[], open: boolean): void => {
    const tests = this.#labels.get(label);
    if (tests === undefined) return;
    tests.uses--;
    for (const value of values) {
      const uses = tests.values.get(value) ?? 0;
      if (uses > 1) {
        tests.values.set(value, uses - 1);
      } else {
        tests.values.delete(value);
        if (tests.openUses === 0) tests.ids.delete(value);
      }
    }
    if (open && --tests.openUses === 0)
      for (const value of tests.ids.keys()) if (!tests.values.has(value)) tests.ids.delete(value);
    if (tests.uses === 0) this.#labels.delete(label);
  };
}

type Visit = (label: string, values: readonly string[], open: boolean) => void;

/** Calls `visit` for each test in the selector, in the same way each time. */
function eachTest(node: SelectorNode, visit: Visit): void {
  const pending = [node];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    switch (next.kind) {
      case "all":
      case "global":
        break;
      case "has":
        visit(next.label, [], false);
        break;
      case "eq":
      case "ne":
        visit(next.label, [next.value], next.value === OTHER_VALUE);
        break;
      case "in":
      case "not-in":
        visit(next.label, next.values, next.values.includes(OTHER_VALUE));
        break;
      case "contains":
      case "starts-with":
      case "ends-with":
        visit(next.label, [], true);
        break;
      case "not":
        pending.push(next.operand);
        break;
      case "and":
      case "or":
        pending.push(...next.operands);
        break;
    }
  }
}
