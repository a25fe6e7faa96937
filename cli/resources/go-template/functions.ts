import { canonicalJson, isJsonObject, type Json } from "../../../runtime/datastore/json.ts";
import { UserError } from "../../output/errors.ts";
import { goItems, truncated } from "../go-values.ts";
import { formatted, printed } from "./print.ts";

/** `undefined` is a field that is not there. */
export type Value = Json | undefined;
export type TemplateFunction = (...args: readonly Value[]) => Value;

/** Go's own that speak of values, and calicoctl's `join` and `joinAndTruncate` (the sheet "Output formats"). */
export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  not: (value) => !isTrue(value),
  eq: (first, ...others) => others.some((other) => same(first, other)),
  ne: (one, other) => !same(one, other),
  lt: (one, other) => order(one, other) < 0,
  le: (one, other) => order(one, other) <= 0,
  gt: (one, other) => order(one, other) > 0,
  ge: (one, other) => order(one, other) >= 0,
  len: (value) => {
    if (value === undefined || value === null) return 0;
    if (typeof value !== "string" && typeof value !== "object")
      throw new UserError(`len of ${printed(value)}`);
    return typeof value === "string" ? Buffer.byteLength(value) : Object.keys(value).length;
  },
  index: (value, ...keys) => keys.reduce(element, value),
  print: (...args) =>
    args.map((arg, i) => (i > 0 && needsSpace(args[i - 1], arg) ? " " : "") + printed(arg)).join(""),
  println: (...args) => `${args.map(printed).join(" ")}\n`,
  printf: (format, ...args) => formatted(String(format ?? ""), args),
  join: (items, separator) => goItems(items).join(String(separator ?? "")),
  joinAndTruncate: (items, separator, longest) =>
    truncated(goItems(items).join(String(separator ?? "")), Number(longest)),
};

/** Empty values and those that are not there are false, as in Go. */
export function isTrue(value: Value): boolean {
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return (
    value !== undefined && value !== null && value !== false && value !== 0 && value !== 0n && value !== ""
  );
}

function same(one: Value, other: Value): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null);
}

function order(one: Value, other: Value): number {
  const isNumber = (value: Value): value is number | bigint =>
    typeof value === "number" || typeof value === "bigint";
  if ((isNumber(one) && isNumber(other)) || (typeof one === "string" && typeof other === "string"))
    return one < other ? -1 : one > other ? 1 : 0;
  throw new UserError(`${printed(one)} and ${printed(other)} have no order`);
}

function element(value: Value, key: Value): Value {
  if (Array.isArray(value) && typeof key === "number") {
    if (key >= 0 && key < value.length) return (value as readonly Json[])[key];
    throw new UserError(`index ${key} of a list of ${value.length}`);
  }
  if (!isJsonObject(value) || typeof key !== "string")
    throw new UserError(`index ${printed(key)} of ${printed(value)}`);
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

/** `print` puts one between two values of which neither is a string. */
function needsSpace(one: Value, other: Value): boolean {
  return typeof one !== "string" && typeof other !== "string";
}
