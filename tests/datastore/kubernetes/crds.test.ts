import { spawnSync } from "node:child_process";
import { Ajv } from "ajv";
import { loadAll } from "js-yaml";
import { describe, expect, test } from "vitest";
import { readKey } from "../../../runtime/datastore/etcd/keys.ts";
import { decodeValue } from "../../../runtime/datastore/etcd/values.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../runtime/datastore/json.ts";
import { customResourceDefinitions } from "../../../runtime/datastore/kubernetes/crds/crds.ts";
import { structural } from "../../../runtime/datastore/kubernetes/crds/structural.ts";
import { type CrdGroup, servedKind } from "../../../runtime/datastore/kubernetes/served.ts";
import { writeObject } from "../../../runtime/datastore/kubernetes/values.ts";
import { CORPUS } from "../corpus/corpus.ts";

const GROUPS: readonly CrdGroup[] = ["crd.projectcalico.org/v1", "projectcalico.org/v3"];

/**
 * What a server would refuse of a schema. Source: Kubernetes, "Specifying a structural schema", and the words that
 * `JSONSchemaProps` does not have or that are forbidden in it.
 */
function faultsOf(schema: Json, path: string): readonly string[] {
  if (!isJsonObject(schema)) return [`${path}: no object`];
  const faults: string[] = [];
  const open =
    schema["x-kubernetes-preserve-unknown-fields"] === true || schema["x-kubernetes-int-or-string"] === true;
  if (typeof schema.type !== "string" && !open) faults.push(`${path}: no type`);
  for (const word of [
    "$ref",
    "const",
    "patternProperties",
    "if",
    "anyOf",
    "allOf",
    "oneOf",
    "title",
    "definitions",
  ])
    if (word in schema) faults.push(`${path}: ${word}`);
  if (schema.uniqueItems === true) faults.push(`${path}: uniqueItems`);
  if (schema.additionalProperties === false) faults.push(`${path}: additionalProperties: false`);
  if ("additionalProperties" in schema && "properties" in schema)
    faults.push(`${path}: both kinds of properties`);
  if ("exclusiveMinimum" in schema && typeof schema.exclusiveMinimum !== "boolean")
    faults.push(`${path}: bound`);
  if (schema.type === "array" && !isJsonObject(schema.items)) faults.push(`${path}: no items`);
  if (typeof schema.pattern === "string" && /\(\?[=!<]|\\u/.test(schema.pattern))
    faults.push(`${path}: pattern`);
  for (const [field, value] of Object.entries((schema.properties as JsonObject | undefined) ?? {}))
    faults.push(...faultsOf(value, `${path}.${field}`));
  if (schema.items !== undefined) faults.push(...faultsOf(schema.items, `${path}[]`));
  if (isJsonObject(schema.additionalProperties))
    faults.push(...faultsOf(schema.additionalProperties, `${path}{}`));
  return faults;
}

describe.each(GROUPS)("the custom resource definitions of %s", (group) => {
  const definitions = customResourceDefinitions(group);

  test("are structural, and small enough for kubectl apply", () => {
    expect(definitions).toHaveLength(22);
    for (const definition of definitions) {
      const { openAPIV3Schema } = definition.spec.versions[0]!.schema;
      expect(faultsOf(openAPIV3Schema, definition.metadata.name)).toEqual([]);
      // The annotation in which kubectl keeps what it has applied.
      expect(JSON.stringify(definition).length).toBeLessThan(262_144);
    }
  });

  test("take every resource of the corpus in the form that is written", () => {
    const ajv = new Ajv({ strict: false, allErrors: true });
    const checks = new Map(
      definitions.map(({ spec }) => [spec.names.kind, ajv.compile(spec.versions[0]!.schema.openAPIV3Schema)]),
    );
    const taken = new Set<string>();
    for (const [place, value] of CORPUS) {
      const key = readKey(place);
      const decoded = key && decodeValue(place, key, Buffer.from(value));
      if (decoded === undefined || "reason" in decoded) continue;
      let served: ReturnType<typeof servedKind>;
      try {
        served = servedKind(decoded.key, group);
      } catch {
        continue;
      }
      const written = JSON.parse(writeObject(served, decoded.key.name, decoded.resource)) as unknown;
      const check = checks.get(served.servedKind)!;
      check(written);
      expect(check.errors ?? [], place).toEqual([]);
      taken.add(served.kind);
    }
    expect(taken.size).toBe(22);
  });

  test("refuse what is of the wrong type", () => {
    const ajv = new Ajv({ strict: false });
    const { spec } = definitions.find(({ spec }) => spec.names.kind === "IPPool")!;
    const check = ajv.compile(spec.versions[0]!.schema.openAPIV3Schema);
    expect(check({ spec: { cidr: "10.0.0.0/16" } })).toBe(true);
    expect(check({ spec: { cidr: 10 } })).toBe(false);
    expect(check({ spec: { cidr: "10.0.0.0/16", ipipMode: "Sometimes" } })).toBe(false);
  });
});

test("JSON Schema that a structural schema cannot say is left open", () => {
  expect(structural({ anyOf: [{ type: "integer", minimum: 0 }, { type: "null" }] })).toEqual({
    type: "integer",
    minimum: 0,
    nullable: true,
  });
  expect(structural({ type: ["integer", "string"], title: "a port" })).toEqual({
    description: "a port",
    "x-kubernetes-int-or-string": true,
  });
  expect(structural({ enum: [true, "true"] })).toEqual({ "x-kubernetes-preserve-unknown-fields": true });
  expect(structural({ type: "string", pattern: "^(?!x)" })).toEqual({ type: "string" });
  expect(structural({ type: "number", exclusiveMinimum: 0 })).toEqual({
    type: "number",
    minimum: 0,
    exclusiveMinimum: true,
  });
  expect(structural({ anyOf: [{ const: "a" }, { const: "b" }] })).toEqual({
    type: "string",
    enum: ["a", "b"],
  });
});

test("calicoctl datastore crds prints them, by flag or environment", () => {
  const run = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    spawnSync(process.execPath, ["cli/calicoctl.ts", "datastore", "crds", ...args], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, ...env },
    });
  expect(loadAll(run([]).stdout)).toEqual(customResourceDefinitions("crd.projectcalico.org/v1"));
  const v3 = customResourceDefinitions("projectcalico.org/v3");
  expect(loadAll(run(["--api-group", "projectcalico.org/v3"]).stdout)).toEqual(v3);
  expect(loadAll(run([], { CALICO_API_GROUP: "projectcalico.org/v3" }).stdout)).toEqual(v3);
  const wrong = run(["--api-group", "calico"]);
  expect(wrong.status).toBe(1);
  expect(wrong.stderr).toContain("Allowed choices are crd.projectcalico.org/v1, projectcalico.org/v3");
});
