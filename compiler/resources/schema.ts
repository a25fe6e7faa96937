import { type SchemaOptions, type TSchema, type TUnsafe, Type } from "@sinclair/typebox";

/** One of the given strings; one `enum` keyword, where a TypeBox union of literals would be an `anyOf`. */
export function enumOf<const Values extends readonly string[]>(
  values: Values,
  options: SchemaOptions = {},
): TUnsafe<Values[number]> {
  return Type.Unsafe<Values[number]>({ ...options, type: "string", enum: [...values] });
}

/** Kubernetes' IntOrString, and Calico's port and protocol. */
export function intOrString(options: SchemaOptions = {}): TUnsafe<number | string> {
  return Type.Unsafe<number | string>({ ...options, type: ["integer", "string"] });
}

export function strings(options: SchemaOptions & { maxItems?: number; uniqueItems?: boolean } = {}) {
  return Type.Array(Type.String(), options);
}

export function stringMap(options: SchemaOptions = {}) {
  return Type.Unsafe<Readonly<Record<string, string>>>({
    ...options,
    type: "object",
    additionalProperties: { type: "string" },
  });
}

/** Any value: for parts that are carried but not read. */
export function anything(): TSchema {
  return Type.Unknown();
}
