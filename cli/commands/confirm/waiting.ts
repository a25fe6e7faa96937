import type { Waiting } from "../../../runtime/confirm/pending.ts";

/** The line that stands above what is said of a host on which a change waits. */
export function waitingText(waiting: Waiting): string {
  const { overdue, until } = waitingJson(waiting);
  return overdue
    ? `the last change was not confirmed ${until === null ? "before the boot" : `until ${until}`}: the next command that changes this host takes it back first`
    : `the last change waits for 'calicoctl confirm' until ${until}; else it is taken back`;
}

export function waitingJson({ overdue, until }: Waiting) {
  // Nobody confirms in milliseconds, in which the clocks of the boot and of the day differ.
  return { overdue, until: until?.toISOString().replace(/\.\d+Z$/, "Z") ?? null };
}
