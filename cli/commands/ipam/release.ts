/** Messages and rules of `calicoctl ipam release`: the sheet "IPAM commands". */
import { formatIp } from "../../../compiler/index.ts";
import { mapAtOnce } from "../../../runtime/at-once.ts";
import type { Datastore } from "../../../runtime/datastore/datastore.ts";
import { problemOf } from "../../../runtime/datastore/errors.ts";
import { find, ipamKey, REQUESTS_AT_ONCE } from "../../../runtime/ipam/objects.ts";
import { releaseAddresses } from "../../../runtime/ipam/release-addresses.ts";
import { commonLeaks, type LeakedHandle, type Report, readReport } from "../../../runtime/ipam/report.ts";
import { type ClusterInformation, findClusterInformation } from "../../datastore/cluster-information.ts";
import { withDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { readText } from "../../output/read-text.ts";
import { VERSION } from "../../version.ts";
import { addressIn } from "./show.ts";

export interface ReleaseRequest extends DatastoreRequest {
  readonly ip?: string;
  readonly fromReport?: readonly string[];
  readonly force?: boolean;
}

export async function release(request: ReleaseRequest): Promise<void> {
  const { fromReport = [], ip, force = false } = request;
  if (fromReport.length > 0 && ip !== undefined)
    throw new UserError("give either --ip or --from-report: they are released differently");
  if (fromReport.length > 0) {
    const reports = await Promise.all(fromReport.map(readReportFile));
    await withDatastore(request.config, ({ datastore }) => releaseLeaks(datastore, reports, force));
  } else if (ip !== undefined) {
    const address = formatIp(addressIn(ip));
    await withDatastore(request.config, ({ datastore }) => releaseOne(datastore, address));
  } else
    throw new UserError("say what to release: --ip ADDRESS, or --from-report FILE of ipam check -o FILE");
}

async function releaseOne(datastore: Datastore, ip: string): Promise<void> {
  const { notAllocated, refused } = await releaseAddresses(datastore, [{ ip }], Date.now());
  if (refused.length > 0) throw new UserError(`error: ${refused.join("; ")}`);
  if (notAllocated.length > 0) throw new UserError(`IP address ${ip} is not assigned`);
  print(`Successfully released IP address ${ip}`);
}

interface NamedReport {
  readonly file: string;
  readonly report: Report;
}

async function readReportFile(file: string): Promise<NamedReport> {
  const report = readReport(await readText(file));
  if ("problem" in report) throw new UserError(`${file} is no report of ipam check: ${report.problem}`);
  return { file, report };
}

async function releaseLeaks(
  datastore: Datastore,
  reports: readonly NamedReport[],
  force: boolean,
): Promise<void> {
  demandUsable(await findClusterInformation(datastore), reports, force);
  const { leaked, leakedHandles } = commonLeaks(reports.map(({ report }) => report));
  const failures: string[] = [];
  if (leaked.length === 0) print("Report didn't contain any leaked IPs to clean up.");
  else {
    print(`Releasing ${leaked.length} old IPs...`);
    const { released, notAllocated, refused } = await releaseAddresses(datastore, leaked, Date.now());
    print(`Released ${released.length} IPs successfully`);
    if (notAllocated.length > 0)
      print(`${notAllocated.length} addresses marked as leaked in the report had already been cleaned up.`);
    failures.push(...refused);
  }
  if (leakedHandles.length === 0) print("Report didn't contain any handles to clean up.");
  else failures.push(...(await deleteHandles(datastore, leakedHandles)));
  if (failures.length > 0)
    throw new UserError(
      `An error occurred while releasing some IPs: ${failures.join("; ")}. Problems are often caused by an out-of-date IPAM report. Try regenerating the IPAM report and retry.`,
    );
  print("You may now unlock the data store.");
}

/** All that a report must fulfil, before the first release. */
function demandUsable(
  information: ClusterInformation | undefined,
  reports: readonly NamedReport[],
  force: boolean,
): void {
  if (information === undefined)
    throw new UserError("this datastore has no ClusterInformation, so no report can be of it");
  for (const { file, report } of reports) {
    if (report.clusterGUID !== information.guid)
      throw new UserError(
        `cluster does not match the provided report (${file}): mismatched cluster GUID. Refusing to release`,
      );
    if (report.version === VERSION) continue;
    if (!force)
      throw new UserError(
        `the provided report (${file}) was produced using a different version (${report.version}) of calicoctl. Refusing to release`,
      );
    print(
      "WARNING: Report was produced using a different version of calicoctl. Ignoring due to --force option",
    );
  }
  const now = information.stored.resourceVersion;
  if (!reports.some(({ report }) => report.clusterInformationRevision === now))
    throw new UserError(
      "the provided reports are all stale - at least one should be up-to-date. Please generate a new report while the data store is locked and try again",
    );
  if (information.locked) return;
  if (!force)
    throw new UserError("data store is not locked. Either lock the data store, or re-run with --force");
  print("WARNING: Data store is not locked. Ignoring due to --force option");
}

/** Returns what went wrong; a handle that has changed since the report is somebody's again, and left alone. */
async function deleteHandles(
  datastore: Datastore,
  handles: readonly LeakedHandle[],
): Promise<readonly string[]> {
  print(`Deleting ${handles.length} handles...`);
  const errors: string[] = [];
  let released = 0;
  let skipped = 0;
  await mapAtOnce(REQUESTS_AT_ONCE, handles, async ({ id, uid, revision }) => {
    try {
      const stored = await find(datastore, ipamKey("IPAMHandle", id));
      const isSame = stored?.resourceVersion === revision && stored.resource.metadata.uid === uid;
      if (isSame) await datastore.delete(stored.key, revision);
      if (isSame) released++;
      else skipped++;
    } catch (error) {
      const problem = problemOf(error)?.kind;
      if (problem === undefined) throw error;
      if (problem === "conflict" || problem === "not-found") skipped++;
      else errors.push(`Deleting handle ${id} failed: ${error instanceof Error ? error.message : error}`);
    }
  });
  print(`Released ${released} handles; ${skipped} skipped; ${errors.length} errors.`);
  return errors;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
