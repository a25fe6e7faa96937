import { iptablesBackend } from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import { StepError } from "./errors.ts";
import type { Goal } from "./goal.ts";
import { observe, observeIptables } from "./observe.ts";
import type { HostState } from "./state.ts";
import { type Step, stepsBetween } from "./steps.ts";

/** Another writer may be faster this often. */
const ATTEMPTS = 3;

/**
 * Brings the host to the goal and reads back that it is there: forward, back and after a crash by the same way, as
 * what to do follows from what is there and never from what was done. `live` is what the host looked like a moment
 * ago; returned is what it looks like now. `scope`: all, or only what can be taken back.
 */
export async function converge(
  host: Host,
  goal: Goal,
  live: HostState,
  scope: "reversible" | "all",
): Promise<HostState> {
  let current = live;
  for (let attempt = 0; ; attempt++) {
    const { reversible, cleanup } = stepsBetween(current, goal, attempt);
    const steps = scope === "all" ? [...reversible, ...cleanup] : reversible;
    if (steps.length === 0) return current;
    if (attempt === ATTEMPTS)
      throw new StepError(
        "read back",
        `the host does not stay as it was made, somebody else writes, too: ${steps.map(({ name }) => name).join(", ")}`,
      );
    await runSteps(host, steps, current, attempt);
    current = await observe(host, goal.ownership, goal.bird);
  }
}

/** Ends early, without an error, where another writer has changed the table under our hands: a fresh look decides. */
async function runSteps(host: Host, steps: readonly Step[], live: HostState, attempt: number): Promise<void> {
  for (const step of steps) {
    try {
      await step.run(host);
    } catch (cause) {
      if (attempt + 1 < ATTEMPTS && (await hasMoved(host, step, live))) return;
      throw cause;
    }
  }
}

async function hasMoved(host: Host, { place }: Step, live: HostState): Promise<boolean> {
  if (place === undefined) return false;
  const now = await observeIptables(host);
  return iptablesBackend
    .diff(live.iptables, now)
    .some((change) => "table" in change && change.table === place.table && change.version === place.version);
}
