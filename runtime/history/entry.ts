import { ApplyError } from "../apply/errors.ts";
import { readStateFile, type StateFile, writeStateFile } from "../apply/state-file.ts";
import type { Host } from "../host/host.ts";
import { type CompiledBy, readCompiledBy } from "./compiled-by.ts";

/** One policy that this host has enforced, and how to compile it again. */
export interface HistoryEntry extends CompiledBy {
  /** Counts from 1; never used twice. */
  readonly number: number;
  /** When it was first enforced: ISO 8601, UTC. */
  readonly time: string;
  readonly node: string;
  /** `Sources.policy`; absent where a bundle was applied that did not bring its resources. */
  readonly policy?: string;
}

function entryPath(host: Host, number: number): string {
  return `${host.stateDirectory}/history/${number}.json`;
}

export async function writeEntry(host: Host, entry: HistoryEntry): Promise<void> {
  await writeStateFile(host, entryPath(host, entry.number), ENTRY, entry);
}

export async function removeEntry(host: Host, number: number): Promise<void> {
  await host.removeFile(entryPath(host, number));
}

/** `undefined` = there is none of this number. Throws as `readStateFile` does. */
export async function readEntry(host: Host, number: number): Promise<HistoryEntry | undefined> {
  const path = entryPath(host, number);
  const entry = await readStateFile(host, path, ENTRY);
  if (entry !== undefined && entry.number !== number)
    throw new ApplyError(`${path} is the policy ${entry.number} of the history, not ${number}`, "untouched");
  return entry;
}

const ENTRY: StateFile<HistoryEntry> = { name: "policy of the history", format: 1, isWhole: isEntry };

function isEntry(value: object): value is HistoryEntry {
  const { number, time, node, policy } = value as Partial<HistoryEntry>;
  return (
    readCompiledBy(value) !== undefined &&
    typeof number === "number" &&
    typeof time === "string" &&
    typeof node === "string" &&
    ["undefined", "string"].includes(typeof policy)
  );
}
