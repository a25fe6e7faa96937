import type { AppliedRecord } from "../../../runtime/apply/record.ts";
import { policyInForce, readHistory } from "../../../runtime/history/history.ts";
import type { Host } from "../../../runtime/host/host.ts";

/** What this host enforces, in a few words. */
export async function inForce(host: Host, last: AppliedRecord | undefined): Promise<string> {
  if (last === undefined) return "nothing of ours is in force";
  const entry = policyInForce(await readHistory(host), last);
  const policy = entry === undefined ? "" : `, policy ${entry.number} of the history`;
  return `the bundle of node ${last.node} is in force${policy}`;
}
