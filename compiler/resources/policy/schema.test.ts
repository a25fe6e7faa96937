import { describe, expect, test } from "vitest";
import { isObject } from "../json.ts";
import { POLICY_KINDS } from "./index.ts";

const ENTITY =
  "{ namespaceSelector?: string≤1024, nets?: set 0–256 of string, notNets?: set 0–256 of string, " +
  "notPorts?: list 0–50 of int|string, notSelector?: string≤1024, ports?: list 0–50 of int|string, " +
  "selector?: string≤1024, serviceAccounts?: { names?: set of string, selector?: string }, " +
  "services?: { name?: string≤253, namespace?: string≤253 } }";
const ICMP = "{ code?: int 0–255, type?: int 0–254 }";
const RULES =
  `list 0–1024 of { action: Allow|Deny|Log|Pass, destination?: ${ENTITY}, ` +
  "http?: { methods?: list 0–20 of string, paths?: list 0–20 of { exact?: string≤1024, prefix?: string≤1024 } }, " +
  `icmp?: ${ICMP}, ipVersion?: 4|6, metadata?: { annotations?: map }, notICMP?: ${ICMP}, ` +
  `notProtocol?: int|string, protocol?: int|string, source?: ${ENTITY} }`;

const POLICY = {
  egress: RULES,
  ingress: RULES,
  order: "number",
  performanceHints: "set of AssumeNeededOnEveryNode",
  selector: "string≤1024",
  serviceAccountSelector: "string≤1024",
  tier: "string",
  types: "set 1–2 of Ingress|Egress",
};
const GLOBAL = {
  applyOnForward: "boolean",
  doNotTrack: "boolean",
  namespaceSelector: "string≤1024",
  preDNAT: "boolean",
};
const STAGED = { stagedAction: "Set|Delete|Learn|Ignore" };
const PORT = "port: int 1–65535, protocol: int|string";

/** The fields of Calico's custom resource definitions, with what an API server enforces by itself. */
const CRDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  NetworkPolicy: POLICY,
  GlobalNetworkPolicy: { ...POLICY, ...GLOBAL },
  StagedNetworkPolicy: { ...POLICY, ...STAGED },
  StagedGlobalNetworkPolicy: { ...POLICY, ...GLOBAL, ...STAGED },
  Tier: { defaultAction: "Pass|Deny", order: "number" },
  Profile: { egress: RULES, ingress: RULES, labelsToApply: "map" },
  NetworkSet: { nets: "set of string" },
  GlobalNetworkSet: { nets: "set of string" },
  HostEndpoint: {
    expectedIPs: "set of string",
    interfaceName: "string≤15",
    node: "string≤253",
    ports: `list of { name: string, ${PORT} }`,
    profiles: "set of string",
  },
};

/** A schema in one line. */
function summary(schema: unknown): string {
  if (!isObject(schema)) return "anything";
  if (Array.isArray(schema.enum)) return schema.enum.join("|");
  if (Array.isArray(schema.type)) return "int|string";
  switch (schema.type) {
    case "string":
      return schema.maxLength === undefined ? "string" : `string≤${schema.maxLength}`;
    case "integer":
      return schema.minimum === undefined ? "int" : `int ${schema.minimum}–${schema.maximum}`;
    case "array": {
      const bounds = schema.maxItems === undefined ? "" : ` ${schema.minItems ?? 0}–${schema.maxItems}`;
      return `${schema.uniqueItems === true ? "set" : "list"}${bounds} of ${summary(schema.items)}`;
    }
    case "object": {
      if (!isObject(schema.properties)) return "map";
      const required: readonly unknown[] = Array.isArray(schema.required) ? schema.required : [];
      const fields = Object.entries(schema.properties)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, field]) => `${name}${required.includes(name) ? "" : "?"}: ${summary(field)}`);
      return `{ ${fields.join(", ")} }`;
    }
    default:
      return String(schema.type);
  }
}

describe("fields, enums and bounds are those of the custom resource definitions", () => {
  test.each(Object.entries(CRDS))("%s", (kind, fields) => {
    const definition = POLICY_KINDS.find((candidate) => candidate.kind === kind);
    const spec: unknown = definition?.schema.properties.spec;
    const properties = isObject(spec) && isObject(spec.properties) ? spec.properties : {};
    expect(
      Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, summary(field)])),
    ).toEqual(fields);
  });
});

test("every kind has the names that calicoctl takes", () => {
  const names = POLICY_KINDS.map(({ plural, aliases, scope }) => [scope, plural, ...aliases].join(" "));
  expect(names).toEqual([
    "namespaced networkpolicies cnp caliconetworkpolicy policy np pol",
    "cluster globalnetworkpolicies gnp cgnp",
    "namespaced stagednetworkpolicies scnp snp spol",
    "cluster stagedglobalnetworkpolicies sgnp",
    "namespaced stagedkubernetesnetworkpolicies sknp skpol",
    "cluster tiers",
    "cluster profiles pro pros",
    "namespaced networksets netset netsets",
    "cluster globalnetworksets gns gnetset gnetsets",
    "cluster hostendpoints hep heps",
    "namespaced workloadendpoints wep weps",
  ]);
});
