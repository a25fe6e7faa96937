import { isObject, type JsonObject } from "./json.ts";
import type { KindDefinition, Resource } from "./kind.ts";
import { findKind, KINDS } from "./registry.ts";

/** The resources of each source, one canonical line of JSON a resource, sorted. */
export interface CanonicalLines {
  readonly policy: readonly string[];
  readonly inventory: readonly string[];
}

/** What the annotations of pods and nodes are read for; the others may hold anything, secrets of sidecars too. */
const READ_OF_INVENTORY =
  /^(?:[\w-]+\.)*(?:projectcalico\.org|vpc\.amazonaws\.com)\/|^kubernetes\.io\/(?:in|e)gress-bandwidth$/;
/** kubectl's copy of the whole document, with all that the schema leaves out. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
/** Calico's client writes it beside `spec.tier`, which it repeats (sheet resources, "Name rules"). */
const TIER_LABEL = "projectcalico.org/tier";

/**
 * Each line is a resource as the compiler understood it, defaults filled in, and nothing else: no field that no
 * schema knows (the environment of a pod's containers, say). Reading the lines again gives the same lines.
 */
export function canonicalLines(resources: readonly Resource[]): CanonicalLines {
  const lines = { policy: [] as string[], inventory: [] as string[] };
  for (const resource of resources) {
    const definition = findKind(resource.apiVersion, resource.kind);
    if (definition !== undefined) lines[definition.source].push(lineOf(resource, definition));
  }
  return { policy: lines.policy.sort(), inventory: lines.inventory.sort() };
}

function lineOf({ metadata, body }: Resource, definition: KindDefinition): string {
  const { name, namespace, uid, creationTimestamp, deletionTimestamp } = metadata;
  const isInventory = definition.source === "inventory";
  const annotations = Object.entries(metadata.annotations).filter(([key]) =>
    isInventory ? READ_OF_INVENTORY.test(key) : key !== LAST_APPLIED,
  );
  const { [TIER_LABEL]: tier, ...others } = metadata.labels;
  const labels = isInventory ? metadata.labels : others;
  // What people write has no uid and no times; what the cluster makes does, and they tell two pods of one name apart.
  const life = isInventory ? { uid, creationTimestamp, deletionTimestamp } : {};
  const known = { name, namespace, labels, annotations: Object.fromEntries(annotations), ...life };
  const kept = Object.entries(known).filter(([, value]) =>
    typeof value === "string" ? value !== "" : Object.keys(value).length > 0,
  );
  const document = {
    apiVersion: definition.apiVersions[0],
    kind: definition.kind,
    metadata: Object.fromEntries(kept),
    ...(body as JsonObject),
  };
  return canonicalJson(document, DOCUMENTS.get(definition));
}

/** What of a schema says which parts of a value it knows; it knows all of a value of which it says none. */
interface Known {
  readonly properties?: Readonly<Record<string, Known>>;
  readonly items?: Known;
  readonly additionalProperties?: Known | boolean;
}

/** A kind's schema is that of the body alone. */
const DOCUMENTS: ReadonlyMap<KindDefinition, Known> = new Map(
  KINDS.map((definition) => {
    const { properties } = definition.schema as Known;
    return [definition, { properties: { ...properties, apiVersion: {}, kind: {}, metadata: {} } }];
  }),
);

/** JSON with the keys of every object sorted, of the parts that the schema knows. */
export function canonicalJson(
  value: unknown,
  { properties, items, additionalProperties }: Known = {},
): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item, items)).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const others = typeof additionalProperties === "object" ? additionalProperties : undefined;
  const parts: string[] = [];
  for (const key of Object.keys(value).sort())
    if (value[key] !== undefined && (properties === undefined || Object.hasOwn(properties, key)))
      parts.push(
        `${JSON.stringify(key)}:${canonicalJson(value[key], properties === undefined ? others : properties[key])}`,
      );
  return `{${parts.join(",")}}`;
}
