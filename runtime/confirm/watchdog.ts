import { setTimeout as sleep } from "node:timers/promises";
import { withRecords } from "../apply/apply-bundle.ts";
import { reasonOf } from "../apply/errors.ts";
import type { Host } from "../host/host.ts";
import { readPending, secondsLeft } from "./pending.ts";
import { revert } from "./revert.ts";

/** How often the file is looked at, in seconds: no timer can be trusted across a suspend. */
const LOOK = 1;
/** How long to wait after a failure, in seconds, and how often to try: after that it is for the next command to do. */
const PAUSE = 0.5;
const TRIES = 600;

export interface Watchdog {
  readonly token: string;
  readonly compilerVersion: string;
  readonly log: (line: string) => void;
  /** How often to try; 600 times unless given. */
  readonly tries?: number;
}

/** Waits for the deadline of the change with this token, and takes it back if it still waits then. */
export async function watch(
  host: Host,
  { token, compilerVersion, log, tries = TRIES }: Watchdog,
): Promise<void> {
  let told = "";
  for (let failures = 0; failures < tries; ) {
    try {
      const left = await timeLeft(host, token);
      if (left === undefined) return log("the change does not wait any more");
      if (left > 0) {
        await sleep(Math.min(left, LOOK) * 1000);
        continue;
      }
      const done = await withRecords(host, () => revertIfDue(host, token, compilerVersion));
      if (done !== undefined)
        return log(`the change was not confirmed in time and has been taken back: ${done}`);
    } catch (cause) {
      // The one who changes the host may still be at it.
      if (reasonOf(cause) !== told) log(`not yet taken back: ${reasonOf(cause)}`);
      told = reasonOf(cause);
      if (++failures < tries) await sleep(PAUSE * 1000);
    }
  }
  log("gave up; the next command that changes this host takes the change back first");
}

/** `undefined` = it was confirmed, or taken back by another. */
async function timeLeft(host: Host, token: string): Promise<number | undefined> {
  const pending = await readPending(host);
  return pending?.token === token ? secondsLeft(host, pending) : undefined;
}

/** Under the lock everything may be different: the deadline is put off once the change is done. */
async function revertIfDue(host: Host, token: string, compilerVersion: string): Promise<string | undefined> {
  const pending = await readPending(host);
  if (pending?.token !== token || (await secondsLeft(host, pending)) > 0) return undefined;
  return revert(host, pending, compilerVersion);
}
