import { ApplyError } from "../apply/errors.ts";
import type { AppliedRecord } from "../apply/record.ts";
import { readStateFile, type StateFile, writeStateFile } from "../apply/state-file.ts";
import type { Host } from "../host/host.ts";

/** A change of this host that is taken back unless somebody confirms it. On the disk before the change begins. */
export interface Pending {
  /** Tells one such change from the next. */
  readonly token: string;
  /** The boot that the deadline counts in: after another one it has passed. */
  readonly boot: string;
  /** Seconds since that boot; time that the host sleeps counts, and nobody can set this clock. */
  readonly deadline: number;
  /** How long the deadline was put off, in seconds. */
  readonly seconds: number;
  /** Number of the history's entry whose policy was in force, where its text is known. */
  readonly policy?: number;
  /** The bundle that was in force; absent where nothing of ours was. */
  readonly before?: AppliedRecord;
}

function pendingPath(host: Host): string {
  return `${host.stateDirectory}/confirm.json`;
}

export async function writePending(host: Host, pending: Pending): Promise<void> {
  await writeStateFile(host, pendingPath(host), PENDING, pending);
}

export async function removePending(host: Host): Promise<void> {
  await host.removeFile(pendingPath(host));
}

/** `undefined` = no change waits. Throws as `readStateFile` does. */
export async function readPending(host: Host): Promise<Pending | undefined> {
  return readStateFile(host, pendingPath(host), PENDING);
}

const PENDING: StateFile<Pending> = {
  name: "change that waits to be confirmed",
  format: 1,
  isWhole: isPending,
};

function isPending(value: object): value is Pending {
  const { token, boot, deadline, seconds, policy, before } = value as Partial<Pending>;
  return (
    typeof token === "string" &&
    typeof boot === "string" &&
    typeof deadline === "number" &&
    typeof seconds === "number" &&
    ["undefined", "number"].includes(typeof policy) &&
    ["undefined", "object"].includes(typeof before)
  );
}

/** Seconds until the deadline; 0 = it has passed. */
export async function secondsLeft(host: Host, { boot, deadline }: Pending): Promise<number> {
  if (boot !== (await host.bootId())) return 0;
  return Math.max(0, deadline - (await uptime(host)));
}

/** A change that waits, for those who only look. */
export interface Waiting {
  /** By the clock of today; absent where the host has booted since. */
  readonly until?: Date;
  /** The next command that changes this host takes the change back first, if its watchdog has not done so by then. */
  readonly overdue: boolean;
}

/** `undefined` = no change waits. Throws as `readPending` does. */
export async function waitingChange(host: Host): Promise<Waiting | undefined> {
  const pending = await readPending(host);
  if (pending === undefined) return undefined;
  const overdue = (await secondsLeft(host, pending)) === 0;
  if (pending.boot !== (await host.bootId())) return { overdue };
  return { overdue, until: new Date(Date.now() + (pending.deadline - (await uptime(host))) * 1000) };
}

/** Seconds since the boot, with those asleep (`/proc/uptime`, proc(5); `ktime_get_boottime` in fs/proc/uptime.c). */
export async function uptime(host: Host): Promise<number> {
  const text = await host.readFile("/proc/uptime");
  const seconds = Number.parseFloat(text ?? "");
  if (!Number.isFinite(seconds)) throw new ApplyError("/proc/uptime cannot be read", "untouched");
  return seconds;
}
