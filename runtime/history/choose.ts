import { ApplyError } from "../apply/errors.ts";
import type { HistoryEntry } from "./entry.ts";

export type EntryWithPolicy = HistoryEntry & { readonly policy: string };

/**
 * The entry that a rollback goes to: the one of this `number`, or else the one before what is in force, or the newest
 * where nothing is. Throws `ApplyError` that says why there is none.
 */
export function chooseEntry(
  history: readonly HistoryEntry[],
  inForce: HistoryEntry | undefined,
  number: number | undefined,
): EntryWithPolicy {
  const refuse = (reason: string): never => {
    throw new ApplyError(`Nothing was changed: ${reason}`, "untouched");
  };
  const numbers = history.map((entry) => entry.number);
  if (numbers.length === 0) return refuse("this host has no history yet");
  const entry =
    number !== undefined
      ? history.find((candidate) => candidate.number === number)
      : history.findLast((candidate) => candidate !== inForce);
  if (entry === undefined)
    return refuse(
      number === undefined
        ? `there is no policy before the one in force (${numbers[0]})`
        : `the history has no policy ${number}; it has ${numbers.join(", ")}`,
    );
  const { policy } = entry;
  if (policy === undefined)
    return refuse(
      `policy ${entry.number} is known by its digest only: it was applied without its resources; apply its bundle again`,
    );
  return { ...entry, policy };
}
