import { createHash } from "node:crypto";
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { Artifact, Sources } from "../../compiler/index.ts";
import { writeFileDurably } from "../host/durable-file.ts";

const FORMAT = 1;
/** Plans name every rule and address of a cluster: for whoever made them alone. */
const MODE = 0o600;

/** What `plan --out` writes and `apply` installs: what was reviewed, and the state that it was reviewed against. */
export interface PlanFile {
  readonly format: 1;
  readonly nodes: readonly NodePlan[];
  /** What `after` was compiled from, where that is known. */
  readonly resources?: Sources;
}

export interface NodePlan {
  readonly node: string;
  readonly variant: "nft" | "legacy";
  /** The state that the changes are counted from: a bundle, or what was read from the host, printed as one. */
  readonly before: readonly Artifact[];
  /** The whole bundle that shall be in force, `manifest.json` included. */
  readonly after: readonly Artifact[];
}

/** Why a file cannot be used as a plan. */
export class PlanFileError extends Error {
  constructor(path: string, reason: string, cause?: unknown) {
    super(`${path}: ${reason}`, { cause });
    this.name = "PlanFileError";
  }
}

/** SHA-256 in hex over the content: equal iff two plans lead from the same states to the same states. */
export function planDigest({ nodes, resources }: PlanFile): string {
  const hash = createHash("sha256");
  const part = (text: string): void => void hash.update(`${text.length}:`).update(text);
  for (const { node, variant, before, after } of nodes)
    for (const [side, artifacts] of [
      ["before", before],
      ["after", after],
    ] as const)
      for (const text of [node, variant, side, ...artifacts.flatMap(({ path, text }) => [path, text])])
        part(text);
  if (resources !== undefined) for (const text of [resources.policy, resources.inventory]) part(text);
  return hash.digest("hex");
}

/** Old content or new, never a part; throws `PlanFileError`. */
export async function writePlanFile(path: string, plan: PlanFile): Promise<void> {
  const { nodes, resources } = plan;
  const content = { format: FORMAT, digest: planDigest(plan), nodes, resources };
  try {
    await writeFileDurably(path, `${JSON.stringify(content)}\n`, MODE);
  } catch (cause) {
    throw new PlanFileError(path, `cannot be written: ${reasonOf(cause)}`, cause);
  }
}

/** Throws `PlanFileError` for anything but a whole plan of this version, unaltered, that is no link. */
export async function readPlanFile(path: string): Promise<PlanFile> {
  const fail = (reason: string, cause?: unknown) => new PlanFileError(path, reason, cause);
  const text = await readPlain(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fail(
      "not a plan, or only a part of one (it is no JSON); make it again with 'calicoctl plan'",
      cause,
    );
  }
  if (typeof value !== "object" || value === null || !("format" in value))
    throw fail("not a plan of 'calicoctl plan --out'");
  if (value.format !== FORMAT)
    throw fail(`plan format ${JSON.stringify(value.format)}; this version reads ${FORMAT}`);
  if (!isPlan(value)) throw fail("parts of the plan are missing; make it again with 'calicoctl plan'");
  if (value.digest !== planDigest(value))
    throw fail("not what was planned (its digest does not match its content); make it again");
  const { nodes, resources } = value;
  return { format: FORMAT, nodes, ...(resources === undefined ? {} : { resources }) };
}

async function readPlain(path: string): Promise<string> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) throw new PlanFileError(path, "not a plain file");
      return await file.readFile("utf8");
    } finally {
      await file.close();
    }
  } catch (cause) {
    if (cause instanceof PlanFileError) throw cause;
    const isLink = cause instanceof Error && "code" in cause && cause.code === "ELOOP";
    throw new PlanFileError(
      path,
      isLink ? "a link; name the plan itself" : `cannot be read: ${reasonOf(cause)}`,
      cause,
    );
  }
}

function isPlan(value: object): value is PlanFile & { readonly digest: string } {
  const { digest, nodes, resources } = value as Partial<PlanFile> & { readonly digest?: unknown };
  return (
    typeof digest === "string" &&
    (resources === undefined ||
      (typeof resources?.policy === "string" && typeof resources.inventory === "string")) &&
    Array.isArray(nodes) &&
    (nodes as readonly (Partial<NodePlan> | null)[]).every(
      (plan) =>
        typeof plan?.node === "string" &&
        (plan.variant === "nft" || plan.variant === "legacy") &&
        isArtifacts(plan.before) &&
        isArtifacts(plan.after),
    )
  );
}

function isArtifacts(value: unknown): value is readonly Artifact[] {
  return (
    Array.isArray(value) &&
    (value as readonly (Partial<Artifact> | null)[]).every(
      (artifact) => typeof artifact?.path === "string" && typeof artifact.text === "string",
    )
  );
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
