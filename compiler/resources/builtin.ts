import type { Origin } from "../diagnostics/diagnostic.ts";
import type { EntityMatch, ModelObject, PolicyRule, Profile, Tier } from "../ir/cluster-model.ts";

/** Built-in objects stand in no file, and in no document of one that is called like this. */
const ORIGIN: Origin = { file: "<built-in>", document: -1, path: [] };

/** One side of a rule that says nothing of it. */
export const ANYTHING: EntityMatch = {
  nets: [],
  notNets: [],
  selector: undefined,
  notSelector: undefined,
  ports: { ranges: [], names: [] },
  notPorts: { ranges: [], names: [] },
  service: undefined,
};

/** A rule that allows every packet. */
export function allowAll(origin: Origin): PolicyRule {
  return {
    action: "allow",
    ipVersion: undefined,
    protocol: undefined,
    notProtocol: undefined,
    icmp: undefined,
    notIcmp: undefined,
    source: ANYTHING,
    destination: ANYTHING,
    annotations: [],
    http: false,
    origin,
  };
}

function tier(name: string, order: number, defaultAction: Tier["defaultAction"]): Tier {
  const origin = { ...ORIGIN, resource: { kind: "Tier", name } };
  return { kind: "tier", key: name, origin, source: "policy", name, order, defaultAction };
}

function defaultAllowProfile(): Profile {
  const name = "projectcalico-default-allow";
  const origin = { ...ORIGIN, resource: { kind: "Profile", name } };
  const rules = [allowAll(origin)];
  return {
    kind: "profile",
    key: name,
    origin,
    source: "policy",
    name,
    labelsToApply: {},
    ingress: rules,
    egress: rules,
  };
}

export function isBuiltin({ origin }: ModelObject): boolean {
  return origin.file === ORIGIN.file && origin.document === ORIGIN.document;
}

/**
 * What every cluster has without anybody writing it (`EnsureInitialized` and `libcalico-go/lib/resources/static.go`).
 * Goes before the resources, so that a Tier that is written out takes the place of the built-in one.
 */
export function builtinObjects(): readonly ModelObject[] {
  return [
    tier("kube-admin", 1_000, "pass"),
    tier("default", 1_000_000, "deny"),
    tier("kube-baseline", 10_000_000, "pass"),
    // Of AdminNetworkPolicy and BaselineAdminNetworkPolicy, up to Calico 3.31; an empty tier has no effect.
    tier("adminnetworkpolicy", 1_000, "pass"),
    tier("baselineadminnetworkpolicy", 10_000_000, "pass"),
    defaultAllowProfile(),
  ];
}
