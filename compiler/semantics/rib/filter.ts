import type { BirdConfig, ChannelPolicy } from "../../dataplane/bird.ts";
import type {
  FilterExpression,
  FilterStatement,
  RouteAttribute,
  Routine,
} from "../../dataplane/bird-filter.ts";
import { apply, compareValues, FilterError, readAttribute, type Value, VOID } from "./filter-values.ts";
import { PrefixSet } from "./prefix-set.ts";
import type { RibRoute } from "./route.ts";

/**
 * BIRD 2's filter language, run on one route: the statements that `bird.conf` uses, with BIRD's own treatment of
 * undefined attributes (routing-bgp.md §3.19; BIRD 2.0.12, filter/data.c). An error at run time refuses the route.
 */
export class FilterProgram {
  readonly #constants = new Map<string, Value>();
  readonly #routines = new Map<string, Routine>();

  constructor(config: BirdConfig) {
    for (const constant of config.constants)
      this.#constants.set(
        constant.name,
        constant.kind === "number"
          ? { kind: "number", value: constant.value }
          : { kind: "prefixes", set: new PrefixSet(constant.items) },
      );
    for (const routine of config.routines) this.#routines.set(routine.name, routine);
  }

  /** The route as the policy leaves it, or `undefined` where it is refused. */
  run(policy: ChannelPolicy, route: RibRoute): RibRoute | undefined {
    const body = this.#body(policy);
    if (body === undefined) return undefined;
    const run: Run = { route, parameters: new Map() };
    try {
      return this.#block(body, run) === "accept" ? run.route : undefined;
    } catch (error) {
      if (error instanceof FilterError) return undefined;
      throw error;
    }
  }

  #body(policy: ChannelPolicy): readonly FilterStatement[] | undefined {
    switch (policy.kind) {
      case "none":
        return undefined;
      case "inline":
        return policy.body;
      case "filter":
        return this.#routines.get(policy.name)?.body;
    }
  }

  /** `undefined`: no statement decided. A filter that ends so refuses the route. */
  #block(body: readonly FilterStatement[], run: Run): "accept" | "reject" | undefined {
    for (const statement of body) {
      const decided = this.#statement(statement, run);
      if (decided !== undefined) return decided;
    }
    return undefined;
  }

  #statement(statement: FilterStatement, run: Run): "accept" | "reject" | undefined {
    switch (statement.kind) {
      case "accept":
      case "reject":
        return statement.kind;
      case "if":
        return this.#block(this.#holds(statement.condition, run) ? statement.body : statement.otherwise, run);
      case "call": {
        const callee = this.#routines.get(statement.function);
        if (callee?.kind !== "function") throw new FilterError(`no function ${statement.function}`);
        const values = statement.arguments.map((argument) => this.#value(argument, run));
        const inner: Run = {
          route: run.route,
          parameters: new Map(callee.parameters.map((name, index) => [name, values[index] ?? VOID])),
        };
        const decided = this.#block(callee.body, inner);
        run.route = inner.route;
        return decided;
      }
      case "assign":
      case "extend": {
        const operation = statement.kind === "assign" ? "assign" : statement.method;
        const argument = statement.kind === "assign" ? statement.value : statement.argument;
        run.route = apply(run.route, statement.attribute, operation, this.#value(argument, run));
        return undefined;
      }
    }
  }

  #holds(expression: FilterExpression, run: Run): boolean {
    const value = this.#value(expression, run);
    if (value.kind !== "boolean") throw new FilterError("a condition is no boolean");
    return value.value;
  }

  #value(expression: FilterExpression, run: Run): Value {
    switch (expression.kind) {
      case "boolean":
      case "number":
      case "text":
      case "enum":
      case "prefix":
      case "path-mask":
      case "set":
      case "community":
        return expression;
      case "attribute":
        return readAttribute(run.route, expression.attribute);
      case "symbol": {
        const value = run.parameters.get(expression.name) ?? this.#constants.get(expression.name);
        if (value === undefined) throw new FilterError(`no symbol ${expression.name}`);
        return value;
      }
      case "compare":
        return truth(
          compareValues(
            expression.operator,
            this.#value(expression.left, run),
            this.#value(expression.right, run),
          ),
        );
      case "subtract": {
        const left = this.#value(expression.left, run);
        const right = this.#value(expression.right, run);
        if (left.kind !== "number" || right.kind !== "number")
          throw new FilterError("no numbers to subtract");
        return { kind: "number", value: (left.value - right.value) >>> 0 };
      }
      case "defined":
        return truth(isDefined(run.route, expression.attribute));
      case "not":
        return truth(!this.#holds(expression.operand, run));
      case "and":
        return truth(expression.operands.every((operand) => this.#holds(operand, run)));
      case "or":
        return truth(expression.operands.some((operand) => this.#holds(operand, run)));
    }
  }
}

interface Run {
  route: RibRoute;
  readonly parameters: ReadonlyMap<string, Value>;
}

function truth(value: boolean): Value {
  return { kind: "boolean", value };
}

/** A path or list that the route lacks reads as empty, and is undefined all the same. */
function isDefined(route: RibRoute, attribute: RouteAttribute): boolean {
  switch (attribute) {
    case "bgp_path":
      return route.attributes.asPath !== undefined;
    case "bgp_community":
      return route.attributes.communities !== undefined;
    case "bgp_large_community":
      return route.attributes.largeCommunities !== undefined;
    case "net":
    case "source":
    case "dest":
    case "proto":
    case "ifname":
    case "preference":
    case "bgp_next_hop":
    case "bgp_local_pref":
    case "krt_metric":
    case "krt_source":
      return readAttribute(route, attribute).kind !== "void";
  }
}
