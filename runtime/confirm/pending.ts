import { ApplyError, reasonOf } from "../apply/errors.ts";
import type { AppliedRecord } from "../apply/record.ts";
import type { Host } from "../host/host.ts";

const FORMAT = 1;
const MODE = 0o600;

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
  await host.writeFile(pendingPath(host), `${JSON.stringify({ format: FORMAT, ...pending })}\n`, MODE);
}

export async function removePending(host: Host): Promise<void> {
  await host.removeFile(pendingPath(host));
}

/** `undefined` = no change waits. Throws `ApplyError` for a file that is corrupt or of another version. */
export async function readPending(host: Host): Promise<Pending | undefined> {
  const path = pendingPath(host);
  const text = await host.readFile(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ApplyError(`${path} cannot be read: ${reasonOf(cause)}`, "untouched");
  }
  if (!isPending(value)) throw new ApplyError(`${path} is not of this version`, "untouched");
  return value;
}

function isPending(value: unknown): value is Pending {
  if (typeof value !== "object" || value === null || !("format" in value) || value.format !== FORMAT)
    return false;
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
