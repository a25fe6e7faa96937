import { ApplyError, reasonOf } from "../apply/errors.ts";
import type { Host } from "../host/host.ts";
import { type CompiledBy, readCompiledBy } from "./compiled-by.ts";

const FORMAT = 1;
const MODE = 0o600;

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
  const text = `${JSON.stringify({ format: FORMAT, ...entry })}\n`;
  await host.writeFile(entryPath(host, entry.number), text, MODE);
}

export async function removeEntry(host: Host, number: number): Promise<void> {
  await host.removeFile(entryPath(host, number));
}

/** `undefined` = there is none of this number. Throws `ApplyError` for one that cannot be read. */
export async function readEntry(host: Host, number: number): Promise<HistoryEntry | undefined> {
  const path = entryPath(host, number);
  const text = await host.readFile(path);
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new ApplyError(`The history's ${path} cannot be read: ${reasonOf(cause)}`, "untouched");
  }
  const entry = decodeEntry(value);
  if (entry?.number !== number)
    throw new ApplyError(`${path} is no entry of a history of this version`, "untouched");
  return entry;
}

function decodeEntry(value: unknown): HistoryEntry | undefined {
  const by = readCompiledBy(value);
  if (by === undefined) return undefined;
  const { format, number, time, node, policy } = value as Partial<HistoryEntry> & {
    readonly format?: unknown;
  };
  if (format !== FORMAT || typeof number !== "number" || typeof time !== "string" || typeof node !== "string")
    return undefined;
  if (policy === undefined) return { number, time, node, ...by };
  return typeof policy === "string" ? { number, time, node, ...by, policy } : undefined;
}
