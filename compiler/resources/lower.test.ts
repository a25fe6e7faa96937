import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeDocuments } from "./decode.ts";
import { isObject, type JsonObject } from "./json.ts";
import type { KindDefinition } from "./kind.ts";
import { KUBERNETES_KINDS } from "./kubernetes/index.ts";
import { collector, lowerAll, lowerContext } from "./network/testing/read.ts";
import { kindId } from "./registry.ts";

const TEXTS = [
  "",
  "a",
  "a'b",
  "10.0.0.1",
  "10.1.2.3/16",
  "fd00::1",
  "None",
  "UDP",
  "10M",
  "[",
  "__proto__",
  "all()",
];

/** Values of a schema, but with something else at one of about eight places. */
function roughly(schema: JsonObject): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 7, arbitrary: ofSchema(schema) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 2 }) },
  );
}

function ofSchema(schema: JsonObject): fc.Arbitrary<unknown> {
  if (Array.isArray(schema.enum)) return fc.constantFrom(...(schema.enum as readonly unknown[]));
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  return fc.oneof(...types.map((type) => ofType(type, schema)));
}

function ofType(type: unknown, schema: JsonObject): fc.Arbitrary<unknown> {
  const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ maxLength: 5 }));
  switch (type) {
    case "object":
      return isObject(schema.properties)
        ? ofProperties(schema.properties, schema)
        : fc.dictionary(text, text);
    case "array":
      return fc.array(roughly(isObject(schema.items) ? schema.items : {}), { maxLength: 3 });
    case "string":
      return text;
    case "integer":
      return fc.integer({ min: 0, max: 1200 });
    case "boolean":
      return fc.boolean();
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function ofProperties(
  properties: JsonObject,
  { required, maxProperties }: JsonObject,
): fc.Arbitrary<unknown> {
  const values = Object.entries(properties).map(
    ([key, value]) => [key, roughly(isObject(value) ? value : {})] as const,
  );
  if (maxProperties === 1)
    return fc.oneof(...values.map(([key, value]) => value.map((one) => ({ [key]: one }))));
  return fc.record(Object.fromEntries(values) as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: Array.isArray(required) ? required : [],
  });
}

const ANNOTATION_KEYS = [
  "cni.projectcalico.org/podIPs",
  "cni.projectcalico.org/floatingIPs",
  "cni.projectcalico.org/allowedSourcePrefixes",
  "qos.projectcalico.org/ingressBandwidth",
  "qos.projectcalico.org/dscp",
  "projectcalico.org/IPv4Address",
  "projectcalico.org/ASNumber",
  "projectcalico.org/labels",
  "projectcalico.org/Interfaces",
];

const METADATA = fc.record(
  {
    name: fc.constantFrom("a", "default"),
    namespace: fc.constantFrom("default", "prod"),
    labels: fc.dictionary(
      fc.constantFrom("app", "constructor", "kubernetes.io/service-name"),
      fc.constantFrom("", "a"),
    ),
    annotations: fc.dictionary(
      fc.constantFrom(...ANNOTATION_KEYS),
      fc.oneof(fc.constantFrom(...TEXTS), fc.json({ maxDepth: 2 })),
    ),
    deletionTimestamp: fc.constantFrom("", "2025-01-01T00:00:00Z"),
  },
  { requiredKeys: ["name"] },
);

/** Decodes and lowers a value; the number of resources that were sound. */
function read(value: unknown): number {
  const { report } = collector();
  const resources = decodeDocuments([{ file: "any.json", index: 0, path: [], value }], report);
  lowerAll(resources, lowerContext(report));
  return resources.length;
}

describe("nothing that JSON can say makes reading throw", () => {
  test.each(KUBERNETES_KINDS.map((kind): [string, KindDefinition] => [kindId(kind), kind]))(
    "%s",
    (_, definition) => {
      const type = { apiVersion: definition.apiVersions[0], kind: definition.kind };
      const near = fc.tuple(METADATA, ofSchema(definition.schema));
      let sound = 0;
      fc.assert(
        fc.property(near, ([metadata, body]) => {
          sound += read({ ...(body as JsonObject), metadata, ...type });
        }),
        { numRuns: 400, seed: 11 },
      );
      expect(sound, "the generator must also reach the lowering").toBeGreaterThan(0);
      fc.assert(
        fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (metadata, spec, status) => {
          read({ metadata, spec, status, ...type });
        }),
        { numRuns: 200, seed: 12 },
      );
    },
  );

  test("nor anything without a type", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(read(value)).toBe(0);
      }),
      { numRuns: 200, seed: 13 },
    );
  });
});
