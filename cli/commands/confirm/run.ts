import { readRecord } from "../../../runtime/apply/record.ts";
import { confirm } from "../../../runtime/confirm/change.ts";
import { UserError } from "../../output/errors.ts";
import { type HostRequest, told } from "../apply/this-host.ts";
import { inForce } from "../history/in-force.ts";
import { openApplied } from "../history/open.ts";
import { CHANGER, confirmLog } from "./arm.ts";

export type ConfirmRequest = HostRequest;

/** Returns the exit code: 0 = the change stays. */
export async function runConfirm(request: ConfirmRequest): Promise<number> {
  const host = await openApplied(request);
  const confirmed = await told(() => confirm(host, CHANGER));
  if (confirmed.outcome === "nothing waits") {
    const said = (await host.readFile(confirmLog(host)))?.trim().split("\n").at(-1);
    const end = said === undefined ? "" : `; of the last one that did, ${confirmLog(host)} says: ${said}`;
    throw new UserError(`no change of this host waits to be confirmed${end}`);
  }
  if (confirmed.outcome === "too late")
    throw new UserError(
      `too late: the change was not confirmed in time and is taken back now: ${confirmed.done}`,
    );
  const last = await told(() => readRecord(host, "last"));
  process.stdout.write(`confirmed: ${await inForce(host, last)}\n`);
  return 0;
}
