import type { Artifact, Sources } from "../../compiler/index.ts";
import { readStateFile, type StateFile, writeStateFile } from "../apply/state-file.ts";
import type { Host } from "../host/host.ts";
import { compiledBy } from "./compiled-by.ts";
import { type HistoryEntry, readEntry, removeEntry, writeEntry } from "./entry.ts";

/** How many policies are kept. */
export const KEPT = 10;

const MODE = 0o600;

function newestPath(host: Host): string {
  return `${host.stateDirectory}/history/newest.json`;
}

function inventoryPath(host: Host): string {
  return `${host.stateDirectory}/inventory-last.json`;
}

/** The last policies of this host, oldest first; no two neighbours have equal policies. */
export async function readHistory(host: Host): Promise<readonly HistoryEntry[]> {
  const newest = await newestNumber(host);
  const entries: HistoryEntry[] = [];
  for (let number = Math.max(1, newest - KEPT + 1); number <= newest; number++) {
    const entry = await readEntry(host, number);
    if (entry !== undefined) entries.push(entry);
  }
  return entries;
}

/** Throws as `readStateFile` does. */
async function newestNumber(host: Host): Promise<number> {
  return (await readStateFile(host, newestPath(host), NEWEST))?.number ?? 0;
}

/** The number of the newest entry. */
interface Newest {
  readonly number: number;
}

const NEWEST: StateFile<Newest> = { name: "number of the newest policy", format: 1, isWhole: isNewest };

function isNewest(value: object): value is Newest {
  const { number } = value as Partial<Newest>;
  return Number.isSafeInteger(number) && number! >= 1;
}

/** `Sources.inventory` of what was last applied with its resources. */
export async function readInventory(host: Host): Promise<string | undefined> {
  return host.readFile(inventoryPath(host));
}

/** What a host has been made to enforce. */
export interface Enforced {
  readonly node: string;
  readonly artifacts: readonly Artifact[];
  readonly resources?: Sources;
}

/**
 * Takes down what is in force from now on; doing so once more changes nothing. The inventory is kept only as it last
 * was: a policy that comes back is compiled against the pods of today, never those of its own time.
 */
export async function remember(host: Host, { node, artifacts, resources }: Enforced): Promise<void> {
  if (resources !== undefined) await host.writeFile(inventoryPath(host), resources.inventory, MODE);
  const by = compiledBy(artifacts);
  if (by === undefined) return;
  const newest = await newestNumber(host);
  const before = await readEntry(host, newest);
  const policy = resources === undefined ? {} : { policy: resources.policy };
  if (before?.policyDigest === by.policyDigest) {
    // The same policy, which may be compiled in another way now, and may bring its text only now.
    const known = {
      number: newest,
      time: before.time,
      node,
      ...by,
      ...("policy" in before ? { policy: before.policy } : policy),
    };
    if (JSON.stringify(known) !== JSON.stringify(before)) await writeEntry(host, known);
    return;
  }
  const number = newest + 1;
  await writeEntry(host, { number, time: new Date().toISOString(), node, ...by, ...policy });
  // Before the number counts, so that a crash leaves no entry that nobody would ever remove.
  await removeEntry(host, number - KEPT);
  await writeStateFile(host, newestPath(host), NEWEST, { number });
}

/** The newest entry, if its policy is what `last` enforces; `undefined` after everything was removed, say. */
export function policyInForce(
  history: readonly HistoryEntry[],
  last: Enforced | undefined,
): HistoryEntry | undefined {
  const newest = history.at(-1);
  if (newest === undefined || last === undefined) return undefined;
  return compiledBy(last.artifacts)?.policyDigest === newest.policyDigest ? newest : undefined;
}
