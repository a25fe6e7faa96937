import { applyRecord } from "../apply/apply-bundle.ts";
import { reasonOf } from "../apply/errors.ts";
import type { AppliedRecord } from "../apply/record.ts";
import { readRecord } from "../apply/record.ts";
import { DEFAULT_BIRD } from "../apply/target.ts";
import { removeEverything } from "../apply/uninstall.ts";
import { compiledBy } from "../history/compiled-by.ts";
import { readHistory, readInventory } from "../history/history.ts";
import { recompile } from "../history/recompile.ts";
import type { Host } from "../host/host.ts";
import { type Pending, removePending } from "./pending.ts";

/**
 * Takes the change back: the policy before it, compiled against the inventory of today; where that cannot be had, the
 * bundle before it; where there was none, nothing of ours stays. Says in words what was done. The caller works with
 * the records (`withRecords`). Throws `ApplyError`; the change then still waits.
 */
export async function revert(host: Host, pending: Pending, compilerVersion: string): Promise<string> {
  const done = await goBack(host, pending, compilerVersion);
  await removePending(host);
  return done;
}

async function goBack(host: Host, pending: Pending, compilerVersion: string): Promise<string> {
  const { before } = pending;
  if (before === undefined) {
    const last = await readRecord(host, "last");
    await removeEverything(host, last?.bird ?? DEFAULT_BIRD);
    return "nothing of ours is on this host, as before";
  }
  const old = await oldPolicy(host, pending, before, compilerVersion);
  let reason = old.reason;
  if (old.record !== undefined) {
    try {
      await applyRecord(host, old.record, true);
      return `policy ${pending.policy} of the history is in force, compiled against the inventory of today`;
    } catch (cause) {
      reason = reasonOf(cause);
    }
  }
  // A host that nobody can reach is worse than one that for a while knows the pods of a minute ago.
  await applyRecord(host, before, true);
  return `the bundle of node ${before.node} from before is in force (not its policy with the inventory of today: ${reason})`;
}

interface OldPolicy {
  readonly record?: AppliedRecord;
  /** Why there is none. */
  readonly reason: string;
}

async function oldPolicy(
  host: Host,
  pending: Pending,
  { node, bird, artifacts }: AppliedRecord,
  compilerVersion: string,
): Promise<OldPolicy> {
  try {
    const entry = (await readHistory(host)).find(({ number }) => number === pending.policy);
    const inventory = await readInventory(host);
    const by = compiledBy(artifacts);
    if (entry?.policy === undefined || inventory === undefined || by === undefined)
      return { reason: "its resources are not on record" };
    const today = { inventory, host: { ...by, node }, bird, compilerVersion };
    const result = recompile({ ...entry, policy: entry.policy }, today);
    if (result.ok) return { record: result.record, reason: "" };
    const errors = result.diagnostics.filter(({ severity }) => severity === "error");
    return { reason: `it has errors: ${errors.map(({ message }) => message).join("; ")}` };
  } catch (cause) {
    return { reason: reasonOf(cause) };
  }
}
