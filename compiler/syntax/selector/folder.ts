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
  readonly #rules = new Map<string, FoldedRule | FoldFailure>();
  readonly #subjects = new Map<string, FoldedSubject | FoldFailure>();

  rule(inputs: RuleSelectors): FoldedRule | FoldFailure {
    const { policyNamespace, selector, notSelector, namespaceSelector, serviceAccounts } = inputs;
    const key = keyOf([
      policyNamespace,
      selector,
      notSelector,
      namespaceSelector,
      serviceAccounts?.selector,
      ...(serviceAccounts?.names ?? []),
    ]);
    return recall(this.#rules, key, () => foldRuleSelector(inputs));
  }

  subject(inputs: SubjectSelectors): FoldedSubject | FoldFailure {
    const place = inputs.kind === "global" ? inputs.namespaceSelector : inputs.namespace;
    const key = keyOf([inputs.kind, place, inputs.selector, inputs.serviceAccountSelector]);
    return recall(this.#subjects, key, () => foldPolicySubject(inputs));
  }
}

/** A session may last: what is remembered is given up at once when it has become this much. */
const MAX_ENTRIES = 100_000;

function recall<T>(known: Map<string, T>, key: string, fold: () => T): T {
  const before = known.get(key);
  if (before !== undefined) return before;
  if (known.size === MAX_ENTRIES) known.clear();
  const folded = fold();
  known.set(key, folded);
  return folded;
}

/** Lengths keep the parts apart whatever they contain; an absent part and an empty one mean the same. */
function keyOf(parts: readonly (string | undefined)[]): string {
  let lengths = "";
  let texts = "";
  for (const part of parts) {
    lengths += `${part?.length ?? 0},`;
    texts += part ?? "";
  }
  return lengths + texts;
}
