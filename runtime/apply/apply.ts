import { randomUUID } from "node:crypto";
import { type Artifact, DEFAULT_OWNERSHIP, type KnownLines, noLines } from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import { kindOfChange, policyDigestOf, recordApplied } from "./applied.ts";
import { commitOrder } from "./commit-order.ts";
import { converge, type Position } from "./converge.ts";
import { ApplyError, reasonOf } from "./errors.ts";
import type { Goal } from "./goal.ts";
import { clearJournal, type Journal, markSwitched, unmarkSwitched, writeJournal } from "./journal.ts";
import { underLock } from "./lock.ts";
import { Observer } from "./observe.ts";
import { refuseWithoutDevices } from "./present-devices.ts";
import { followJournal, recoverLocked } from "./recover.ts";
import { cutConnections, removedWorkloads } from "./removed-workloads.ts";
import { chooseSetNames } from "./set-versions.ts";
import { type HostState, printBundle, readBundle } from "./state.ts";
import { type Steps, stepsBetween } from "./steps.ts";
import { type ApplyOptions, type ApplyTarget, DEFAULT_BIRD } from "./target.ts";

export interface Applied {
  /** What was done, in order; empty = the host was there already. */
  readonly steps: readonly string[];
  /** Tables of one IP version that took more than one commit; only with `acceptWindow`. */
  readonly windows: readonly string[];
  /** Of the WireGuard devices that are there now: what the other nodes have to know. */
  readonly publicKeys: readonly PublicKey[];
  /** `bird.conf` was put in place, and no BIRD answers that would have read it. */
  readonly birdWaits: boolean;
}

export interface PublicKey {
  readonly device: string;
  readonly publicKey: string;
}

/**
 * Makes this host enforce the bundle, whole or not at all (design: lock, read, journal, fill, test, switch, routes,
 * BIRD, read back, durable mark, clean up, clear the journal). Only what is ours is touched. Ends first what an
 * earlier run was killed in. Throws `ApplyError`, whose `outcome` says what the host enforces then.
 */
export async function apply(host: Host, target: ApplyTarget, options: ApplyOptions = {}): Promise<Applied> {
  return underLock(host, "lock", async () => {
    await recoverLocked(host);
    const change = await prepare(host, target, options);
    const { steps, windows, old, planned, node, digest } = change;
    const start: Position = { live: old, steps: planned, birdWaits: false };
    const { live, birdWaits } = steps.length > 0 ? await carryOut(host, change, start) : start;
    if (steps.length === 0) await recordApplied(host, node, digest);
    return { steps, windows, publicKeys: publicKeysOf(live), birdWaits };
  });
}

function publicKeysOf({ routing }: HostState): readonly PublicKey[] {
  return routing.links.flatMap((link) =>
    link.kind === "wireguard" && link.publicKey !== undefined
      ? [{ device: link.name, publicKey: link.publicKey }]
      : [],
  );
}

interface Change extends Pick<Applied, "steps" | "windows"> {
  readonly node: string;
  readonly digest: string | undefined;
  readonly observer: Observer;
  /** Of the bundle and of the host. */
  readonly known: KnownLines;
  readonly old: HostState;
  readonly goal: Goal;
  readonly planned: Steps;
}

/** Everything that can be known, and refused, before the first write. */
async function prepare(host: Host, target: ApplyTarget, options: ApplyOptions): Promise<Change> {
  try {
    const { node, artifacts, ownership = DEFAULT_OWNERSHIP } = target;
    const { bird = DEFAULT_BIRD } = options;
    const known = noLines();
    const observer = new Observer(host, ownership, bird, known);
    // While the tools are at work.
    const observing = Promise.all([observer.observe(), kindOfChange(host, target)]);
    const bundle = await readBeside(artifacts, known, observing);
    const [old, kind] = await observing;
    const wanted = target.onto === undefined ? bundle : await target.onto(old, bundle);
    await refuseWithoutDevices(host, old.routing, wanted.routing);
    const iptables = chooseSetNames(old.iptables, wanted.iptables, kind);
    // Inventory that comes and goes shows at worst what old or new allow.
    const { orders, windows } =
      kind === "policy" ? commitOrder(old.iptables, iptables) : { orders: {}, windows: [] };
    if (windows.length > 0 && options.acceptWindow !== true)
      throw new Error(
        `this change of policy takes more than one commit (${windows.join("; ")}), and packets in between meet parts of the old and of the new policy; accept the window with --accept-window, or change one table at a time`,
      );
    const goal: Goal = {
      state: { ...wanted, iptables },
      ownership,
      bird,
      direction: "forward",
      tableOrders: orders,
      reloadBird: false,
    };
    const planned = stepsBetween(old, goal, 0);
    const steps = [...planned.reversible, ...planned.cleanup].map(({ name }) => name);
    return { node, digest: policyDigestOf(artifacts), observer, known, old, goal, planned, windows, steps };
  } catch (cause) {
    throw new ApplyError(`Nothing was changed: ${reasonOf(cause)}`, "untouched", cause);
  }
}

/** Reads the bundle, and takes the other promise along: what fails first must not leave the other unheard. */
async function readBeside(
  artifacts: readonly Artifact[],
  known: KnownLines,
  other: Promise<unknown>,
): Promise<HostState> {
  try {
    return readBundle(artifacts, known);
  } catch (cause) {
    await other.catch(() => undefined);
    throw cause;
  }
}

/** Gives where the host is then. */
async function carryOut(host: Host, change: Change, start: Position): Promise<Position> {
  const { observer, old, goal, node, known } = change;
  const journal: Journal = {
    id: randomUUID(),
    node,
    boot: await host.bootId(),
    ownership: goal.ownership,
    bird: goal.bird,
    tableOrders: goal.tableOrders,
    old: printBundle(old, node, known),
    target: printBundle(goal.state, node, known),
    targetDigest: change.digest,
  };
  try {
    await writeJournal(host, journal);
  } catch (cause) {
    // It may have become durable all the same; as nothing has changed, going back to `old` is doing nothing.
    await clearJournal(host).catch(() => undefined);
    throw new ApplyError(
      `Nothing was changed: no journal can be written: ${reasonOf(cause)}`,
      "untouched",
      cause,
    );
  }
  let position = start;
  try {
    position = await converge(host, observer, goal, position, "reversible");
    await markSwitched(host, journal);
  } catch (cause) {
    return goBack(host, journal, cause);
  }
  try {
    await cutConnections(host, removedWorkloads(old.routing, goal.state.routing));
    position = await converge(host, observer, goal, position, "all");
    await recordApplied(host, node, change.digest);
    await clearJournal(host);
  } catch (cause) {
    await goOn(host, journal, cause);
  }
  return position;
}

/** Always throws. */
async function goBack(host: Host, journal: Journal, cause: unknown): Promise<never> {
  // A mark that failed may be on the disk all the same. If it cannot be taken back either and we die on the way, then
  // recovery goes forward instead, to the other of the two states.
  await unmarkSwitched(host).catch(() => undefined);
  try {
    await followJournal(host, journal, { switched: false, isCrash: false });
    await clearJournal(host);
  } catch (second) {
    throw new ApplyError(
      `The change failed (${reasonOf(cause)}), and so did the way back (${reasonOf(second)}); the next run goes on with it.`,
      "unfinished",
      cause,
    );
  }
  throw new ApplyError(`The change failed and was taken back: ${reasonOf(cause)}`, "restored", cause);
}

/** The new state is in force for good, so a failure while tidying up is tried once more, not taken back. */
async function goOn(host: Host, journal: Journal, cause: unknown): Promise<void> {
  try {
    await followJournal(host, journal, { switched: true, isCrash: false });
    await clearJournal(host);
  } catch (second) {
    throw new ApplyError(
      `The new state is in force, but what it replaces could not be removed (${reasonOf(cause)}; ${reasonOf(second)}); the next run goes on with it.`,
      "unfinished",
      cause,
    );
  }
}
