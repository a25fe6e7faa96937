import type { Artifact, RoutingOwnership } from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import type { TableOrders } from "./commit-order.ts";
import { readStateFile, type StateFile, writeStateFile } from "./state-file.ts";
import type { BirdPlace } from "./target.ts";

/**
 * Both ends of a change that is under way, as text of bundles: from whatever a crash has left, what to do follows
 * from what is there and from one of them. No inverse commands, which would have to know how far we came.
 */
export interface Journal {
  /** Of this change alone: what the mark of the switch names. */
  readonly id: string;
  readonly node: string;
  /** The boot during which it was written: after another one the kernel has nothing of ours. */
  readonly boot: string;
  readonly ownership: RoutingOwnership;
  readonly bird: BirdPlace;
  /** In which tables are committed on the way to the target. */
  readonly tableOrders: TableOrders;
  /** The host's own part before the change. */
  readonly old: readonly Artifact[];
  readonly target: readonly Artifact[];
  readonly targetDigest: string | undefined;
}

/** What a crash has left. */
export interface OpenJournal {
  readonly journal: Journal;
  /** There is no way back any more: recovery goes on to `target`. */
  readonly switched: boolean;
}

function journalPath(host: Host): string {
  return `${host.stateDirectory}/journal.json`;
}

/** A file of its own, as the journal is large and the mark is all that is new. */
function markPath(host: Host): string {
  return `${host.stateDirectory}/switched.json`;
}

export async function markSwitched(host: Host, { id }: Journal): Promise<void> {
  await writeStateFile(host, markPath(host), MARK, { id });
}

export async function unmarkSwitched(host: Host): Promise<void> {
  await host.removeFile(markPath(host));
}

export async function writeJournal(host: Host, journal: Journal): Promise<void> {
  await writeStateFile(host, journalPath(host), JOURNAL, journal);
}

/** A mark that outlives its journal marks nothing. */
export async function clearJournal(host: Host): Promise<void> {
  await host.removeFile(journalPath(host));
  await unmarkSwitched(host);
}

/** `undefined` = nothing is under way. Throws as `readStateFile` does: nobody knows then how far a change came. */
export async function readJournal(host: Host): Promise<OpenJournal | undefined> {
  const journal = await readStateFile(host, journalPath(host), JOURNAL);
  if (journal === undefined) return undefined;
  const mark = await readStateFile(host, markPath(host), MARK);
  return { journal, switched: mark?.id === journal.id };
}

const JOURNAL: StateFile<Journal> = {
  name: "journal",
  format: 2,
  isWhole: isJournal,
  outcome: "unknown",
  advice: " If no other version of this program can end what it began, remove it and apply a bundle.",
};

/** Names the journal whose change there is no way back from. */
interface Mark {
  readonly id: string;
}

const MARK: StateFile<Mark> = {
  name: "mark",
  format: 2,
  isWhole: (value): value is Mark => "id" in value && typeof value.id === "string",
  outcome: "unknown",
  advice:
    " Whether the change of the journal beside it is in force is not known: remove both and apply a bundle.",
};

function isJournal(value: object): value is Journal {
  const { id, node, boot, ownership, bird, tableOrders, old, target } = value as Partial<Journal>;
  return (
    typeof id === "string" &&
    typeof node === "string" &&
    typeof boot === "string" &&
    typeof ownership === "object" &&
    typeof bird?.config === "string" &&
    typeof tableOrders === "object" &&
    isArtifacts(old) &&
    isArtifacts(target)
  );
}

function isArtifacts(value: readonly Artifact[] | undefined): boolean {
  return (
    Array.isArray(value) &&
    value.every(({ path, text }: Artifact) => typeof path === "string" && typeof text === "string")
  );
}
