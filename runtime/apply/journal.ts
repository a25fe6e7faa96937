import type { Artifact, RoutingOwnership } from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import type { TableOrders } from "./commit-order.ts";
import { ApplyError, reasonOf } from "./errors.ts";
import type { BirdPlace } from "./target.ts";

const FORMAT = 2;
const MODE = 0o600;

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
  await host.writeFile(markPath(host), `${JSON.stringify({ format: FORMAT, id })}\n`, MODE);
}

export async function unmarkSwitched(host: Host): Promise<void> {
  await host.removeFile(markPath(host));
}

export async function writeJournal(host: Host, journal: Journal): Promise<void> {
  await host.writeFile(journalPath(host), `${JSON.stringify({ format: FORMAT, ...journal })}\n`, MODE);
}

/** A mark that outlives its journal marks nothing. */
export async function clearJournal(host: Host): Promise<void> {
  await host.removeFile(journalPath(host));
  await unmarkSwitched(host);
}

/** `undefined` = nothing is under way. Throws for a journal that is corrupt or of another version, and leaves it. */
export async function readJournal(host: Host): Promise<OpenJournal | undefined> {
  const path = journalPath(host);
  const fail = (reason: string) =>
    new ApplyError(
      `The journal ${path} cannot be read (${reason}); nothing was changed. If no other version of this program can end what it began, remove it and apply a bundle.`,
      "unknown",
    );
  let text: string | undefined;
  let value: unknown;
  try {
    text = await host.readFile(path);
    if (text === undefined) return undefined;
    value = JSON.parse(text);
  } catch (cause) {
    throw fail(reasonOf(cause));
  }
  if (typeof value !== "object" || value === null || !("format" in value)) throw fail("it is no journal");
  if (value.format !== FORMAT)
    throw fail(`it has format ${JSON.stringify(value.format)}, this version writes ${FORMAT}`);
  if (!isJournal(value)) throw fail("parts of it are missing");
  return { journal: value, switched: await isMarked(host, value) };
}

async function isMarked(host: Host, { id }: Journal): Promise<boolean> {
  const text = await host.readFile(markPath(host));
  if (text === undefined) return false;
  try {
    const mark: unknown = JSON.parse(text);
    return typeof mark === "object" && mark !== null && "id" in mark && mark.id === id;
  } catch (cause) {
    throw new ApplyError(
      `${markPath(host)} cannot be read: ${reasonOf(cause)}; nothing was changed. Whether the change of the journal beside it is in force is not known: remove both and apply a bundle.`,
      "unknown",
    );
  }
}

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
