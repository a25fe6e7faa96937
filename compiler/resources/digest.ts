import { createHash } from "node:crypto";
import { canonicalLines } from "./canonical.ts";
import type { Resource } from "./kind.ts";

/** SHA-256 in hex of each of the `Sources`: independent of files, paths, order and formatting. */
export interface ResourceDigests {
  readonly policyDigest: string;
  readonly inventoryDigest: string;
}

/**
 * The resources of a compilation, each a JSON document of kind List with one canonical resource a line, that `compile`
 * reads again to equal digests. Holds no Secret, and nothing of a resource that the compiler does not read.
 */
export interface Sources {
  /** What people write. */
  readonly policy: string;
  /** What the cluster makes. */
  readonly inventory: string;
}

const HEAD = '{"apiVersion":"v1","kind":"List","items":[\n';
const BETWEEN = ",\n";
const FOOT = "\n]}\n";

export function sourcesOf(resources: readonly Resource[]): Sources {
  const { policy, inventory } = canonicalLines(resources);
  const list = (lines: readonly string[]): string => `${HEAD}${lines.join(BETWEEN)}${FOOT}`;
  return { policy: list(policy), inventory: list(inventory) };
}

/** What `digestResources` says of the resources that the sources hold. */
export function digestSources({ policy, inventory }: Sources): ResourceDigests {
  return { policyDigest: digest([policy]), inventoryDigest: digest([inventory]) };
}

export function digestResources(resources: readonly Resource[]): ResourceDigests {
  const { policy, inventory } = canonicalLines(resources);
  return { policyDigest: digestList(policy), inventoryDigest: digestList(inventory) };
}

/** Line by line: the text of a large cluster is made only where somebody wants it. */
function digestList(lines: readonly string[]): string {
  return digest([HEAD, ...lines.map((line, index) => (index === 0 ? line : BETWEEN + line)), FOOT]);
}

function digest(parts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
