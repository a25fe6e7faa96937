import type { Waiting } from "../../../runtime/confirm/pending.ts";

/** The line that stands above what is said of a host on which a change waits. */
export function waitingText({ until, overdue }: Waiting): string {
  const time = until?.toISOString();
  return overdue
    ? `not confirmed ${time === undefined ? "before the boot" : `until ${time}`}: the next command that changes this host takes the last change back first`
    : `waits to be confirmed until ${time}: 'calicoctl confirm' keeps the last change`;
}

/** `null` = no change waits. */
export function waitingJson(waiting: Waiting | undefined) {
  if (waiting === undefined) return null;
  return { overdue: waiting.overdue, until: waiting.until?.toISOString() ?? null };
}
