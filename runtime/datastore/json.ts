/** A JSON value whose integers are exact: `bigint` where a `number` would round, as for sequence numbers of IPAM. */
export type Json =
  | null
  | boolean
  | number
  | bigint
  | string
  | readonly Json[]
  | { readonly [field: string]: Json };
export type JsonObject = { readonly [field: string]: Json };

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object, or an empty one where the value is something else or nothing. */
export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

type SourceReviver = (key: string, value: Json, context: { readonly source?: string }) => Json;
/** TypeScript's library does not know the third argument of a reviver yet (ECMAScript, "JSON.parse source text access"). */
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => Json;

/** Reads JSON without rounding integers. Throws SyntaxError. */
export function parseJson(text: string): Json {
  // A reviver makes reading several times slower; below sixteen digits in a row no integer can be rounded.
  if (!/\d{16}/.test(text)) return JSON.parse(text) as Json;
  return parseWithSource(text, (_key, value, { source }) =>
    typeof value === "number" &&
    !Number.isSafeInteger(value) &&
    source !== undefined &&
    /^-?\d+$/.test(source)
      ? BigInt(source)
      : value,
  );
}

/**
 * Compact JSON as Go's `encoding/json` writes it, so that values of Calico's own tools come out as they went in:
 * fields in the order in which they came, `<`, `>`, `&`, U+2028 and U+2029 escaped. JavaScript puts keys that look
 * like array indices first; Go has such keys only in maps, which it sorts, so an object with one of them is sorted.
 */
export function printJson(value: Json): string {
  if (typeof value === "string") return printString(value);
  if (typeof value !== "object" || value === null)
    return typeof value === "bigint" ? `${value}` : JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(printJson).join(",")}]`;
  let keys = Object.keys(value);
  if (keys[0] !== undefined && /^\d+$/.test(keys[0])) keys = keys.sort();
  const object = value as JsonObject;
  return `{${keys.map((key) => `${printString(key)}:${printJson(object[key]!)}`).join(",")}}`;
}

/** For people: one field a line, unless `indent` is "". */
export function printIndentedJson(value: Json, indent: string): string {
  return JSON.stringify(value, rawIntegers, indent);
}

/** TypeScript's library does not know `JSON.rawJSON` yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };

function rawIntegers(_field: string, value: unknown): unknown {
  return typeof value === "bigint" ? rawJSON(`${value}`) : value;
}

const GO_ESCAPED = /[<>&\u2028\u2029]/g;

function printString(text: string): string {
  return JSON.stringify(text).replace(
    GO_ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** JSON with sorted fields: equal texts are equal values, whatever the order they were written in. */
export function canonicalJson(value: Json): string {
  return printJson(sortFields(value));
}

function sortFields(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortFields);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortFields(value[key]!)]),
  );
}

/**
 * The fields in which two values differ, as `spec.ingress[2].action`; whole lists of other length and whole
 * subtrees that only one side has are one entry each.
 */
export function differingFields(
  one: Json | undefined,
  other: Json | undefined,
  path = "",
): readonly string[] {
  if (one === undefined || other === undefined) return one === other ? [] : [path];
  if (isJsonObject(one) && isJsonObject(other)) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...keys]
      .sort()
      .flatMap((key) => differingFields(one[key], other[key], path === "" ? key : `${path}.${key}`));
  }
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length)
    return one.flatMap((item, i) => differingFields(item, other[i], `${path}[${i}]`));
  return canonicalJson(one) === canonicalJson(other) ? [] : [path];
}
