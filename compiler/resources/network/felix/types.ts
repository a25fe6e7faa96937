import { Type } from "@sinclair/typebox";
import type { Cidr, Ip, IpVersion, PortRange } from "../../../net/cidr.ts";
import { parseCidr } from "../../../net/cidr.ts";
import { parsePortRange } from "../../../net/ports.ts";
import { enumOf, intOrString } from "../../schema.ts";
import { parseDuration } from "../duration.ts";
import { isGoRegex } from "../go-regex.ts";
import { ipIn } from "../values.ts";
import { type Parameter, readAs, valid } from "./parameter.ts";

/** Constructors of parameters, one per type of value in Felix's table. */

const BOOLEANS: Readonly<Record<string, boolean>> = {
  true: true,
  "1": true,
  yes: true,
  y: true,
  t: true,
  false: false,
  "0": false,
  no: false,
  n: false,
  f: false,
};

export function bool(configName: string): Parameter<boolean, boolean> {
  return {
    configName,
    schema: Type.Boolean(),
    zero: { value: false },
    read: valid,
    readText: readAs((text) => BOOLEANS[text.toLowerCase()], "true or false"),
  };
}

export interface IntegerOptions {
  readonly min?: number;
  readonly max?: number;
  /** Zero is no value that Felix takes. */
  readonly required?: true;
}

export function int(configName: string, options: IntegerOptions = {}): Parameter<number, number> {
  const { min = Number.MIN_SAFE_INTEGER, max = Number.MAX_SAFE_INTEGER } = options;
  const parse = (text: string): number | undefined => {
    // Hexadecimal is usual for masks.
    const value = /^(-?\d+|0[xX][0-9a-fA-F]+)$/.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(value) && value >= min && value <= max ? value : undefined;
  };
  const bounded = options.min !== undefined || options.max !== undefined;
  return {
    configName,
    schema: Type.Integer({
      ...(options.min === undefined ? {} : { minimum: options.min }),
      ...(options.max === undefined ? {} : { maximum: options.max }),
    }),
    ...(options.required === true ? {} : { zero: { value: 0 } }),
    read: valid,
    readText: readAs(parse, bounded ? `an integer from ${min} to ${max}` : "an integer"),
  };
}

export function port(configName: string): Parameter<number, number> {
  return int(configName, { min: 0, max: 65535 });
}

export interface TextOptions {
  readonly pattern?: string;
  /** The pattern in words. */
  readonly title?: string;
  readonly required?: true;
}

export function text(configName: string, options: TextOptions = {}): Parameter<string, string> {
  const { pattern, title = "a text", required } = options;
  const form = pattern === undefined ? undefined : new RegExp(pattern);
  const parse = (value: string): string | undefined =>
    form === undefined || value === "" || form.test(value) ? value : undefined;
  const reader = readAs(parse, title);
  return {
    configName,
    schema: Type.String(),
    ...(required === true ? {} : { zero: { value: "" } }),
    read: reader,
    readText: reader,
  };
}

export function regex(configName: string): Parameter<string, string> {
  const parse = (value: string): string | undefined => (isGoRegex(value) ? value : undefined);
  const reader = readAs(parse, "a regular expression");
  return { configName, schema: Type.String(), zero: { value: "" }, read: reader, readText: reader };
}

/** Exactly these spellings in a resource; any case in an annotation. The value is spelt as in `values`. */
export function oneOf<const Values extends readonly string[]>(
  configName: string,
  values: Values,
): Parameter<Values[number], Values[number]> {
  return { configName, schema: enumOf(values), read: valid, readText: anyCase(values) };
}

/** Any case in both. An empty text in a resource means unset. */
export function oneOfAnyCase<const Values extends readonly string[]>(
  configName: string,
  values: Values,
): Parameter<string, Values[number]> {
  const alternatives = values.map((value) =>
    value.replace(/[a-z]/gi, (letter) => `[${letter.toUpperCase()}${letter.toLowerCase()}]`),
  );
  const schema = Type.String({ pattern: `^(${alternatives.join("|")})?$`, title: oneOfWords(values) });
  return { configName, schema, read: anyCase(values), readText: anyCase(values) };
}

function anyCase<const Values extends readonly string[]>(values: Values) {
  const byLowerCase = new Map<string, Values[number]>(values.map((value) => [value.toLowerCase(), value]));
  return readAs((value: string) => byLowerCase.get(value.toLowerCase()), oneOfWords(values));
}

function oneOfWords(values: readonly string[]): string {
  return `one of ${values.join(", ")}`;
}

/** Seconds. In an annotation a plain number, of seconds or of the unit given in seconds. */
export function duration(configName: string, unit = 1): Parameter<string, number> {
  const plain = (value: string): number | undefined =>
    /^\d+(\.\d+)?$/.test(value) ? Number(value) * unit : parseDuration(value);
  return {
    configName,
    schema: Type.String(),
    zero: { value: 0 },
    read: readAs(parseDuration, 'a duration with its unit, such as "90s" or "1m30s"'),
    readText: readAs(plain, `a number of ${unit === 1 ? "seconds" : "milliseconds"}`),
  };
}

/** The value `undefined` stands for unset, which `none` and 0 spell. */
export function address(configName: string, version: IpVersion): Parameter<string, Ip | undefined> {
  const reader = readAs((value: string) => ipIn(value, version), `a valid IPv${version} address`);
  return {
    configName,
    schema: Type.String({ maxLength: 45 }),
    zero: { value: undefined },
    read: reader,
    readText: reader,
  };
}

const CIDRS_EXPECTED = "a list of networks such as 10.0.0.0/8";

export function cidrs(configName: string): Parameter<readonly string[], readonly Cidr[]> {
  const parse = (values: readonly string[]): readonly Cidr[] | undefined => {
    const parsed = values.flatMap((value) => parseCidr(value) ?? []);
    return parsed.length === values.length ? parsed : undefined;
  };
  return {
    configName,
    schema: Type.Array(Type.String()),
    zero: { value: [] },
    read: readAs(parse, CIDRS_EXPECTED),
    readText: readAs((value) => parse(items(value)), CIDRS_EXPECTED),
  };
}

/** The API takes networks of IPv4 only; an annotation is not looked at by it, and the agent takes both families. */
export function ipv4InSpec(
  parameter: Parameter<readonly string[], readonly Cidr[]>,
): Parameter<readonly string[], readonly Cidr[]> {
  return {
    ...parameter,
    read: (values) => {
      const result = parameter.read(values);
      const ipv4 = !result.ok || result.value.every(({ version }) => version === 4);
      return ipv4 ? result : { ok: false, expected: `${CIDRS_EXPECTED}, of IPv4` };
    },
  };
}

export function list(configName: string): Parameter<readonly string[], readonly string[]> {
  return {
    configName,
    schema: Type.Array(Type.String()),
    zero: { value: [] },
    read: valid,
    readText: (value) => valid(items(value)),
  };
}

/** A port, or a range `first:last`; port 0 alone means unset. */
export function portRange(configName: string): Parameter<number | string, PortRange | undefined> {
  const reader = (value: number | string) => {
    const range = parsePortRange(value);
    if (range === undefined)
      return { ok: false as const, expected: "a port or a range first:last within 0–65535" };
    return valid(range.last === 0 ? undefined : range);
  };
  return {
    configName,
    schema: intOrString(),
    zero: { value: undefined },
    read: reader,
    readText: reader,
  };
}

/** The items of a comma-separated list, without blanks around them. */
export function items(value: string): readonly string[] {
  return value
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}
