import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isObject } from "../json.ts";
import { NETWORK_KINDS } from "./index.ts";
import { collector, lowerContext, readResource } from "./testing/read.ts";

/** Texts that some field or other understands, so that documents get past the first check. */
const TEXTS = fc.oneof(
  fc.constantFrom(
    ...[
      "",
      "default",
      "none",
      "10.0.0.0/8",
      "10.0.0.1",
      "10.0.0.1/30",
      "fd00::/122",
      "fd00::1",
      "[fd00::1]:179",
    ],
    ...[
      "90s",
      "1m30s",
      "all()",
      "has(a) && b == 'c'",
      "global()",
      "a =",
      "64512:1",
      "1:2:3",
      "65536:1",
      "1.1",
    ],
    ...["host:n1", "virtual:load-balancer", "eth*", "22", "1:5", "tcp:10.0.0.0/8:22", "true", "10/second"],
  ),
  fc.string({ maxLength: 20 }),
);

const METADATA = { namespace: "", labels: {}, uid: "", creationTimestamp: "", deletionTimestamp: "" };

/** Values of a schema: fitting ones but for patterns, as what lies behind the schema check is what is tested here. */
function valuesOf(schema: unknown): fc.Arbitrary<unknown> {
  if (!isObject(schema)) return fc.jsonValue();
  if (Array.isArray(schema.anyOf)) return fc.oneof(...schema.anyOf.map(valuesOf));
  if (Array.isArray(schema.enum)) return fc.constantFrom(...schema.enum);
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return fc.oneof(...types.map((type) => valuesOfType(type, schema)));
}

function valuesOfType(type: unknown, schema: Readonly<Record<string, unknown>>): fc.Arbitrary<unknown> {
  switch (type) {
    case "string":
      return TEXTS;
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "integer": {
      const [min, max] = [Number(schema.minimum ?? -2), Number(schema.maximum ?? 4294967296)];
      return fc.oneof(fc.integer({ min, max: Math.min(max, 0x7fffffff) }), fc.constantFrom(min, max));
    }
    case "array":
      return fc.array(valuesOf(schema.items), { maxLength: 4 });
    case "object": {
      if (!isObject(schema.properties)) return fc.dictionary(TEXTS, valuesOf(schema.additionalProperties));
      const fields = Object.entries(schema.properties).map(([name, field]) => [name, valuesOf(field)]);
      const required: string[] = Array.isArray(schema.required) ? schema.required : [];
      const model: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(fields);
      return fc.record(model, { requiredKeys: required });
    }
    default:
      return fc.jsonValue();
  }
}

describe.each(NETWORK_KINDS.map((definition) => [definition.kind, definition] as const))(
  "%s",
  (kind, definition) => {
    const apiVersion = definition.apiVersions[0] ?? "";

    test("judges and lowers without throwing whatever has the shape of the schema", () => {
      const names = fc.constantFrom("default", "node.alpha", "x");
      fc.assert(
        fc.property(valuesOf(definition.schema), names, TEXTS, (body, name, text) => {
          const { report } = collector();
          const annotations = { "config.projectcalico.org/FailsafeInboundHostPorts": text };
          const metadata = { ...METADATA, name, annotations };
          const resource = { apiVersion, kind, metadata, body, origin: { file: "x", document: 0, path: [] } };
          const context = lowerContext(report);
          definition.validate?.(resource, report, context.selectors);
          for (const object of definition.lower(resource, context))
            expect(object.source).toBe(definition.source);
        }),
        { seed: 7, numRuns: 300 },
      );
    });

    test("survives any JSON in place of its spec", () => {
      fc.assert(
        fc.property(fc.jsonValue(), (spec) => {
          readResource(kind, { apiVersion, metadata: { name: "default" }, spec });
        }),
        { seed: 7, numRuns: 50 },
      );
    });
  },
);
