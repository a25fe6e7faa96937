import { randomUUID } from "node:crypto";
import type { Applied } from "../apply/apply.ts";
import { isInterrupted, withRecords } from "../apply/apply-bundle.ts";
import { ApplyError, reasonOf } from "../apply/errors.ts";
import { readRecord } from "../apply/record.ts";
import { policyInForce, readHistory } from "../history/history.ts";
import type { Host } from "../host/host.ts";
import { type Pending, readPending, removePending, secondsLeft, uptime, writePending } from "./pending.ts";
import { revert } from "./revert.ts";

/** That a change shall be taken back unless it is confirmed. */
export interface Confirmation {
  readonly seconds: number;
  /** Starts the process that runs `watch` with this token; returns once it does. */
  readonly startWatchdog: (token: string) => Promise<void>;
}

/** Who changes the host, as far as taking changes back is concerned. */
export interface Changer {
  readonly compilerVersion: string;
  /** Told when an earlier change has been taken back first. */
  readonly tell: (line: string) => void;
}

/**
 * Every change of a host that a person asks for. Works with the records (`withRecords`), takes back first what nobody
 * has confirmed in time, and refuses where a change still waits to be confirmed. With a `confirmation` the change
 * itself waits from then on. Throws `ApplyError`, and what `change` throws.
 */
export async function changeHost(
  host: Host,
  changer: Changer,
  confirmation: Confirmation | undefined,
  change: () => Promise<Applied>,
): Promise<Applied> {
  return withRecords(host, async () => {
    await endExpired(host, changer);
    const waiting = await readPending(host);
    if (waiting !== undefined)
      throw new ApplyError(
        `A change of this host waits to be confirmed (${Math.ceil(await secondsLeft(host, waiting))} s left): 'calicoctl confirm' keeps it, 'calicoctl rollback' takes it back at once.`,
        "untouched",
      );
    if (confirmation === undefined) return change();
    return changeForNow(host, confirmation, change);
  });
}

async function changeForNow(
  host: Host,
  { seconds, startWatchdog }: Confirmation,
  change: () => Promise<Applied>,
): Promise<Applied> {
  const pending = await describeWayBack(host, seconds);
  await writePending(host, pending);
  try {
    await startWatchdog(pending.token);
  } catch (cause) {
    await removePending(host);
    throw new ApplyError(
      `Nothing was changed: the watchdog could not be started: ${reasonOf(cause)}`,
      "untouched",
      cause,
    );
  }
  let applied: Applied;
  try {
    applied = await change();
  } catch (cause) {
    // Where the next run may yet go on to the new state, the way back has to stay.
    if (!(await isInterrupted(host).catch(() => true))) await removePending(host);
    throw cause;
  }
  if (applied.steps.length === 0) await removePending(host);
  // The time that the change itself took is not the time of whoever looks at it.
  else await writePending(host, { ...pending, deadline: (await uptime(host)) + seconds });
  return applied;
}

async function describeWayBack(host: Host, seconds: number): Promise<Pending> {
  const before = await readRecord(host, "last");
  const entry = policyInForce(await readHistory(host), before);
  return {
    token: randomUUID(),
    boot: await host.bootId(),
    deadline: (await uptime(host)) + seconds,
    seconds,
    ...(entry?.policy === undefined ? {} : { policy: entry.number }),
    ...(before === undefined ? {} : { before }),
  };
}

/** Takes back what was not confirmed in time: its watchdog was killed, or the host booted. Within `withRecords`. */
async function endExpired(host: Host, { compilerVersion, tell }: Changer): Promise<void> {
  const pending = await readPending(host);
  if (pending === undefined || (await secondsLeft(host, pending)) > 0) return;
  const done = await revert(host, pending, compilerVersion);
  tell(`the last change was not confirmed in time and has been taken back: ${done}`);
}

/** Does that, and nothing else. Takes no lock where there is nothing to do. */
export async function settleConfirmation(host: Host, changer: Changer): Promise<void> {
  const pending = await readPending(host);
  if (pending === undefined || (await secondsLeft(host, pending)) > 0) return;
  await withRecords(host, () => endExpired(host, changer));
}

/** What became of the change that waited. */
export type Confirmed =
  | { readonly outcome: "kept" }
  | { readonly outcome: "nothing waits" }
  /** The deadline had passed, so it has been taken back now; `done` in words. */
  | { readonly outcome: "too late"; readonly done: string };

export async function confirm(host: Host, { compilerVersion }: Changer): Promise<Confirmed> {
  return withRecords(host, async () => {
    const pending = await readPending(host);
    if (pending === undefined) return { outcome: "nothing waits" };
    if ((await secondsLeft(host, pending)) === 0)
      return { outcome: "too late", done: await revert(host, pending, compilerVersion) };
    await removePending(host);
    return { outcome: "kept" };
  });
}

/** Takes back the change that waits without waiting for its deadline; `undefined` = none waits. */
export async function takeBack(host: Host, { compilerVersion }: Changer): Promise<string | undefined> {
  return withRecords(host, async () => {
    const pending = await readPending(host);
    return pending === undefined ? undefined : revert(host, pending, compilerVersion);
  });
}
