import type { TSchema } from "@sinclair/typebox";

/**
 * One parameter of Felix: how it looks in a resource (`schema`, typed by `Yaml`) and in an annotation (text), and
 * what both mean (`Value`). A parameter that the compiler does not use has no readers: its schema is all there is.
 */
export interface Parameter<Yaml = unknown, Value = unknown> {
  /** Name in Felix's configuration file and in the annotations `config.projectcalico.org/<name>`. */
  readonly configName: string;
  readonly schema: TSchema;
  /** The zero value that the text `none` stands for; without one, Felix refuses `none`. */
  readonly zero?: { readonly value: Value };
  /** An empty list says "nothing" rather than "unset". */
  readonly emptyIsValue?: true;
  readonly read: (value: Yaml) => Read<Value>;
  readonly readText: (text: string) => Read<Value>;
}

/** A value, or in words what was expected instead: "an IPv4 address". */
export type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly expected: string };

export type YamlOf<P> = P extends Parameter<infer Yaml, unknown> ? Yaml : never;
export type ValueOf<P> = P extends Parameter<never, infer Value> ? Value : never;

export function valid<Value>(value: Value): Read<Value> {
  return { ok: true, value };
}

/** A reader from a parser that gives `undefined` for what it cannot read. */
export function readAs<Input, Value>(
  parse: (input: Input) => Value | undefined,
  expected: string,
): (input: Input) => Read<Value> {
  return (input) => {
    const value = parse(input);
    return value === undefined ? { ok: false, expected } : valid(value);
  };
}
