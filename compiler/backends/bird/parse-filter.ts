import {
  type CompareOperator,
  FILTER_ENUMS,
  type FilterEnum,
  type FilterExpression,
  type FilterStatement,
  ROUTE_ATTRIBUTES,
  type RouteAttribute,
  type Routine,
  type SetItem,
} from "../../dataplane/bird-filter.ts";
import { type Cidr, parseCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import type { Tokens } from "./tokens.ts";

type Comment = { readonly comment?: string };
const COMPARE: readonly CompareOperator[] = ["=", "!=", "~", "!~", "<", ">"];

export function parseFunction(tokens: Tokens, above: Comment): Routine {
  const name = tokens.symbol();
  const parameters: string[] = [];
  tokens.expect("(");
  while (!tokens.take(")")) {
    tokens.take(";");
    tokens.expect("bool");
    parameters.push(tokens.symbol());
  }
  tokens.expect("{");
  return { kind: "function", name, parameters, ...above, body: parseBlock(tokens) };
}

export function parseFilter(tokens: Tokens, above: Comment): Routine {
  const name = tokens.symbol();
  tokens.expect("{");
  return { kind: "filter", name, ...above, body: parseBlock(tokens) };
}

/**
 * Statements up to and including the closing brace. `headLine`: the line of a one-line `if`, whose comment is not
 * that of the statement inside.
 */
export function parseBlock(tokens: Tokens, headLine = 0): readonly FilterStatement[] {
  const statements: FilterStatement[] = [];
  while (!tokens.take("}")) statements.push(parseStatement(tokens, headLine));
  return statements;
}

function parseStatement(tokens: Tokens, headLine: number): FilterStatement {
  if (tokens.take("if")) return parseIf(tokens);
  const statement = parseSimple(tokens);
  tokens.expect(";");
  return tokens.peek(-1).line === headLine ? statement : { ...statement, ...tokens.note() };
}

function parseIf(tokens: Tokens): FilterStatement {
  tokens.expect("(");
  const condition = parseExpression(tokens);
  tokens.expect(")", "then", "{");
  const note = tokens.note();
  const body = parseBlock(tokens, tokens.peek(-1).line);
  const otherwise = tokens.take("else", "{") ? parseBlock(tokens) : [];
  return { kind: "if", condition, body, otherwise, ...note };
}

function parseSimple(tokens: Tokens): Exclude<FilterStatement, { kind: "if" }> {
  if (tokens.take("accept")) return { kind: "accept" };
  if (tokens.take("reject")) return { kind: "reject" };
  const word = tokens.peek();
  const name = tokens.symbol();
  if (tokens.take("(")) {
    const values: FilterExpression[] = [];
    while (!tokens.take(")")) {
      tokens.take(",");
      values.push(parseExpression(tokens));
    }
    return { kind: "call", function: name, arguments: values };
  }
  if (!isAttribute(name)) return tokens.fail("expected a route attribute", word);
  if (tokens.take("=")) return { kind: "assign", attribute: name, value: parseExpression(tokens) };
  tokens.expect(".");
  const method = tokens.symbol();
  if (method !== "add" && method !== "prepend") return tokens.fail("unknown method", word);
  tokens.expect("(");
  const argument = parseExpression(tokens);
  tokens.expect(")");
  return { kind: "extend", attribute: name, method, argument };
}

/** One level of an expression: operators are never mixed without parentheses, because the printer sets them. */
export function parseExpression(tokens: Tokens): FilterExpression {
  const first = parseOperand(tokens);
  for (const [mark, kind] of [
    ["&&", "and"],
    ["||", "or"],
  ] as const) {
    if (tokens.peek().text !== mark) continue;
    const operands = [first];
    while (tokens.take(mark)) operands.push(parseOperand(tokens));
    return { kind, operands };
  }
  if (tokens.take("-")) return { kind: "subtract", left: first, right: parseOperand(tokens) };
  const operator = COMPARE.find((candidate) => tokens.take(candidate));
  if (operator === undefined) return first;
  const right = parseOperand(tokens);
  if (!tokens.take("-")) return { kind: "compare", operator, left: first, right };
  return {
    kind: "compare",
    operator,
    left: first,
    right: { kind: "subtract", left: right, right: parseOperand(tokens) },
  };
}

function parseOperand(tokens: Tokens): FilterExpression {
  if (tokens.take("!")) return { kind: "not", operand: parseOperand(tokens) };
  if (tokens.take("(")) return parseParenthesised(tokens);
  if (tokens.take("[")) return parseBrackets(tokens);
  if (tokens.take("true")) return { kind: "boolean", value: true };
  if (tokens.take("false")) return { kind: "boolean", value: false };
  if (tokens.take("defined", "(")) {
    const token = tokens.peek();
    const attribute = tokens.symbol();
    tokens.expect(")");
    return isAttribute(attribute) ? { kind: "defined", attribute } : tokens.fail("unknown attribute", token);
  }
  const token = tokens.peek();
  switch (token.kind) {
    case "number":
      return { kind: "number", value: tokens.number() };
    case "text":
      return { kind: "text", value: tokens.string() };
    case "address":
      return { kind: "prefix", cidr: parsePrefix(tokens) };
    default: {
      const name = tokens.symbol();
      if (isAttribute(name)) return { kind: "attribute", attribute: name };
      return isEnum(name) ? { kind: "enum", value: name } : { kind: "symbol", name };
    }
  }
}

/** A community, or an expression in parentheses. */
function parseParenthesised(tokens: Tokens): FilterExpression {
  if (tokens.peek().kind === "number" && tokens.peek(1).text === ",") {
    const value = [tokens.number()];
    while (tokens.take(",")) value.push(tokens.number());
    tokens.expect(")");
    return { kind: "community", value };
  }
  const inner = parseExpression(tokens);
  tokens.expect(")");
  return inner;
}

function parseBrackets(tokens: Tokens): FilterExpression {
  if (tokens.take("=")) {
    const asNumbers: number[] = [];
    while (!tokens.take("*")) asNumbers.push(tokens.number());
    tokens.expect("=", "]");
    return { kind: "path-mask", asNumbers };
  }
  const items: SetItem[] = [];
  while (!tokens.take("]")) {
    tokens.take(",");
    items.push(parseItem(tokens));
  }
  return { kind: "set", items };
}

function parseItem(tokens: Tokens): SetItem {
  const token = tokens.peek();
  if (token.kind !== "address") {
    const value = tokens.symbol();
    return isEnum(value) ? { kind: "enum", value } : tokens.fail("unknown member of a set", token);
  }
  if (!token.text.includes("/")) {
    const ip = parseIp(tokens.address());
    return ip === undefined ? tokens.fail("not an address", token) : { kind: "ip", ip };
  }
  const cidr = parsePrefix(tokens);
  tokens.expect("{");
  const min = tokens.number();
  tokens.expect(",");
  const max = tokens.number();
  tokens.expect("}");
  return { kind: "lengths", cidr, min, max };
}

export function parsePrefix(tokens: Tokens): Cidr {
  const token = tokens.peek();
  const text = tokens.address();
  return (text.includes("/") ? parseCidr(text) : undefined) ?? tokens.fail("not a prefix", token);
}

function isAttribute(name: string): name is RouteAttribute {
  return (ROUTE_ATTRIBUTES as readonly string[]).includes(name);
}

function isEnum(name: string): name is FilterEnum {
  return (FILTER_ENUMS as readonly string[]).includes(name);
}
