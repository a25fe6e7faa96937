import type { SelectorNode } from "./ast.ts";
import { compareBytewise } from "./bytewise.ts";

/** Calico's limit for a label name, in bytes; the names are ASCII. */
export const MAX_LABEL_LENGTH = 512;

/**
 * How deep brackets may nest. Calico has no such limit, but every selector that its API stores (1,024 bytes) stays
 * below it, and it bounds the recursion of everything that walks a selector.
 */
export const MAX_NESTING = 512;

export const ALL_NODE: SelectorNode = { kind: "all" };
export const GLOBAL_NODE: SelectorNode = { kind: "global" };

/** The operators that compare a label with one text, by the spelling of the canonical form. */
export const TEXT_OPERATORS = {
  eq: "==",
  ne: "!=",
  contains: "contains",
  "starts-with": "starts with",
  "ends-with": "ends with",
} as const;
export type TextOperator = keyof typeof TEXT_OPERATORS;

/** The values of a set literal in canonical order, without repetitions. */
export function sortedValues(values: readonly string[]): readonly string[] {
  if (values.length < 2) return values;
  return [...new Set(values)].sort(compareBytewise);
}

/** Rewrites every label name of a selector. */
export function mapLabels(node: SelectorNode, rename: (label: string) => string): SelectorNode {
  switch (node.kind) {
    case "all":
    case "global":
      return node;
    case "not":
      return { kind: "not", operand: mapLabels(node.operand, rename) };
    case "and":
    case "or":
      return { kind: node.kind, operands: node.operands.map((operand) => mapLabels(operand, rename)) };
    default:
      return { ...node, label: rename(node.label) };
  }
}
