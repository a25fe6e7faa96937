import { createHash } from "node:crypto";
import { lstat, stat } from "node:fs/promises";
import type { Sources } from "../../../compiler/index.ts";
import { type NodePlan, PlanFileError, planDigest, readPlanFile } from "../../../runtime/plan/plan-file.ts";
import { UserError } from "../../output/errors.ts";
import { parseManifest } from "./manifest.ts";
import { partOfThisNode } from "./this-node.ts";

/** This host's part of a plan. */
export interface ChosenPlan {
  readonly plan: NodePlan;
  readonly digest: string;
  readonly resources?: Sources;
}

/** A plan is a file, a bundle a directory; what is neither is said of a bundle. */
export async function isPlanFile(path: string): Promise<boolean> {
  try {
    return (
      (await stat(path)).isFile() ||
      ((await lstat(path)).isSymbolicLink() && !(await stat(path)).isDirectory())
    );
  } catch {
    return false;
  }
}

/**
 * The part of the plan that is this host's (`partOfThisNode`). Throws `UserError` for a file that is no whole plan, or has
 * no part for it.
 */
export async function readPlan(path: string, node: string | undefined): Promise<ChosenPlan> {
  const file = await readPlanFile(path).catch((cause: unknown) => {
    throw cause instanceof PlanFileError ? new UserError(cause.message) : cause;
  });
  const nodes = file.nodes.map((candidate) => candidate.node).join(", ") || "none";
  const plan = await partOfThisNode(
    node,
    (wanted) => file.nodes.find((candidate) => candidate.node === wanted),
    (whom) => `${path} is a plan for other nodes (${nodes}), and has none for ${whom}`,
  );
  refuseOtherBundle(path, plan);
  const { resources } = file;
  return { plan, digest: planDigest(file), ...(resources === undefined ? {} : { resources }) };
}

/** Throws unless `after` is exactly what `compile` wrote for the node. */
function refuseOtherBundle(path: string, { node, variant, after }: NodePlan): void {
  const refusal = (reason: string) =>
    new UserError(`${path}: the bundle in it ${reason}; make the plan again`);
  const text = after.find((artifact) => artifact.path === "manifest.json")?.text;
  if (text === undefined) throw refusal("has no manifest.json");
  const parsed = parseManifest(text);
  if (!parsed.ok) throw refusal(`has a manifest that cannot be used: ${parsed.reason}`);
  const { manifest } = parsed;
  if (manifest.node !== node) throw refusal(`is that of node ${manifest.node}, not of ${node}`);
  if (manifest.variant !== variant)
    throw refusal(`is for iptables-${manifest.variant}, not for iptables-${variant}`);
  for (const file of manifest.artifacts) {
    const found = after.find((artifact) => artifact.path === file.path);
    if (found === undefined) throw refusal(`lacks ${file.path}`);
    if (createHash("sha256").update(found.text).digest("hex") !== file.sha256)
      throw refusal(`has another ${file.path} than was compiled`);
  }
  const listed = new Set(["manifest.json", ...manifest.artifacts.map((file) => file.path)]);
  for (const artifact of after)
    if (!listed.has(artifact.path)) throw refusal(`has ${artifact.path}, which its manifest does not list`);
}
