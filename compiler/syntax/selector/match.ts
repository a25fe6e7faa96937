import type { Labels, SelectorNode } from "./ast.ts";

/** Looks up a label; `undefined` = absent, which is not the same as empty. */
export type LabelLookup = (label: string) => string | undefined;

/** In the first that has the label. Only what was written counts: every JavaScript object also has a `constructor`. */
export function lookupIn(...sources: readonly Labels[]): LabelLookup {
  return (label) => sources.find((labels) => Object.hasOwn(labels, label))?.[label];
}

/** Whether the labels satisfy the selector. Texts compare exactly; only the negative operators hold without the label. */
export function matchesSelector(node: SelectorNode, get: LabelLookup): boolean {
  switch (node.kind) {
    case "all":
    case "global":
      return true;
    case "has":
      return get(node.label) !== undefined;
    case "eq":
      return get(node.label) === node.value;
    case "ne":
      return get(node.label) !== node.value;
    case "contains":
      return get(node.label)?.includes(node.value) ?? false;
    case "starts-with":
      return get(node.label)?.startsWith(node.value) ?? false;
    case "ends-with":
      return get(node.label)?.endsWith(node.value) ?? false;
    case "in":
      return isOneOf(get(node.label), node.values);
    case "not-in":
      return !isOneOf(get(node.label), node.values);
    case "not":
      return !matchesSelector(node.operand, get);
    case "and":
      for (const operand of node.operands) if (!matchesSelector(operand, get)) return false;
      return true;
    case "or":
      for (const operand of node.operands) if (matchesSelector(operand, get)) return true;
      return false;
  }
}

function isOneOf(value: string | undefined, values: readonly string[]): boolean {
  return value !== undefined && values.includes(value);
}
