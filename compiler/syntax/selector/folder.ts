import {
  type FoldedRule,
  type FoldedSubject,
  type FoldFailure,
  foldPolicySubject,
  foldRuleSelector,
  type RuleSelectors,
  type SubjectSelectors,
} from "./fold.ts";

/**
 * Folds each combination of selectors once: checking a policy and lowering it ask for the same ones, and policies
 * repeat each other's. Equal inputs give the same objects.
 */
export class SelectorFolder {
  #rules = new Trie<FoldedRule | FoldFailure>();
  #subjects = new Trie<FoldedSubject | FoldFailure>();
  #held = 0;

  rule(inputs: RuleSelectors): FoldedRule | FoldFailure {
    const { policyNamespace, selector, notSelector, namespaceSelector, serviceAccounts } = inputs;
    if (!selector && !notSelector && !namespaceSelector && serviceAccounts === undefined) return NO_SELECTOR;
    let place = this.#rules
      .child(policyNamespace)
      .child(namespaceSelector)
      .child(notSelector)
      .child(serviceAccounts?.selector);
    for (const name of serviceAccounts?.names ?? []) place = place.child(name);
    place = place.leaf(selector);
    place.value ??= this.#made(foldRuleSelector(inputs));
    return place.value;
  }

  subject(inputs: SubjectSelectors): FoldedSubject | FoldFailure {
    const place = this.#subjects
      .child(inputs.kind)
      .child(inputs.kind === "global" ? inputs.namespaceSelector : inputs.namespace)
      .child(inputs.serviceAccountSelector)
      .leaf(inputs.selector);
    place.value ??= this.#made(foldPolicySubject(inputs));
    return place.value;
  }

  /** A session may last: what is remembered is given up at once when it has become much. */
  #made<T>(folded: T): T {
    if (++this.#held < MAX_HELD) return folded;
    this.#held = 0;
    this.#rules = new Trie();
    this.#subjects = new Trie();
    return folded;
  }
}

/** Of sides that say no more than networks and ports, as most do. */
const NO_SELECTOR: FoldedRule = { ok: true, text: "", selector: undefined, notSelector: undefined };

const MAX_HELD = 100_000;

/** Values by a sequence of texts: no key is put together to look one up. An absent text is an empty one. */
class Trie<T> {
  value: T | undefined = undefined;
  #children: Map<string, Trie<T>> | undefined;
  #leaves: Map<string, Trie<T>> | undefined;

  child(text = ""): Trie<T> {
    this.#children ??= new Map();
    return getOrAdd(this.#children, text);
  }

  /** The last text is kept apart, so that sequences of different length do not meet. */
  leaf(text = ""): Trie<T> {
    this.#leaves ??= new Map();
    return getOrAdd(this.#leaves, text);
  }
}

function getOrAdd<T>(children: Map<string, Trie<T>>, text: string): Trie<T> {
  let child = children.get(text);
  if (child === undefined) {
    child = new Trie();
    children.set(text, child);
  }
  return child;
}
