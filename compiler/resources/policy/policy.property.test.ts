import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isObject } from "../json.ts";
import type { Resource } from "../kind.ts";
import { collector, lowerContext, readResource } from "../network/testing/read.ts";
import { POLICY_KINDS } from "./index.ts";

/** Texts that some field or other understands, so that documents get past the first check. */
const TEXTS = fc.oneof(
  fc.constantFrom(
    "",
    "default",
    "k8s",
    "n1",
    "eth0",
    "TCP",
    "ICMP",
    "ICMPv6",
    "UDPLite",
    "6",
    "http",
    "80:90",
  ),
  fc.constantFrom(
    "10.0.0.0/8",
    "10.0.0.1",
    "10.0.0.1/8",
    "2001:db8::/32",
    "0.0.0.0/0",
    "::/0",
    "::ffff:1.2.3.4/96",
  ),
  fc.constantFrom("all()", "global()", " global() ", "!global()", "has(a) && b == 'c'", "a ==", "b in {'x'}"),
  fc.constantFrom("/a", "/a?b", "EF", "ee:ee:ee:ee:ee:ee", "__proto__", "constructor"),
  fc.string({ maxLength: 20 }),
);

/** Values that fit a schema, as what lies behind the schema check is what is tested here. */
function valuesOf(schema: unknown): fc.Arbitrary<unknown> {
  if (!isObject(schema)) return fc.jsonValue();
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
    case "number":
      return fc.double({ noNaN: true });
    case "integer":
      return fc.integer({ min: Number(schema.minimum ?? -2), max: Number(schema.maximum ?? 70_000) });
    case "array": {
      const items = valuesOf(schema.items);
      return schema.uniqueItems === true
        ? fc.uniqueArray(items, { maxLength: 3 })
        : fc.array(items, { maxLength: 3 });
    }
    case "object": {
      if (!isObject(schema.properties)) return fc.dictionary(TEXTS, valuesOf(schema.additionalProperties));
      const fields = Object.entries(schema.properties).map(([name, field]) => [name, valuesOf(field)]);
      const model: Record<string, fc.Arbitrary<unknown>> = Object.fromEntries(fields);
      return fc.record(model, { requiredKeys: Array.isArray(schema.required) ? schema.required : [] });
    }
    default:
      return fc.jsonValue();
  }
}

const LABELS = fc.dictionary(TEXTS, TEXTS, { maxKeys: 3 });

describe.each(POLICY_KINDS.map((definition) => [definition.kind, definition] as const))(
  "%s",
  (kind, definition) => {
    const origin = { file: "x", document: 0, path: [] };

    test("judges and lowers without throwing whatever has the shape of the schema", () => {
      const names = fc.constantFrom("default", "a.b.c", "x", "projectcalico-default-allow");
      fc.assert(
        fc.property(valuesOf(definition.schema), names, LABELS, LABELS, (body, name, labels, annotations) => {
          const namespace = definition.scope === "namespaced" ? "shop" : "";
          const metadata = {
            ...{ name, namespace, labels, annotations },
            ...{ uid: "", creationTimestamp: "", deletionTimestamp: "" },
          };
          const resource: Resource = { apiVersion: "projectcalico.org/v3", kind, metadata, body, origin };
          const complete = definition.defaults?.(resource) ?? resource;
          const { report } = collector();
          const context = lowerContext(report);
          definition.validate?.(complete, report, context.selectors);
          for (const object of definition.lower(complete, context))
            expect(object.source).toBe(definition.source);
        }),
        // A converted Kubernetes policy may trust its checks, so an unsound one is not lowered: see the next test.
        { seed: 11, numRuns: kind === "StagedKubernetesNetworkPolicy" ? 0 : 300 },
      );
    });

    test("survives any spec through the whole front end", () => {
      fc.assert(
        fc.property(fc.oneof(fc.jsonValue(), valuesOf(definition.schema.properties.spec)), (spec) => {
          readResource(kind, { metadata: { name: "x" }, spec });
        }),
        { seed: 11, numRuns: 150 },
      );
    });
  },
);
