import { createHash } from "node:crypto";
import { isObject } from "./json.ts";
import type { Resource } from "./kind.ts";
import { findKind, kindId } from "./registry.ts";

/** SHA-256 in hex over the canonical resources of each source: independent of files, paths, order and formatting. */
export interface ResourceDigests {
  readonly policyDigest: string;
  readonly inventoryDigest: string;
}

export function digestResources(resources: readonly Resource[]): ResourceDigests {
  const lines = { policy: [] as string[], inventory: [] as string[] };
  for (const resource of resources) {
    const definition = findKind(resource.apiVersion, resource.kind);
    if (definition === undefined) continue;
    const { name, namespace, labels, annotations, uid, creationTimestamp, deletionTimestamp } =
      resource.metadata;
    const { body } = resource;
    // What people write has no uid and no times; what the cluster makes does, and they tell two pods of one name apart.
    const life = definition.source === "inventory" ? { uid, creationTimestamp, deletionTimestamp } : {};
    lines[definition.source].push(
      canonicalJson({ type: kindId(definition), name, namespace, labels, annotations, ...life, body }),
    );
  }
  return { policyDigest: digest(lines.policy), inventoryDigest: digest(lines.inventory) };
}

function digest(lines: readonly string[]): string {
  const hash = createHash("sha256");
  for (const line of [...lines].sort()) hash.update(`${line}\n`);
  return hash.digest("hex");
}

/** JSON with the keys of every object sorted. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  const entries = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key])}`);
  return `{${entries.join(",")}}`;
}
