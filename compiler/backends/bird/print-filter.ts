import type { FilterExpression, FilterStatement, Routine, SetItem } from "../../dataplane/bird-filter.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { noted } from "./comments.ts";
import { printSymbol } from "./symbols.ts";

/** Without its comment. */
export function printRoutine(routine: Routine): string {
  const head =
    routine.kind === "filter"
      ? `filter ${printSymbol(routine.name)} {`
      : `function ${printSymbol(routine.name)}(${routine.parameters.map((name) => `bool ${name}`).join("; ")}) {`;
  return [head, ...printStatements(routine.body, "  "), "}"].join("\n");
}

/** Lines. */
export function printStatements(statements: readonly FilterStatement[], indent: string): readonly string[] {
  return statements.flatMap((statement) => {
    const [first = "", ...rest] = printStatement(statement, indent);
    return [noted(first, statement.comment), ...rest];
  });
}

/** A condition with one simple consequence is one line, so that a list of them reads, and differs, by line. */
function printStatement(statement: FilterStatement, indent: string): readonly string[] {
  switch (statement.kind) {
    case "if": {
      const head = `${indent}if (${printExpression(statement.condition)}) then {`;
      const [only] = statement.body;
      if (
        statement.body.length === 1 &&
        only !== undefined &&
        only.kind !== "if" &&
        statement.otherwise.length === 0
      )
        return [`${head} ${printSimple(only)} }`];
      const otherwise =
        statement.otherwise.length === 0
          ? [`${indent}}`]
          : [`${indent}} else {`, ...printStatements(statement.otherwise, `${indent}  `), `${indent}}`];
      return [head, ...printStatements(statement.body, `${indent}  `), ...otherwise];
    }
    default:
      return [`${indent}${printSimple(statement)}`];
  }
}

function printSimple(statement: Exclude<FilterStatement, { kind: "if" }>): string {
  switch (statement.kind) {
    case "accept":
    case "reject":
      return `${statement.kind};`;
    case "assign":
      return `${statement.attribute} = ${printExpression(statement.value)};`;
    case "call":
      return `${printSymbol(statement.function)}(${statement.arguments.map(printExpression).join(", ")});`;
    case "extend":
      return `${statement.attribute}.${statement.method}(${printExpression(statement.argument)});`;
  }
}

export function printExpression(expression: FilterExpression): string {
  switch (expression.kind) {
    case "boolean":
    case "number":
      return String(expression.value);
    case "text":
      return `"${expression.value}"`;
    case "attribute":
      return expression.attribute;
    case "enum":
      return expression.value;
    case "symbol":
      return printSymbol(expression.name);
    case "prefix":
      return formatCidr(expression.cidr);
    case "community":
      return `(${expression.value.join(", ")})`;
    case "path-mask":
      return `[= ${expression.asNumbers.join(" ")} * =]`;
    case "set":
      return `[ ${expression.items.map(printItem).join(", ")} ]`;
    case "compare":
      return `${printExpression(expression.left)} ${expression.operator} ${printExpression(expression.right)}`;
    case "subtract":
      return `${printExpression(expression.left)} - ${printExpression(expression.right)}`;
    case "defined":
      return `defined(${expression.attribute})`;
    case "not":
      return `! ${printOperand(expression.operand)}`;
    case "and":
      return expression.operands.map(printOperand).join(" && ");
    case "or":
      return expression.operands.map(printOperand).join(" || ");
  }
}

/** Every nested operator gets parentheses: nobody should have to know BIRD's precedences. */
function printOperand(expression: FilterExpression): string {
  switch (expression.kind) {
    case "compare":
    case "subtract":
    case "not":
    case "and":
    case "or":
      return `(${printExpression(expression)})`;
    default:
      return printExpression(expression);
  }
}

function printItem(item: SetItem): string {
  switch (item.kind) {
    case "enum":
      return item.value;
    case "ip":
      return formatIp(item.ip);
    case "lengths":
      return `${formatCidr(item.cidr)}{${item.min},${item.max}}`;
  }
}
