/** What `ipam check` writes and `ipam release --from-report` reads; fields are Calico's. */
import { isJsonObject, type Json, type JsonObject, parseJson, printIndentedJson } from "../datastore/json.ts";
import type { CheckedAllocation, Findings } from "./check.ts";
import type { Claim } from "./release.ts";

/** Of which datastore in which state a report is. */
export interface ReportHead {
  readonly version: string;
  readonly clusterGUID: string;
  readonly datastoreLocked: boolean;
  /** resourceVersion of ClusterInformation: another one says that there has been a lock or unlock since. */
  readonly clusterInformationRevision: string;
  readonly clusterType: string;
}

export interface LeakedHandle {
  readonly id: string;
  readonly uid: string | undefined;
  readonly revision: string;
}

export interface Report extends ReportHead {
  /** Allocations that nobody uses. */
  readonly leaked: readonly Claim[];
  readonly leakedHandles: readonly LeakedHandle[];
}

export function printReport(head: ReportHead, { allocations, leakedHandles }: Findings): string {
  const handles = leakedHandles.map(({ key, resource, resourceVersion }): Json => {
    const { uid } = resource.metadata;
    return { ID: key.name, UID: typeof uid === "string" ? uid : null, Revision: resourceVersion };
  });
  return `${printIndentedJson(
    {
      ...head,
      allocations: Object.fromEntries(
        [...allocations].map(([ip, those]) => [ip, those.map(writtenAllocation)]),
      ),
      ...(handles.length === 0 ? {} : { leakedHandles: handles }),
    },
    "  ",
  )}\n`;
}

function writtenAllocation(checked: CheckedAllocation): JsonObject {
  const { allocation, handle, sequenceNumber, node, inUse, borrowed, coolingDown, owners } = checked;
  const { pod, namespace, type, timestamp } = allocation.attribute?.owner ?? {};
  const texts = { pod, namespace, node, type, creationTimestamp: timestamp };
  return {
    ip: allocation.ip,
    ...(handle === undefined ? {} : { handle }),
    sequenceNumber,
    ...Object.fromEntries(Object.entries(texts).flatMap(([field, text]) => (text ? [[field, text]] : []))),
    inUse,
    ...(borrowed ? { borrowed } : {}),
    ...(coolingDown ? { coolingDown } : {}),
    owners,
  };
}

/** The report of a text, or why it is none. */
export function readReport(text: string): Report | { readonly problem: string } {
  let value: Json;
  try {
    value = parseJson(text);
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
  if (!isJsonObject(value) || !isJsonObject(value.allocations) || typeof value.version !== "string")
    return { problem: "it has no version and allocations" };
  const leaked: Claim[] = [];
  for (const [ip, those] of Object.entries(value.allocations)) {
    if (!Array.isArray(those)) return { problem: `allocations of ${ip} are no list` };
    for (const one of those) {
      if (!isJsonObject(one) || typeof one.inUse !== "boolean")
        return { problem: `an allocation of ${ip} does not say whether it is in use` };
      if (one.inUse || one.coolingDown === true) continue;
      const { handle, sequenceNumber } = one;
      if (typeof sequenceNumber !== "bigint" && !Number.isSafeInteger(sequenceNumber))
        return { problem: `an allocation of ${ip} has no sequence number` };
      leaked.push({
        ip,
        ...(typeof handle === "string" ? { handle } : {}),
        sequenceNumber: BigInt(sequenceNumber as number | bigint),
      });
    }
  }
  const handles = Array.isArray(value.leakedHandles) ? value.leakedHandles : [];
  return {
    version: value.version,
    clusterGUID: String(value.clusterGUID ?? ""),
    datastoreLocked: value.datastoreLocked === true,
    clusterInformationRevision: String(value.clusterInformationRevision ?? ""),
    clusterType: String(value.clusterType ?? ""),
    leaked,
    leakedHandles: handles.flatMap((one) =>
      isJsonObject(one) && typeof one.ID === "string"
        ? [
            {
              id: one.ID,
              uid: typeof one.UID === "string" ? one.UID : undefined,
              revision: String(one.Revision),
            },
          ]
        : [],
    ),
  };
}

/** What all reports call leaked: an address or a handle that has changed in between is another one. */
export function commonLeaks(reports: readonly Report[]): Pick<Report, "leaked" | "leakedHandles"> {
  const known = reports.map(({ leaked, leakedHandles }) => ({
    addresses: new Set(leaked.map(addressId)),
    handles: new Set(leakedHandles.map(handleId)),
  }));
  const [{ leaked, leakedHandles } = { leaked: [], leakedHandles: [] }] = reports;
  return {
    leaked: leaked.filter((claim) => known.every(({ addresses }) => addresses.has(addressId(claim)))),
    leakedHandles: leakedHandles.filter((handle) =>
      known.every(({ handles }) => handles.has(handleId(handle))),
    ),
  };
}

function addressId({ ip, sequenceNumber }: Claim): string {
  return `${ip} ${sequenceNumber}`;
}

function handleId({ id, revision }: LeakedHandle): string {
  return `${id} ${revision}`;
}
