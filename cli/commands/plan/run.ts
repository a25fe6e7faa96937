import type { CompileOptions, SourceFile } from "../../../compiler/index.ts";
import { SourceError } from "../../../runtime/datastore/files.ts";
import { PlanFileError, writePlanFile } from "../../../runtime/plan/plan-file.ts";
import { overlaid } from "../../datastore/overlay.ts";
import { compileOptions } from "../../input/compile-options.ts";
import { nameOfSources, readInputs } from "../../input/sources.ts";
import { UserError } from "../../output/errors.ts";
import { told } from "../apply/this-host.ts";
import { type Against, chooseAgainst, openBundles, openResources } from "./against.ts";
import { planJson } from "./json.ts";
import { planLive } from "./live.ts";
import { type Plan, planOf } from "./plan.ts";
import type { PlanRequest } from "./request.ts";
import { compileSide, howCompiled } from "./side.ts";
import { planText } from "./text.ts";

/** Returns the exit code: 0; with `--detailed-exitcode` 2 where anything changes. What goes wrong is a `UserError`. */
export async function runPlan(request: PlanRequest): Promise<number> {
  const plan = await makePlan(request);
  if (request.out !== undefined) await writePlan(request.out, plan);
  process.stdout.write(
    request.output === "json"
      ? `${JSON.stringify(planJson(plan), null, 2)}\n`
      : planText(plan, request.full === true),
  );
  return request.detailedExitcode && plan.isChange ? 2 : 0;
}

async function makePlan(request: PlanRequest): Promise<Plan> {
  try {
    const against = await chooseAgainst(request.against);
    if (against.kind === "live") return await told(() => planLive(request));
    return await told(() => planAgainst(request, against));
  } catch (error) {
    if (error instanceof SourceError) throw new UserError(error.message);
    throw error;
  }
}

async function planAgainst(
  request: PlanRequest,
  against: Exclude<Against, { readonly kind: "live" }>,
): Promise<Plan> {
  const name = nameOfSources(request);
  const sources = await readInputs(request);
  const options = await compileOptions(request);
  const full = request.full === true;
  if (against.kind !== "bundles") {
    if (against.kind === "datastore") return planOfApply(request, name, sources, options);
    const before = await openResources(against, request, options);
    const after = compileSide("resources", name, sources, options, request.node, "new");
    return planOf(before, after, request.node, full);
  }
  const bundles = await openBundles(against, request.node);
  // The bundle of one node says nothing of the others.
  const nodes = request.node ?? (against.isOne ? [...bundles.nodes.keys()] : undefined);
  const artifacts = [...bundles.nodes.values()][0]?.artifacts ?? [];
  const how = { ...options, ...howCompiled(artifacts, request) };
  return planOf(bundles, compileSide("resources", name, sources, how, nodes, "new"), request.node, full);
}

/** The datastore as it is, and as it would be with the files applied to it. */
async function planOfApply(
  request: PlanRequest,
  name: string,
  files: readonly SourceFile[],
  options: CompileOptions,
): Promise<Plan> {
  const { config, inventory, node } = request;
  const held = await readInputs({ datastore: true, ...(config === undefined ? {} : { config }) });
  // What a saved inventory says is meant on both sides.
  const today = inventory === undefined ? held : overlaid(held, await readInputs({ filename: [inventory] }));
  const before = compileSide("resources", "the datastore", today, options, node, "old");
  const after = compileSide(
    "resources",
    `the datastore with ${name}`,
    overlaid(held, files),
    options,
    node,
    "new",
  );
  return planOf(before, after, node, request.full === true);
}

/** Nodes that are gone have no bundle that could be applied. */
async function writePlan(path: string, { nodes, sources }: Plan): Promise<void> {
  try {
    await writePlanFile(path, {
      format: 1,
      nodes: nodes
        .filter(({ isGone }) => !isGone)
        .map(({ node, variant, beforeArtifacts, afterArtifacts }) => ({
          node,
          variant,
          before: beforeArtifacts,
          after: afterArtifacts,
        })),
      ...(sources === undefined ? {} : { resources: sources }),
    });
  } catch (error) {
    if (error instanceof PlanFileError) throw new UserError(`--out: ${error.message}`);
    throw error;
  }
}
