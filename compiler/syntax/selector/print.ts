import type { SelectorNode } from "./ast.ts";
import { TEXT_OPERATORS } from "./nodes.ts";

/**
 * The canonical text of Calico's `Selector.String()`, from which a set's id is hashed. It is not a fixed point:
 * `!(!has(a))` prints `!!has(a)`, which parses as `has(a)`.
 */
export function printSelector(node: SelectorNode): string {
  switch (node.kind) {
    case "all":
      return "all()";
    case "global":
      return "global()";
    case "has":
      return `has(${node.label})`;
    case "eq":
    case "ne":
    case "contains":
    case "starts-with":
    case "ends-with":
      return `${node.label} ${TEXT_OPERATORS[node.kind]} ${quote(node.value)}`;
    case "in":
      return `${node.label} in ${printSet(node.values)}`;
    case "not-in":
      return `${node.label} not in ${printSet(node.values)}`;
    case "not":
      return `!${printSelector(node.operand)}`;
    case "and":
      return printOperands(node.operands, " && ");
    case "or":
      return printOperands(node.operands, " || ");
  }
}

function printOperands(operands: readonly SelectorNode[], operator: string): string {
  let text = "(";
  for (const operand of operands) {
    if (text.length > 1) text += operator;
    text += printSelector(operand);
  }
  return `${text})`;
}

function printSet(values: readonly string[]): string {
  return `{${values.map(quote).join(", ")}}`;
}

/** There are no escapes: a value that holds both kinds of quote cannot be written, and none ever parses to one. */
function quote(value: string): string {
  return value.includes('"') ? `'${value}'` : `"${value}"`;
}
