import { setTimeout as delay } from "node:timers/promises";
import type { Datastore } from "../../../runtime/datastore/datastore.ts";
import type { JsonObject } from "../../../runtime/datastore/json.ts";
import { findClusterInformation } from "../../datastore/cluster-information.ts";
import { type OpenedDatastore, openDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { describeFailure } from "../../resources/client.ts";
import { VERSION } from "../../version.ts";

export interface VersionRequest extends DatastoreRequest {
  readonly client?: boolean;
  readonly poll?: string;
}

/** The lines of Calico, less the commit: this program is not built from one that it knows. */
export async function runVersion(request: VersionRequest): Promise<void> {
  const pause = request.poll === undefined ? undefined : milliseconds(request.poll);
  process.stdout.write(`Client Version:    v${VERSION}\n`);
  if (request.client) return;
  const opened = await openOrSay(request.config);
  if (opened === undefined) return;
  try {
    let shown = await clusterVersion(opened.datastore);
    process.stdout.write(shown);
    while (pause !== undefined) {
      await delay(pause);
      const next = await clusterVersion(opened.datastore).catch((error) => {
        if (!(error instanceof UserError)) throw error;
        process.stderr.write(`${error.message}\n`);
        return shown;
      });
      if (next !== shown) process.stdout.write(next);
      shown = next;
    }
  } finally {
    await opened.datastore.close();
  }
}

/** No datastore at all is no failure of this command, as in Calico. */
async function openOrSay(config: string): Promise<OpenedDatastore | undefined> {
  try {
    return await openDatastore(config);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    process.stdout.write("Unable to detect installed Calico version\n");
    process.stderr.write(`${error.message}\n`);
    return undefined;
  }
}

async function clusterVersion(datastore: Datastore): Promise<string> {
  try {
    return lines((await findClusterInformation(datastore))?.spec ?? {});
  } catch (error) {
    throw new UserError(`unable to retrieve Cluster Version or Type: ${describeFailure(error)}`);
  }
}

function lines({ calicoVersion, clusterType }: JsonObject): string {
  return `Cluster Version:   ${calicoVersion || "unknown"}\nCluster Type:      ${clusterType || "unknown"}\n`;
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

function milliseconds(duration: string): number {
  const match = /^(\d+)(ms|s|m|h)$/.exec(duration);
  if (match === null) throw new UserError(`invalid poll duration specified: ${duration}`);
  return Number(match[1]) * UNITS[match[2]!]!;
}
