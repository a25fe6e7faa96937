import { iptablesBackend } from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import { StepError } from "./errors.ts";
import type { Goal } from "./goal.ts";
import type { Observer, Part } from "./observe.ts";
import type { HostState } from "./state.ts";
import { type Step, type Steps, stepsBetween } from "./steps.ts";
import { writtenChains } from "./written-chains.ts";

/** Another writer may be faster this often. */
const ATTEMPTS = 3;

/** Where a host is, and what is left to do. */
export interface Position {
  readonly live: HostState;
  readonly steps: Steps;
  /** On the way here `bird.conf` was put in place, and no daemon answered. */
  readonly birdWaits: boolean;
}

/**
 * Brings the host to the goal and reads back that it is there: forward, back and after a crash by the same way, as
 * what to do follows from what is there and never from what was done. `from` is what the host looked like a moment
 * ago; returned is what it looks like now. `scope`: all, or only what can be taken back.
 *
 * Read back is what was written; what else somebody has changed meanwhile is seen the next time that the host is looked
 * at. After a failure everything is read anew.
 */
export async function converge(
  host: Host,
  observer: Observer,
  goal: Goal,
  from: Position,
  scope: "reversible" | "all",
): Promise<Position> {
  let position = from;
  for (let attempt = 0; ; attempt++) {
    const { reversible, cleanup } = position.steps;
    const steps = scope === "all" ? [...reversible, ...cleanup] : reversible;
    if (steps.length === 0) return position;
    if (attempt === ATTEMPTS)
      throw new StepError(
        "read back",
        `the host does not stay as it was made, somebody else writes, too: ${steps.map(({ name }) => name).join(", ")}`,
      );
    const ran = await runSteps(host, observer, steps, position.live, attempt);
    const live = ran.isDone ? await readBack(observer, steps, position.live, goal) : await observer.observe();
    position = {
      live,
      steps: stepsBetween(live, goal, attempt + 1),
      birdWaits: position.birdWaits || ran.birdWaits,
    };
  }
}

/** Of rules only what was written, where that is little and as it shall be. */
async function readBack(
  observer: Observer,
  steps: readonly Step[],
  last: HostState,
  { state }: Goal,
): Promise<HostState> {
  const parts = partsOf(steps);
  const written = writtenChains(steps);
  if (written === undefined || !(await observer.shows(written, state.iptables)))
    return observer.refresh(last, parts);
  const { rulesets } = state.iptables;
  return observer.refresh(
    { ...last, iptables: { ...last.iptables, rulesets } },
    new Set([...parts].filter((part) => part !== "rules")),
  );
}

function partsOf(steps: readonly Step[]): ReadonlySet<Part> {
  return new Set(steps.flatMap(({ writes }) => writes));
}

interface Ran {
  /** False = ended early, as another writer has changed the table under our hands: a fresh look decides. */
  readonly isDone: boolean;
  readonly birdWaits: boolean;
}

async function runSteps(
  host: Host,
  observer: Observer,
  steps: readonly Step[],
  live: HostState,
  attempt: number,
): Promise<Ran> {
  let birdWaits = false;
  for (const step of steps) {
    try {
      birdWaits = (await step.run(host)) === "waits" || birdWaits;
    } catch (cause) {
      if (attempt + 1 < ATTEMPTS && (await hasMoved(observer, step, live)))
        return { isDone: false, birdWaits };
      throw cause;
    }
  }
  return { isDone: true, birdWaits };
}

async function hasMoved(observer: Observer, { place }: Step, live: HostState): Promise<boolean> {
  if (place === undefined) return false;
  const now = await observer.refresh(live, new Set<Part>(["rules", "sets"]));
  return iptablesBackend
    .diff(live.iptables, now.iptables)
    .some((change) => "table" in change && change.table === place.table && change.version === place.version);
}
