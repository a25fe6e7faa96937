import { isJsonObject, type Json, type JsonObject } from "../../../runtime/datastore/json.ts";
import { UserError } from "../../output/errors.ts";
import { FUNCTIONS, isTrue, type TemplateFunction, type Value } from "./functions.ts";
import { printed } from "./print.ts";
import type { Operand, Pipeline, TemplateNode } from "./syntax.ts";

/**
 * What a template makes of `data`. Templates for Calico name the fields of Go's structures: `.Spec.CIDR` finds `cidr`,
 * `.ObjectMeta.Name` and `.Name` find `metadata.name`. Which fields a structure has is not known here: one that is not
 * there is empty, and no mistake. `functions` are beside the usual ones. Throws UserError.
 */
export function runTemplate(
  template: readonly TemplateNode[],
  data: Json,
  functions: Readonly<Record<string, TemplateFunction>>,
): string {
  const run = new Run({ ...FUNCTIONS, ...functions });
  run.nodes(template, data, new Scope(undefined, new Map([["", data]])));
  return run.output.join("");
}

/** Variables of a block are gone at its end; those around it can be assigned to. */
class Scope {
  readonly #outer: Scope | undefined;
  readonly #values: Map<string, Value>;

  constructor(outer: Scope | undefined, values = new Map<string, Value>()) {
    this.#outer = outer;
    this.#values = values;
  }

  declare(name: string, value: Value): void {
    this.#values.set(name, value);
  }

  assign(name: string, value: Value): void {
    this.#holder(name).#values.set(name, value);
  }

  get(name: string): Value {
    return this.#holder(name).#values.get(name);
  }

  #holder(name: string): Scope {
    if (this.#values.has(name)) return this;
    if (this.#outer === undefined) throw failed(`there is no variable $${name}`);
    return this.#outer.#holder(name);
  }
}

class Run {
  readonly output: string[] = [];
  readonly #functions: Readonly<Record<string, TemplateFunction>>;

  constructor(functions: Readonly<Record<string, TemplateFunction>>) {
    this.#functions = functions;
  }

  nodes(nodes: readonly TemplateNode[], dot: Value, scope: Scope): void {
    for (const node of nodes) this.#node(node, dot, scope);
  }

  #node(node: TemplateNode, dot: Value, scope: Scope): void {
    if (node.kind === "text") {
      this.output.push(node.text);
      return;
    }
    const { pipeline } = node;
    if (node.kind === "action") {
      const value = this.#pipeline(pipeline, dot, scope);
      const [name] = pipeline.variables;
      if (name === undefined) this.output.push(printed(value));
      else bind(pipeline, name, value, scope);
      return;
    }
    const inner = new Scope(scope);
    const value = this.#pipeline(pipeline, dot, inner);
    if (node.kind === "range") {
      const items = itemsOf(value);
      for (const [key, item] of items) {
        const turn = new Scope(scope);
        const names = pipeline.variables.length === 2 ? [key, item] : [item];
        for (const [i, name] of pipeline.variables.entries()) bind(pipeline, name, names[i], turn);
        this.nodes(node.body, item, turn);
      }
      if (items.length === 0) this.nodes(node.otherwise, dot, inner);
      return;
    }
    const [name] = pipeline.variables;
    if (name !== undefined) bind(pipeline, name, value, inner);
    if (isTrue(value)) this.nodes(node.body, node.kind === "with" ? value : dot, inner);
    else this.nodes(node.otherwise, dot, inner);
  }

  #pipeline({ commands }: Pipeline, dot: Value, scope: Scope): Value {
    let value: Value;
    for (const [i, command] of commands.entries())
      value = this.#command(command, i === 0 ? [] : [value], dot, scope);
    return value;
  }

  #command([head, ...rest]: readonly Operand[], piped: readonly Value[], dot: Value, scope: Scope): Value {
    if (head?.base.kind !== "function") {
      if (rest.length + piped.length > 0) throw failed("only a function takes arguments");
      return this.#operand(head!, dot, scope);
    }
    const { name } = head.base;
    if (name === "and" || name === "or") return this.#choice(name, rest, piped, dot, scope);
    const call = Object.hasOwn(this.#functions, name) ? this.#functions[name] : undefined;
    if (call === undefined) throw failed(`there is no function ${name}`);
    const args = [...rest.map((operand) => this.#operand(operand, dot, scope)), ...piped];
    try {
      return fieldsOf(call(...args), head.fields);
    } catch (error) {
      throw error instanceof UserError ? failed(`${name}: ${error.message}`) : error;
    }
  }

  /** The first argument that decides; what comes after it is not looked at. */
  #choice(
    name: "and" | "or",
    rest: readonly Operand[],
    piped: readonly Value[],
    dot: Value,
    scope: Scope,
  ): Value {
    let value: Value;
    for (const operand of rest) {
      value = this.#operand(operand, dot, scope);
      if (isTrue(value) === (name === "or")) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }

  #operand({ base, fields }: Operand, dot: Value, scope: Scope): Value {
    switch (base.kind) {
      case "dot":
        return fieldsOf(dot, fields);
      case "variable":
        return fieldsOf(scope.get(base.name), fields);
      case "literal":
        return base.value;
      case "pipeline":
        return fieldsOf(this.#pipeline(base.pipeline, dot, scope), fields);
      case "function":
        return this.#command([{ base, fields }], [], dot, scope);
    }
  }
}

function bind({ assigns }: Pipeline, name: string, value: Value, scope: Scope): void {
  if (assigns) scope.assign(name, value);
  else scope.declare(name, value);
}

/** Mappings in the order of their keys; a number counts from 0. */
function itemsOf(value: Value): readonly (readonly [Json, Json])[] {
  if (Array.isArray(value)) return (value as readonly Json[]).map((item, i) => [i, item]);
  if (isJsonObject(value))
    return Object.keys(value)
      .sort()
      .map((key) => [key, value[key]!]);
  if (typeof value === "number") return Array.from({ length: value }, (_, i) => [i, i]);
  if (value === undefined || value === null) return [];
  throw failed(`range cannot go over ${printed(value)}`);
}

function fieldsOf(value: Value, fields: readonly string[]): Value {
  return fields.reduce(fieldOf, value);
}

/** Structures that Go embeds: their fields are those of what they stand in. */
const EMBEDDED: ReadonlySet<string> = new Set(["TypeMeta"]);
const METADATA: ReadonlySet<string> = new Set(["ObjectMeta", "ListMeta"]);

function fieldOf(value: Value, field: string): Value {
  if (value === undefined || value === null) return undefined;
  if (!isJsonObject(value))
    throw failed(`can't evaluate field ${field} of ${Array.isArray(value) ? "a list" : printed(value)}`);
  if (Object.hasOwn(value, field)) return value[field];
  if (EMBEDDED.has(field)) return value;
  if (METADATA.has(field)) return value.metadata;
  return named(value, field) ?? (isJsonObject(value.metadata) ? named(value.metadata, field) : undefined);
}

function named(object: JsonObject, field: string): Value {
  const wanted = field.toLowerCase();
  const key = Object.keys(object).find((each) => each.toLowerCase() === wanted);
  return key === undefined ? undefined : object[key];
}

function failed(reason: string): UserError {
  return new UserError(`the template cannot be run: ${reason}`);
}
