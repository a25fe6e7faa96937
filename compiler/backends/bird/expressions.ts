import type {
  CompareOperator,
  FilterEnum,
  FilterExpression,
  FilterStatement,
  RouteAttribute,
  SetItem,
} from "../../dataplane/bird-filter.ts";
import type { Cidr } from "../../net/cidr.ts";

/** Short forms for building BIRD's filter language; all of them pure. */
export const attribute = (name: RouteAttribute): FilterExpression => ({ kind: "attribute", attribute: name });
export const symbol = (name: string): FilterExpression => ({ kind: "symbol", name });
export const number = (value: number): FilterExpression => ({ kind: "number", value });
export const boolean = (value: boolean): FilterExpression => ({ kind: "boolean", value });
export const text = (value: string): FilterExpression => ({ kind: "text", value });
export const defined = (name: RouteAttribute): FilterExpression => ({ kind: "defined", attribute: name });
export const not = (operand: FilterExpression): FilterExpression => ({ kind: "not", operand });

export function compare(
  left: FilterExpression,
  operator: CompareOperator,
  right: FilterExpression,
): FilterExpression {
  return { kind: "compare", operator, left, right };
}

export function subtract(left: FilterExpression, right: FilterExpression): FilterExpression {
  return { kind: "subtract", left, right };
}

export function set(...items: readonly SetItem[]): FilterExpression {
  return { kind: "set", items };
}

export const member = (value: FilterEnum): SetItem => ({ kind: "enum", value });

export function all(operands: readonly FilterExpression[]): FilterExpression {
  const [only, ...others] = operands;
  if (only === undefined) return boolean(true);
  return others.length === 0 ? only : { kind: "and", operands };
}

export function any(operands: readonly FilterExpression[]): FilterExpression {
  const [only, ...others] = operands;
  if (only === undefined) return boolean(false);
  return others.length === 0 ? only : { kind: "or", operands };
}

/** `net ~ cidr`: the prefix itself or one inside; `net = cidr`: itself. */
export function netIs(operator: CompareOperator, cidr: Cidr): FilterExpression {
  return compare(attribute("net"), operator, { kind: "prefix", cidr });
}

export function interfaceIn(globs: readonly string[]): FilterExpression {
  return any(globs.map((glob) => compare(attribute("ifname"), "~", text(glob))));
}

export const ACCEPT: FilterStatement = { kind: "accept" };
export const REJECT: FilterStatement = { kind: "reject" };

export function call(name: string, ...args: readonly FilterExpression[]): FilterStatement {
  return { kind: "call", function: name, arguments: args };
}

export function assign(name: RouteAttribute, value: FilterExpression): FilterStatement {
  return { kind: "assign", attribute: name, value };
}

export function when(
  condition: FilterExpression,
  body: readonly FilterStatement[],
  comment?: string,
  otherwise: readonly FilterStatement[] = [],
): FilterStatement {
  return { kind: "if", condition, body, otherwise, ...(comment === undefined ? {} : { comment }) };
}
