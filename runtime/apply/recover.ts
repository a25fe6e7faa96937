import { noLines } from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import { recordApplied } from "./applied.ts";
import { reversedOrders } from "./commit-order.ts";
import { converge } from "./converge.ts";
import { ApplyError, reasonOf } from "./errors.ts";
import type { Goal } from "./goal.ts";
import { clearJournal, type Journal, readJournal } from "./journal.ts";
import { underLock } from "./lock.ts";
import { Observer } from "./observe.ts";
import { onDevices, presentDevices, shapedOn } from "./present-devices.ts";
import { cutConnections, removedWorkloads } from "./removed-workloads.ts";
import { type HostState, readBundle } from "./state.ts";
import { stepsBetween } from "./steps.ts";

/** What recovery found and did. */
export type Recovery = "nothing to do" | "went back" | "went on";

/** Ends what a crash has interrupted: the host then has the old state or the new one, whole. */
export async function recover(host: Host): Promise<Recovery> {
  return underLock(host, "lock", () => recoverLocked(host));
}

/** The caller holds the lock. Throws `ApplyError`; the journal stays until the host is where it shall be. */
export async function recoverLocked(host: Host): Promise<Recovery> {
  const open = await readJournal(host);
  if (open === undefined) return "nothing to do";
  const { journal, switched } = open;
  try {
    await followJournal(host, journal, { switched, isCrash: true });
    await clearJournal(host);
    return switched ? "went on" : "went back";
  } catch (cause) {
    throw new ApplyError(
      `An earlier change of this host was interrupted and cannot be ended: ${reasonOf(cause)}`,
      "unfinished",
      cause,
    );
  }
}

interface From {
  /** The switch is durable: to `target`; else to `old`. */
  readonly switched: boolean;
  /** Nobody knows which file BIRD has read; else it is the one that is there. */
  readonly isCrash: boolean;
}

export async function followJournal(
  host: Host,
  journal: Journal,
  { switched, isCrash }: From,
): Promise<void> {
  const known = noLines();
  const [old, target] = [readBundle(journal.old, known), readBundle(journal.target, known)];
  const { ownership, bird } = journal;
  const tableOrders = switched ? journal.tableOrders : reversedOrders(journal.tableOrders);
  const state = await possible(host, journal, switched ? target : old);
  const reloadBird = isCrash && old.bird !== target.bird;
  const goal: Goal = { state, ownership, bird, direction: "back", tableOrders, reloadBird };
  const observer = new Observer(host, ownership, bird, known);
  const live = await observer.observe();
  await converge(host, observer, goal, { live, steps: stepsBetween(live, goal, 0), birdWaits: false }, "all");
  if (!switched) return;
  await cutConnections(host, removedWorkloads(old.routing, target.routing));
  await recordApplied(host, journal.node, journal.targetDigest);
}

async function possible(host: Host, { boot }: Journal, state: HostState): Promise<HostState> {
  if (boot === (await host.bootId())) return state;
  const present = await presentDevices(host);
  return {
    ...state,
    routing: onDevices(state.routing, present),
    shaping: shapedOn(state.shaping, present),
  };
}
