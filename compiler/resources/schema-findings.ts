import type { TSchema } from "@sinclair/typebox";
import type { Report } from "../diagnostics/bag.ts";
import { at, type Origin } from "../diagnostics/diagnostic.ts";
import { closest } from "../diagnostics/suggest.ts";
import { describeType, describeValue, isObject, type JsonObject, schemaOf, textHint } from "./json.ts";
import { rightPlaceOf } from "./misplaced-field.ts";

/** What ajv says about a violation, as far as it is used here. */
export interface SchemaError {
  /** JSON pointer to the value. */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: JsonObject;
}

const MAX_FINDINGS = 20;

/** Tells schema violations in words, each at its place: one finding per mistake. */
export function reportSchemaErrors(
  errors: readonly SchemaError[],
  body: unknown,
  schema: TSchema,
  options: {
    readonly origin: Origin;
    readonly report: Report;
    readonly unknownField: "resource/unknown-field" | "kubernetes/unknown-field";
  },
): void {
  const telling = withoutEchoes(errors);
  for (const error of telling.slice(0, MAX_FINDINGS)) {
    const path = parsePointer(error.instancePath, body);
    const found: Found = {
      value: valueAt(body, path),
      schema: schemaAt(schema, path),
      origin: at(options.origin, ...path),
      report: options.report,
    };
    if (error.keyword === "additionalProperties") {
      const field = String(error.params.additionalProperty);
      const suggestion = closest(field, Object.keys(asObject(found.schema.properties)));
      const place = rightPlaceOf(field, path, schema);
      const params = { field, suggestion, place };
      options.report(options.unknownField, params, at(found.origin, field), { target: "key" });
    } else (TELLERS.get(error.keyword) ?? tellForm)(error.params, found);
  }
  const left = telling.length - MAX_FINDINGS;
  if (left > 0) options.report("resource/more-findings", { count: left }, options.origin);
}

/** A failed alternative explains itself once: what its branches say about the same value or below is noise. */
function withoutEchoes(errors: readonly SchemaError[]): readonly SchemaError[] {
  const alternatives = errors.filter(({ keyword }) => keyword === "anyOf" || keyword === "oneOf");
  const seen = new Set<string>();
  return errors.filter((error) => {
    const echo = alternatives.some(
      (a) =>
        a !== error &&
        (error.instancePath === a.instancePath || error.instancePath.startsWith(`${a.instancePath}/`)),
    );
    const key = JSON.stringify([error.instancePath, error.keyword, error.params]);
    return !echo && !seen.has(key) && seen.add(key);
  });
}

interface Found {
  readonly value: unknown;
  readonly schema: JsonObject;
  readonly origin: Origin;
  readonly report: Report;
}

type Teller = (params: JsonObject, found: Found) => void;

const tellType: Teller = ({ type }, { value, origin, report }) =>
  report("resource/type", typeParams(type, value), origin);

const tellEnum: Teller = ({ allowedValues, allowedValue }, { value, origin, report }) => {
  // An empty text is allowed where it stands for an absent one, and need not be named.
  const values = (Array.isArray(allowedValues) ? allowedValues : [allowedValue]).map(String);
  const allowed = values.filter((one) => one !== "");
  const suggestion = typeof value === "string" ? closest(value, allowed) : undefined;
  report("resource/enum", { value: describeValue(value), allowed, suggestion }, origin);
};

const tellRepetition: Teller = ({ i, j }, { origin, report }) => {
  const first = Math.min(Number(i), Number(j));
  const second = Math.max(Number(i), Number(j));
  report("resource/repeated-item", { first: first + 1, second: second + 1 }, at(origin, second));
};

const tellForm: Teller = (_, { value, schema, origin, report }) => {
  const expected = typeof schema.title === "string" ? schema.title : "of a form that is allowed here";
  report("resource/form", { value: describeValue(value), expected }, origin);
};

function bounds(before: string, after = ""): Teller {
  return ({ limit, multipleOf }, { value, origin, report }) => {
    const bound = `${before}${String(limit ?? multipleOf)}${after}`;
    report("resource/bounds", { value: describeValue(value), bound }, origin);
  };
}

function size(what: string, comparison: string, one: string, several: string): Teller {
  return ({ limit }, { origin, report }) => {
    const bound = `${comparison} ${String(limit)} ${limit === 1 ? one : several}`;
    report("resource/size", { what, bound }, origin);
  };
}

/** By ajv keyword. What is not here (pattern, anyOf, not …) has no better words than its schema's title. */
const TELLERS: ReadonlyMap<string, Teller> = new Map<string, Teller>([
  [
    "required",
    ({ missingProperty }, { origin, report }) =>
      report("resource/missing-field", { field: String(missingProperty) }, origin),
  ],
  ["type", tellType],
  ["enum", tellEnum],
  ["const", tellEnum],
  ["minimum", bounds("", " or more")],
  ["maximum", bounds("", " or less")],
  ["exclusiveMinimum", bounds("more than ")],
  ["exclusiveMaximum", bounds("less than ")],
  ["multipleOf", bounds("a multiple of ")],
  ["minLength", size("text", "at least", "character", "characters")],
  ["maxLength", size("text", "at most", "character", "characters")],
  ["minItems", size("list", "at least", "item", "items")],
  ["maxItems", size("list", "at most", "item", "items")],
  ["minProperties", size("mapping", "at least", "entry", "entries")],
  ["maxProperties", size("mapping", "at most", "entry", "entries")],
  ["uniqueItems", tellRepetition],
]);

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: "a mapping",
  array: "a list",
  string: "a string",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  null: "empty",
};

function typeParams(
  type: unknown,
  value: unknown,
): { expected: string; found: string; hint?: string | undefined } {
  const types = (Array.isArray(type) ? type : String(type).split(",")).map(String);
  const expected = types.map((name) => TYPE_WORDS[name] ?? name).join(" or ");
  const found =
    typeof value === "string" || typeof value === "number" ? describeValue(value) : describeType(value);
  return { expected, found, hint: typeHint(types, value) };
}

function typeHint(types: readonly string[], value: unknown): string | undefined {
  if (typeof value !== "string") return types.includes("string") ? textHint(value) : undefined;
  if (types.includes("boolean") && /^(true|false)$/i.test(value)) return "Remove the quotes.";
  if (types.includes("boolean") && /^(yes|no|on|off)$/i.test(value)) return "Write true or false.";
  const numeric = types.includes("integer") || types.includes("number");
  return numeric && /^-?\d+$/.test(value) ? "Remove the quotes." : undefined;
}

function asObject(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

/** Array indices become numbers, as origins have them. */
function parsePointer(pointer: string, root: unknown): readonly (string | number)[] {
  const path: (string | number)[] = [];
  let value = root;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(value) ? Number(key) : key);
    value = child(value, key);
  }
  return path;
}

function valueAt(root: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce(child, root);
}

function child(value: unknown, key: string | number): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, key)
    ? (value as JsonObject)[key]
    : undefined;
}

function schemaAt(root: TSchema, path: readonly (string | number)[]): JsonObject {
  return path.reduce<JsonObject>((schema, step) => schemaOf(step, schema), root);
}
