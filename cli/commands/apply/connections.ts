import type { Applied } from "../../../runtime/apply/apply.ts";
import { reasonOf, StepError } from "../../../runtime/apply/errors.ts";
import { cutOutlived, outlivedConnections } from "../../../runtime/connections/outlived.ts";
import type { Host } from "../../../runtime/host/host.ts";
import { UserError } from "../../output/errors.ts";

/** Connections that what is in force now would not let begin. */
export type Outlived =
  /** `cut`: how many of them were ended; absent without `--cut`. */
  { readonly connections: number; readonly cut?: number } | { readonly unknown: string };

/**
 * Counts them after a change, and ends them with `--cut`, also where nothing had to be changed. Where a host cannot
 * tell, that is an error only with `--cut`: the change itself is in force.
 */
export async function settleConnections(
  host: Host,
  { cut }: { readonly cut?: boolean },
  { steps }: Applied,
): Promise<Outlived | undefined> {
  if (!cut && steps.length === 0) return undefined;
  try {
    const found = await outlivedConnections(host);
    const connections = found.length;
    return cut ? { connections, cut: await cutOutlived(host, found) } : { connections };
  } catch (cause) {
    if (!(cause instanceof StepError)) throw cause;
    const reason = reasonOf(cause);
    if (cut) throw new UserError(`The change is in force, but connections could not be cut: ${reason}`);
    return { unknown: reason };
  }
}
