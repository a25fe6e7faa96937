import type { Applied } from "../../../runtime/apply/apply.ts";
import { applyRecord, isInterrupted, settleRecords } from "../../../runtime/apply/apply-bundle.ts";
import { type Difference, differences } from "../../../runtime/apply/drift.ts";
import { type AppliedRecord, readRecord } from "../../../runtime/apply/record.ts";
import { changeHost, settleConfirmation } from "../../../runtime/confirm/change.ts";
import { waitingChange } from "../../../runtime/confirm/pending.ts";
import { LinuxHost } from "../../../runtime/host/linux-host.ts";
import { count } from "../../output/count.ts";
import { UserError } from "../../output/errors.ts";
import { readBundle } from "../apply/bundle.ts";
import { birdLines } from "../apply/report.ts";
import { birdPlace, type HostRequest, needRoot, openHost, told } from "../apply/this-host.ts";
import { CHANGER } from "../confirm/arm.ts";
import { waitingJson, waitingText } from "../confirm/waiting.ts";

export interface DriftRequest extends HostRequest {
  readonly node?: string;
  readonly repair?: boolean;
  readonly output: "text" | "json";
}

/** Returns the exit code: 0 = the host is as it was applied, or is again; 2 = it is not. */
export async function runDrift(directory: string | undefined, request: DriftRequest): Promise<number> {
  if (directory !== undefined && request.repair)
    throw new UserError("--repair goes back to what was last applied; for a bundle there is 'apply'");
  needRoot();
  const before = await told(() => recordOf(directory, request));
  const host = await openHost(request, before.variant, false);
  await told(() => settleConfirmation(host, CHANGER));
  const isUnsettled = await told(() => isInterrupted(host));
  if (isUnsettled && !request.repair)
    throw new UserError(
      "a change of this host is under way or was interrupted; 'drift --repair' or 'apply' ends one that was",
    );
  // Which bundle is the last one may only be known afterwards.
  if (isUnsettled) await told(() => settleRecords(host));
  const record = await told(() => recordOf(directory, request));
  const found = await told(() => differences(host, record));
  const applied =
    request.repair === true && found.length > 0
      ? await told(() => changeHost(host, CHANGER, undefined, () => applyRecord(host, record, true)))
      : undefined;
  const repaired = applied !== undefined;
  const waiting = await told(() => waitingChange(host));
  const { node } = record;
  if (request.output === "json") {
    const report = {
      version: 1,
      node,
      confirm: waiting === undefined ? null : waitingJson(waiting),
      repaired,
      birdWaits: applied?.birdWaits === true,
      differences: found,
    };
    process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  } else {
    if (waiting !== undefined) process.stdout.write(`${waitingText(waiting)}\n`);
    process.stdout.write(text(found, node, applied));
  }
  return found.length > 0 && !repaired ? 2 : 0;
}

async function recordOf(directory: string | undefined, request: DriftRequest): Promise<AppliedRecord> {
  if (directory !== undefined) {
    const { manifest, artifacts } = await readBundle(directory, request.node);
    const { node, variant } = manifest;
    return { node, variant: request.iptablesBackend ?? variant, bird: birdPlace(request), artifacts };
  }
  const record = await readRecord(new LinuxHost({ iptablesVariant: "nft" }), "last");
  if (record === undefined)
    throw new UserError("nothing is on record as applied to this host; name a bundle");
  return record;
}

function text(found: readonly Difference[], node: string, applied: Applied | undefined): string {
  const lines: string[] = [];
  let heading = "";
  for (const { artifact, place, kind, what } of found) {
    if (heading !== `${artifact}: ${place}`) {
      heading = `${artifact}: ${place}`;
      lines.push(heading);
    }
    lines.push(`  ${kind}: ${what}`);
  }
  const summary = `${count(found.length, "difference")} from the bundle of node ${node}`;
  lines.push(
    found.length === 0
      ? `no drift from the bundle of node ${node}`
      : applied === undefined
        ? summary
        : `repaired ${summary}`,
    ...(applied === undefined ? [] : birdLines(applied)),
  );
  return `${lines.join("\n")}\n`;
}
