/**
 * What Calico's client fills in before a write. Sources: the sheets "NetworkPolicy and GlobalNetworkPolicy" (`types`
 * defaulting, tier label), "Tier", "IPPool", and `libcalico-go/lib/clientv3/{ippool,workloadendpoint,
 * kubecontrollersconfig}.go` of projectcalico/calico. Its `floatingIPs: Disabled` in every FelixConfiguration is left
 * out: in that of a node it would take back what the cluster's says.
 */
import { formatCidr, parseCidr } from "../../compiler/index.ts";
import { isJsonObject, type Json, type JsonObject, objectOf } from "../../runtime/datastore/json.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";
import { DEFAULT_TIER_ORDER } from "./tiers.ts";

const FILLERS: Readonly<Record<string, (resource: Resource, spec: JsonObject) => Resource>> = {
  NetworkPolicy: completedPolicy,
  GlobalNetworkPolicy: completedPolicy,
  StagedNetworkPolicy: completedPolicy,
  StagedGlobalNetworkPolicy: completedPolicy,
  Tier: (tier, spec) => ({
    ...tier,
    spec: filled(spec, { order: DEFAULT_TIER_ORDER, defaultAction: "Deny" }),
  }),
  IPPool: (pool, spec) => ({ ...pool, spec: completedPool(spec) }),
  WorkloadEndpoint: (endpoint, { orchestrator = "" }) =>
    labelled(endpoint, {
      "projectcalico.org/namespace": endpoint.metadata.namespace ?? "default",
      "projectcalico.org/orchestrator": orchestrator,
    }),
  KubeControllersConfiguration: (settings, spec) => ({ ...settings, spec: completedControllers(spec) }),
};

export function withDefaults(resource: Resource): Resource {
  return FILLERS[resource.kind]?.(resource, objectOf(resource.spec)) ?? resource;
}

/** The length of a pool's blocks where it says none. */
export function blockSizeOf(spec: JsonObject): Json {
  const { blockSize = 0 } = spec;
  if (blockSize !== 0 && blockSize !== null) return blockSize;
  return parseCidr(String(spec.cidr))?.version === 6 ? 122 : 26;
}

/** Tier, its label, and the directions that the rules of a policy speak of. */
function completedPolicy(policy: Resource, spec: JsonObject): Resource {
  const tier = typeof spec.tier === "string" && spec.tier !== "" ? spec.tier : "default";
  const isDeletion = spec.stagedAction === "Delete";
  return {
    ...labelled(policy, { "projectcalico.org/tier": tier }),
    spec: { ...spec, tier, ...(isDeletion || hasItems(spec.types) ? {} : { types: typesOf(spec) }) },
  };
}

function typesOf({ ingress, egress }: JsonObject): readonly string[] {
  if (!hasItems(egress)) return ["Ingress"];
  return hasItems(ingress) ? ["Ingress", "Egress"] : ["Egress"];
}

function hasItems(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0;
}

function completedPool(spec: JsonObject): JsonObject {
  const cidr = parseCidr(String(spec.cidr));
  const canonical = cidr === undefined ? spec : { ...spec, cidr: formatCidr(cidr) };
  return filled(
    { ...canonical, blockSize: blockSizeOf(spec) },
    {
      allowedUses: ["Workload", "Tunnel"],
      assignmentMode: "Automatic",
      ipipMode: "Never",
      nodeSelector: "all()",
      vxlanMode: "Never",
    },
  );
}

function completedControllers(spec: JsonObject): JsonObject {
  const controllers = objectOf(spec.controllers);
  const { node, loadBalancer } = controllers;
  return filled(
    {
      ...spec,
      controllers: {
        ...controllers,
        ...(isJsonObject(node) ? { node: filled(node, { leakGracePeriod: "15m0s" }) } : {}),
        ...(isJsonObject(loadBalancer)
          ? { loadBalancer: filled(loadBalancer, { assignIPs: "AllServices" }) }
          : {}),
      },
    },
    { prometheusMetricsPort: 9094 },
  );
}

/** With the defaults of fields that say nothing. */
function filled(spec: JsonObject, defaults: JsonObject): JsonObject {
  const missing = Object.entries(defaults).filter(([field]) => !isGiven(spec[field]));
  return missing.length === 0 ? spec : { ...spec, ...Object.fromEntries(missing) };
}

/** Texts and lists without anything in them say nothing. */
function isGiven(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== "" && (!Array.isArray(value) || value.length > 0);
}

function labelled(resource: Resource, labels: JsonObject): Resource {
  const { metadata } = resource;
  return { ...resource, metadata: { ...metadata, labels: { ...objectOf(metadata.labels), ...labels } } };
}
