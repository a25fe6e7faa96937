import type { Host } from "../host/host.ts";
import { apply } from "./apply.ts";
import { withRecords } from "./apply-bundle.ts";
import { BUNDLE_OWNERSHIP } from "./claimed.ts";
import { readRecord, removeRecord } from "./record.ts";
import type { BirdPlace } from "./target.ts";

/**
 * Removes everything of ours from this host and nothing else; returns the steps done. Sysctls stay as they are, since
 * nobody knows what they were before.
 */
export async function uninstall(host: Host, bird: BirdPlace): Promise<readonly string[]> {
  return withRecords(host, async () => {
    const node = (await readRecord(host, "last"))?.node ?? "";
    const { steps } = await apply(host, { node, artifacts: [], ownership: BUNDLE_OWNERSHIP }, { bird });
    await removeRecord(host, "last");
    return steps;
  });
}
