import type { TSchema } from "@sinclair/typebox";
import type { KindDefinition } from "../../compiler/resources/kind.ts";
import type { Draw } from "./draw.ts";
import { HOSTILE_TEXT } from "./draw.ts";

/** What strings in resources mostly are; a schema's `pattern` is met by some of them, which is enough. */
const PLAIN_TEXT: readonly string[] = [
  "default",
  "node-a",
  "10.0.0.0/24",
  "10.0.0.1",
  "0.0.0.0",
  "fd00::/64",
  "fd00::1",
  "app == 'x'",
  "all()",
  "TCP",
  "Allow",
  "64512",
  "10s",
  "eth0",
  "65001:100",
  "10M",
];

type Json = unknown;

/** A document of the kind, of a shape that its schema allows, with a share of optional fields. */
export function documentOf(definition: KindDefinition, draw: Draw): Record<string, Json> {
  const body = drawValue(definition.schema, draw, 0);
  return {
    apiVersion: draw.oneOf(definition.apiVersions),
    kind: definition.kind,
    metadata: {
      name: draw.oneOf(["default", "x", "node-a", "kns.default"]),
      ...(definition.scope === "namespaced" ? { namespace: "default" } : {}),
      labels: { app: "x" },
    },
    ...(typeof body === "object" ? body : {}),
  };
}

/** JSON Schema as the kinds use it: objects, arrays, unions, literals, bounded numbers, maps, strings. */
function drawValue(schema: TSchema, draw: Draw, depth: number): Json {
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum)) return draw.oneOf(schema.enum);
  const union = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (Array.isArray(union)) return drawValue(draw.oneOf(union as TSchema[]), draw, depth);
  const type: unknown = Array.isArray(schema.type) ? draw.oneOf(schema.type) : schema.type;
  switch (type) {
    case "object":
      return objectOf(schema, draw, depth);
    case "array":
      return Array.from({ length: depth > 8 ? 0 : draw.below(3) }, () =>
        drawValue(schema.items as TSchema, draw, depth + 1),
      );
    case "integer":
    case "number": {
      const low: number = schema.minimum ?? 0;
      return low + draw.below(Math.min((schema.maximum ?? low + 1000) - low, 2 ** 31) + 1);
    }
    case "boolean":
      return draw.below(2) === 0;
    default:
      return draw.oneOf(PLAIN_TEXT);
  }
}

function objectOf(schema: TSchema, draw: Draw, depth: number): Json {
  const required = new Set<string>(schema.required ?? []);
  const properties = Object.entries((schema.properties ?? {}) as Record<string, TSchema>);
  const taken = properties.filter(
    ([name]) => required.has(name) || (depth < 8 && draw.below(name === "spec" ? 20 : 3) > 0),
  );
  if (properties.length === 0) return { app: draw.oneOf(PLAIN_TEXT) };
  return Object.fromEntries(taken.map(([name, inner]) => [name, drawValue(inner, draw, depth + 1)]));
}

const WRONG_VALUES: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  1e308,
  [],
  {},
  [[]],
  [null],
  { a: { b: [] } },
  ["x", "x"],
];

/** The document with one place changed: hostile text, a wrong type, a key that nobody knows, or nothing at all. */
export function breakOne(document: Json, draw: Draw): Json {
  const paths = pathsOf(document);
  return changeAt(document, draw.oneOf(paths), draw);
}

/** The document with one of its texts replaced by a hostile one: what remains valid reaches the artifacts. */
export function breakText(document: Json, draw: Draw): Json {
  const texts = pathsOf(document).filter((path) => typeof valueAt(document, path) === "string");
  const path = draw.oneOf(texts);
  return replace(document, path, draw.oneOf(HOSTILE_TEXT));
}

function changeAt(document: Json, path: readonly string[], draw: Draw): Json {
  switch (draw.below(4)) {
    case 0:
      return replace(document, path, draw.oneOf(WRONG_VALUES));
    case 1: {
      const key = draw.oneOf(HOSTILE_TEXT);
      const old = valueAt(document, path);
      if (typeof old !== "object" || old === null || Array.isArray(old)) return replace(document, path, key);
      return replace(document, path, Object.fromEntries([...Object.entries(old), [key, "x"]]));
    }
    default:
      return replace(document, path, draw.oneOf(HOSTILE_TEXT));
  }
}

function pathsOf(value: Json, path: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, [...path, key]))];
}

function valueAt(value: Json, path: readonly string[]): Json {
  return path.reduce<Json>((at, key) => (at as Record<string, Json>)[key], value);
}

function replace(value: Json, path: readonly string[], by: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((inner, i) => (String(i) === key ? replace(inner, rest, by) : inner));
  // From entries, as an assignment to `__proto__` would set the prototype.
  return Object.fromEntries(
    Object.entries(value as object).map(([name, inner]) => [
      name,
      name === key ? replace(inner, rest, by) : inner,
    ]),
  );
}
