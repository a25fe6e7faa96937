import type { BirdConfig, ChannelPolicy } from "../../dataplane/bird.ts";
import type { FilterExpression, FilterStatement, Routine } from "../../dataplane/bird-filter.ts";
import { isPlainText } from "./symbols.ts";
import type { Found } from "./validate.ts";

/** What the statements of one place may refer to. */
interface Scope {
  readonly routines: ReadonlyMap<string, Routine>;
  /** Constants that are sets of prefixes. */
  readonly sets: ReadonlySet<string>;
  readonly found: (reason: string) => void;
}

/** Routines in their order, then the policies of all channels. */
export function checkFilters({ constants, routines, protocols }: BirdConfig, found: Found): void {
  const sets = new Set(constants.flatMap(({ kind, name }) => (kind === "prefixes" ? [name] : [])));
  const known = new Map<string, Routine>();
  const checkBodyOf = (where: string, body: readonly FilterStatement[]): void =>
    checkBody(body, { routines: known, sets, found: (reason) => found(where, reason) });
  const checkPolicy = (where: string, policy: ChannelPolicy): void => {
    if (policy.kind === "inline") checkBodyOf(where, policy.body);
    else if (policy.kind === "filter" && known.get(policy.name)?.kind !== "filter")
      found(where, `there is no filter ${policy.name}`);
  };
  for (const routine of routines) {
    checkBodyOf(routine.name, routine.body);
    known.set(routine.name, routine);
  }
  for (const protocol of protocols) {
    const channel = "channel" in protocol ? protocol.channel : protocol;
    if (!("import" in channel)) continue;
    checkPolicy(protocol.name, channel.import);
    checkPolicy(protocol.name, channel.export);
  }
}

function checkBody(body: readonly FilterStatement[], scope: Scope): void {
  for (const statement of body)
    switch (statement.kind) {
      case "if":
        checkExpression(statement.condition, scope);
        checkBody(statement.body, scope);
        checkBody(statement.otherwise, scope);
        break;
      case "call": {
        const callee = scope.routines.get(statement.function);
        if (callee?.kind !== "function")
          scope.found(`function ${statement.function} is not defined before its use`);
        else if (callee.parameters.length !== statement.arguments.length)
          scope.found(`function ${statement.function} is called with the wrong number of arguments`);
        break;
      }
      case "assign":
        checkExpression(statement.value, scope);
        break;
      case "extend":
      case "accept":
      case "reject":
        break;
    }
}

function checkExpression(expression: FilterExpression, scope: Scope): void {
  switch (expression.kind) {
    case "text":
      if (!isPlainText(expression.value)) scope.found(`the text ${expression.value} cannot be quoted`);
      break;
    case "set":
      if (new Set(expression.items.map(familyOf)).size > 1)
        scope.found("a set mixes address families or kinds");
      break;
    case "compare": {
      const { left, operator, right } = expression;
      const isSet = right.kind === "set" || (right.kind === "symbol" && scope.sets.has(right.name));
      if (isSet && (operator === "=" || operator === "!="))
        scope.found(`${operator} with a set never looks inside the set`);
      // Such a match logs an error for every route and rejects it.
      if (left.kind === "attribute" && left.attribute === "bgp_next_hop" && isPrefixSet(right, scope.sets))
        scope.found("a next hop cannot be matched with a set of prefixes");
      checkExpression(left, scope);
      checkExpression(right, scope);
      break;
    }
    case "subtract":
      checkExpression(expression.left, scope);
      checkExpression(expression.right, scope);
      break;
    case "not":
      checkExpression(expression.operand, scope);
      break;
    case "and":
    case "or":
      for (const operand of expression.operands) checkExpression(operand, scope);
      break;
    case "boolean":
    case "number":
    case "attribute":
    case "enum":
    case "symbol":
    case "prefix":
    case "community":
    case "path-mask":
    case "defined":
      break;
  }
}

function familyOf(item: Extract<FilterExpression, { kind: "set" }>["items"][number]): string {
  switch (item.kind) {
    case "enum":
      return item.value.slice(0, 3);
    case "ip":
      return "ip";
    case "lengths":
      return `prefix${item.cidr.version}`;
  }
}

function isPrefixSet(expression: FilterExpression, sets: ReadonlySet<string>): boolean {
  if (expression.kind === "symbol") return sets.has(expression.name);
  return expression.kind === "set" && expression.items.some(({ kind }) => kind === "lengths");
}
