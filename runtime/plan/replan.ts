import { ownedBeforeOrNow } from "../../compiler/index.ts";
import { ownershipOf } from "../apply/claimed.ts";
import { type Difference, differencesBetween } from "../apply/drift.ts";
import { observe } from "../apply/observe.ts";
import { readRecord } from "../apply/record.ts";
import type { BirdPlace } from "../apply/target.ts";
import type { Host } from "../host/host.ts";
import { drifted, namedStates, readStates } from "./apply-plan.ts";
import type { NodePlan } from "./plan-file.ts";
import { type Rebased, rebase, withSetsNamed } from "./rebase.ts";

/** What has become of a plan since it was made. */
export interface Replan {
  /** How the host is not as it was then; the state of then is the one wanted. */
  readonly drifted: readonly Difference[];
  /** How the host is not as the plan's bundle wants it. */
  readonly missing: readonly Difference[];
  /** Whether, and how, `apply` would go on. */
  readonly verdict: Rebased["kind"];
  readonly violations: readonly string[];
}

/** Only reads. */
export async function replan(host: Host, plan: NodePlan, bird: BirdPlace): Promise<Replan> {
  const { before, after } = readStates(plan);
  const last = await readRecord(host, "last");
  const claimed = ownershipOf(plan.after);
  const ownership = last === undefined ? claimed : ownedBeforeOrNow(ownershipOf(last.artifacts), claimed);
  const live = await observe(host, ownership, bird);
  const named = namedStates(after, last);
  const found = rebase({ before, after, live }, plan.node, named);
  const states = withSetsNamed({ before, after, live }, named);
  return {
    drifted: drifted({ before, after, live }, named),
    missing: differencesBetween(states.live, states.after),
    verdict: found.kind,
    violations:
      found.kind === "violated" ? found.violations.map(({ object, reason }) => `${object} ${reason}`) : [],
  };
}
