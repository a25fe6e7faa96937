import {
  type Artifact,
  digestSources,
  ownedBeforeOrNow,
  type RoutingOwnership,
  routesBackend,
} from "../../compiler/index.ts";
import { compiledBy } from "../history/compiled-by.ts";
import { remember } from "../history/history.ts";
import type { Host } from "../host/host.ts";
import { type Applied, apply } from "./apply.ts";
import { ownershipOf, refuseUnclaimed } from "./claimed.ts";
import { differences } from "./drift.ts";
import { ApplyError, reasonOf } from "./errors.ts";
import { readJournal } from "./journal.ts";
import { underLock } from "./lock.ts";
import { type AppliedRecord, readRecord, removeRecord, writeRecord } from "./record.ts";
import { recover } from "./recover.ts";
import type { HostState } from "./state.ts";

/** `apply` of a bundle that comes from `compile`, which then is on record as what this host enforces. */
export async function applyBundle(
  host: Host,
  record: AppliedRecord,
  acceptWindow: boolean,
): Promise<Applied> {
  return withRecords(host, () => applyRecord(host, record, acceptWindow));
}

/** What shall be in force instead of the bundle, given what is, and how to put it on record. Throws to refuse. */
export type Rebase = (live: HostState, bundle: HostState) => Promise<Enforceable>;

export interface Enforceable {
  readonly state: HostState;
  /** Whose artifacts say the same as `state`. */
  readonly record: AppliedRecord;
}

/** The same where the caller works with the records already (`withRecords`); `record` by way of `rebase`, if given. */
export async function applyRecord(
  host: Host,
  record: AppliedRecord,
  acceptWindow: boolean,
  rebase?: Rebase,
): Promise<Applied> {
  const { node, artifacts, bird } = record;
  refuseOtherResources(record);
  const claimed = claimOf(artifacts);
  const last = await readRecord(host, "last");
  const ownership = last === undefined ? claimed : ownedBeforeOrNow(ownershipOf(last.artifacts), claimed);
  let enforced = record;
  const intend = async (): Promise<void> => {
    try {
      await writeRecord(host, "intended", enforced);
    } catch (cause) {
      throw new ApplyError(
        `Nothing was changed: what shall be in force cannot be put on record in ${host.stateDirectory}: ${reasonOf(cause)}`,
        "untouched",
        cause,
      );
    }
  };
  const onto = async (live: HostState, bundle: HostState): Promise<HostState> => {
    if (rebase === undefined) return bundle;
    const chosen = await rebase(live, bundle);
    enforced = chosen.record;
    await intend();
    return chosen.state;
  };
  if (rebase === undefined) await intend();
  const applied = await tidied(host, () =>
    apply(host, { node, artifacts, ownership, onto }, { bird, acceptWindow }),
  );
  try {
    await makeLast(host, enforced);
  } catch (cause) {
    throw new ApplyError(
      `The new state is in force, but cannot be put on record in ${host.stateDirectory}: ${reasonOf(cause)}`,
      "unfinished",
      cause,
    );
  }
  return applied;
}

/** It is in force for good. A crash in here is settled by doing all of it again. */
async function makeLast(host: Host, record: AppliedRecord): Promise<void> {
  await remember(host, record);
  const { resources, ...last } = record;
  await writeRecord(host, "last", last);
  await removeRecord(host, "intended");
}

/** A history of policies that were never enforced would be worse than none. */
function refuseOtherResources({ artifacts, resources }: AppliedRecord): void {
  if (resources === undefined) return;
  const by = compiledBy(artifacts);
  const { policyDigest, inventoryDigest } = digestSources(resources);
  if (by?.policyDigest !== policyDigest || by.inventoryDigest !== inventoryDigest)
    throw new ApplyError("Nothing was changed: the bundle was compiled from other resources", "untouched");
}

function claimOf(artifacts: readonly Artifact[]): RoutingOwnership {
  try {
    const ownership = ownershipOf(artifacts);
    refuseUnclaimed(routesBackend.parse(artifacts), ownership);
    return ownership;
  } catch (cause) {
    throw new ApplyError(`Nothing was changed: ${reasonOf(cause)}`, "untouched", cause);
  }
}

/** The intention goes where it is certain that nothing came of it. */
async function tidied<T>(host: Host, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (cause) {
    if (cause instanceof ApplyError && cause.outcome !== "unfinished") await removeRecord(host, "intended");
    throw cause;
  }
}

/** One process at a time works with the records, after what an earlier one left has been brought to an end. */
export async function withRecords<T>(host: Host, body: () => Promise<T>): Promise<T> {
  return underLock(host, "records.lock", async () => {
    await settle(host);
    return body();
  });
}

/** Whether the journal or the records show a change that has not come to its end; only reads. */
export async function isInterrupted(host: Host): Promise<boolean> {
  return (await readJournal(host)) !== undefined || (await readRecord(host, "intended")) !== undefined;
}

/** Ends what was interrupted, and nothing else. */
export async function settleRecords(host: Host): Promise<void> {
  await withRecords(host, async () => undefined);
}

async function settle(host: Host): Promise<void> {
  const recovery = await recover(host);
  const intended = await readRecord(host, "intended");
  if (intended === undefined) return;
  // Without a journal the crash came before it was written or after it was cleared: the host knows which.
  const isInForce =
    recovery === "nothing to do" ? (await differences(host, intended)).length === 0 : recovery === "went on";
  if (isInForce) await makeLast(host, intended);
  else await removeRecord(host, "intended");
}
