import { removePending } from "../confirm/pending.ts";
import type { Host } from "../host/host.ts";
import { apply } from "./apply.ts";
import { withRecords } from "./apply-bundle.ts";
import { ownershipOf, UNTOLD_OWNERSHIP } from "./claimed.ts";
import { readRecord, removeRecord } from "./record.ts";
import type { BirdPlace } from "./target.ts";

/**
 * Removes everything of ours from this host and nothing else; returns the steps done. Sysctls stay as they are, since
 * nobody knows what they were before.
 */
export async function uninstall(host: Host, bird: BirdPlace): Promise<readonly string[]> {
  return withRecords(host, async () => {
    const steps = await removeEverything(host, bird);
    // Nothing is left that could be confirmed.
    await removePending(host);
    return steps;
  });
}

/** The same where the caller works with the records already (`withRecords`). */
export async function removeEverything(host: Host, bird: BirdPlace): Promise<readonly string[]> {
  const last = await readRecord(host, "last");
  // With the dataplane goes the cluster's say over routes of others.
  const ownership =
    last === undefined ? UNTOLD_OWNERSHIP : { ...ownershipOf(last.artifacts), removeExternalRoutes: false };
  const target = { node: last?.node ?? "", artifacts: [], ownership };
  const { steps } = await apply(host, target, { bird, acceptWindow: true });
  await removeRecord(host, "last");
  return steps;
}
