import {
  type Compilation,
  compile,
  DEFAULT_FEATURES,
  DEFAULT_OWNERSHIP,
  ownedBeforeOrNow,
} from "../../compiler/index.ts";
import type { ApplyTarget } from "../../runtime/apply/target.ts";
import { fixtureSteps } from "../fixtures.ts";
import { HOST_ADDRESSES, NODE } from "../kernel/generated-policies/inventory.ts";
import { RandomChanges } from "./atomicity/changes.ts";
import { filesOf } from "./atomicity/files.ts";
import { nodeAddresses } from "./node-addresses.ts";
import { compileTarget, type PlanCase } from "./plans.ts";

export interface PlacedPlan extends PlanCase {
  /** Of `eth0`, at either end of the plan, with prefix length. */
  readonly addresses: readonly string[];
}

/** How many random changes there are, of policy and of inventory alike. */
const RANDOM = 16;

/**
 * Changes of all sizes: each fixture becomes the next one, and random small changes of random policies. What this
 * machine cannot compile (a device that its kernel lacks) is left out.
 */
export function manyPlans(
  seed: number,
  features = DEFAULT_FEATURES,
): { readonly pairs: readonly PlacedPlan[]; readonly random: readonly PlacedPlan[] } {
  const nodes = fixtureSteps().flatMap(({ name, files }) => {
    const compilation = compile(files, { features, compilerVersion: "test" });
    const made = largestNode(compilation);
    return made === undefined ? [] : [{ name, made, addresses: nodeAddresses(compilation, made.node) }];
  });
  const pairs = nodes.map(({ name, made, addresses }, index): PlacedPlan => {
    const next = nodes[(index + 1) % nodes.length];
    if (next === undefined) throw new Error("there is no fixture");
    const plan = withOneOwner({ name: `${name} becomes ${next.name}`, from: made, to: next.made });
    return { ...plan, addresses: [...addresses, ...next.addresses] };
  });
  return { pairs, random: randomPlans(seed, features) };
}

function largestNode({ nodes }: Compilation): ApplyTarget | undefined {
  const made = nodes.flatMap(({ node, artifacts, ir }) =>
    artifacts === undefined ? [] : [{ node, artifacts, ownership: ir.routing.ownership }],
  );
  const size = ({ artifacts }: ApplyTarget): number =>
    artifacts.reduce((sum, { text }) => sum + text.length, 0);
  return made.toSorted((a, b) => size(b) - size(a))[0];
}

/** What either end calls its own, both do. */
function withOneOwner({ name, from, to }: PlanCase): PlanCase {
  const ownership = ownedBeforeOrNow(from.ownership ?? DEFAULT_OWNERSHIP, to.ownership ?? DEFAULT_OWNERSHIP);
  return { name, from: { ...from, ownership }, to: { ...to, ownership } };
}

function randomPlans(seed: number, features: typeof DEFAULT_FEATURES): readonly PlacedPlan[] {
  const random = new RandomChanges(seed);
  const now = (): ApplyTarget => compileTarget(filesOf(random), NODE, features);
  const isSame = (a: ApplyTarget, b: ApplyTarget): boolean =>
    a.artifacts.every(
      ({ path, text }, index) => path === "manifest.json" || b.artifacts[index]?.text === text,
    );
  const plans: PlacedPlan[] = [];
  for (let from = now(); plans.length < RANDOM; ) {
    const isPolicy = plans.length % 2 === 0;
    if (isPolicy) random.changePolicy();
    else random.changeInventory();
    const to = now();
    if (isSame(from, to)) continue;
    const name = `random change ${plans.length} of ${isPolicy ? "policy" : "inventory"}, seed ${seed}`;
    plans.push({ name, from, to, addresses: HOST_ADDRESSES });
    from = to;
  }
  return plans;
}
