import type { RoutingOptions } from "../../engine/routing/context.ts";
import type {
  ClusterModel,
  ModelKind,
  ModelObject,
  ModelOf,
  Policy,
  PolicyRule,
} from "../../ir/cluster-model.ts";
import { allowAll, builtinObjects } from "../../resources/builtin.ts";
import { collector, readYaml } from "../../resources/network/testing/read.ts";
import { ALL } from "../../syntax/selector/parse.ts";
import type { Check } from "../check.ts";

/** A cluster of the given objects and the built-in ones. */
export function modelOf(objects: readonly ModelObject[]): ClusterModel {
  const all = [...builtinObjects(), ...objects];
  return {
    all<K extends ModelKind>(kind: K): ReadonlyMap<string, ModelOf<K>> {
      const ofKind = all.filter((object): object is ModelOf<K> => object.kind === kind);
      return new Map(ofKind.map((object) => [object.key, object]));
    },
  };
}

/** What a check finds, as `<code> <path>: <message>`. */
export function run(
  check: Check,
  objects: readonly ModelObject[],
  hosts: RoutingOptions = {},
): readonly string[] {
  const { report, findings, messages } = collector();
  check(modelOf(objects), report, hosts);
  return findings.map((finding, i) => `${finding}: ${messages[i]}`);
}

/** The objects of sound YAML. */
export function objects(yaml: string): readonly ModelObject[] {
  const { findings, objects: all } = readYaml(yaml);
  if (findings.length > 0) throw new Error(findings.join("; "));
  return all;
}

/** `IPPool a: { cidr: 10.0.0.0/8 }` and the like, without the ceremony. */
export function resource(
  kind: string,
  name: string,
  spec: object,
  metadata: object = {},
): readonly ModelObject[] {
  return objects(
    JSON.stringify({ apiVersion: "projectcalico.org/v3", kind, metadata: { ...metadata, name }, spec }),
  );
}

export function rule(fields: Partial<PolicyRule>, ...path: readonly (string | number)[]): PolicyRule {
  return { ...allowAll({ file: "test.yaml", document: 0, path }), ...fields };
}

export function policy(name: string, fields: Partial<Policy>): Policy {
  return {
    kind: "policy",
    key: `np/shop/${name}`,
    origin: { file: "test.yaml", document: 0, path: [] },
    source: "policy",
    policyKind: "NetworkPolicy",
    namespace: "shop",
    name,
    tier: "default",
    order: Number.POSITIVE_INFINITY,
    selector: ALL,
    directions: ["ingress"],
    staged: false,
    doNotTrack: false,
    preDnat: false,
    applyOnForward: false,
    neededEverywhere: false,
    ingress: [],
    egress: [],
    ...fields,
  };
}
