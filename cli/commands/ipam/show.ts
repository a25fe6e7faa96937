/**
 * Tables and words of `calicoctl ipam show`. Source: the sheet "IPAM commands", and
 * `calicoctl/calicoctl/commands/ipam/show.go` of projectcalico/calico for the addresses that cool.
 */
import { formatCidr, formatIp, type Ip, parseIp } from "../../../compiler/index.ts";
import type { Datastore } from "../../../runtime/datastore/datastore.ts";
import type { CorruptValue } from "../../../runtime/datastore/errors.ts";
import { type Allocation, allocationsOf, isCooling } from "../../../runtime/ipam/block.ts";
import { readConfiguration } from "../../../runtime/ipam/configuration.ts";
import { blockFinder, listBlocks, ordinalIn } from "../../../runtime/ipam/objects.ts";
import { hasCooled } from "../../../runtime/ipam/release.ts";
import { readUtilisation, type Usage } from "../../../runtime/ipam/utilisation.ts";
import { withDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { boxTable } from "./box-table.ts";

export interface ShowRequest extends DatastoreRequest {
  readonly ip?: string;
  readonly showBlocks?: boolean;
  readonly showBorrowed?: boolean;
  readonly showConfiguration?: boolean;
}

/** Of several questions the first in this order is answered, as in Calico. */
export function show(request: ShowRequest): Promise<void> {
  const address = request.ip === undefined ? undefined : addressIn(request.ip);
  return withDatastore(request.config, async ({ datastore }) => {
    if (address !== undefined) await showAddress(datastore, address);
    else if (request.showBlocks) await showUsage(datastore, true);
    else if (request.showBorrowed) await showBorrowed(datastore);
    else if (request.showConfiguration) await showConfiguration(datastore);
    else await showUsage(datastore, false);
  });
}

/** Throws UserError. */
export function addressIn(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined) throw new UserError(`invalid IP address specified: ${text}`);
  return ip;
}

async function showAddress(datastore: Datastore, ip: Ip): Promise<void> {
  const { blocks, unreadable } = await listBlocks(datastore);
  warnOf(unreadable);
  const block = blockFinder(blocks)(ip);
  const text = formatIp(ip);
  const ordinal = block && ordinalIn(block.cidr, ip);
  const allocation = block && allocationsOf(block).find((one) => one.ordinal === ordinal);
  const releasedAt = allocation?.attribute?.releasedAt;
  const { ipCooldownSeconds: cooldown } = await readConfiguration(datastore);
  const isFree =
    allocation === undefined || (releasedAt !== undefined && hasCooled(releasedAt, cooldown, Date.now()));
  if (isFree) {
    print(`${text} is not assigned\n`);
    return;
  }
  if (releasedAt !== undefined) throw new UserError(`address ${text} is in cooldown`);
  const { handle = "<none>", owner = {}, alternateOwner = {} } = allocation.attribute ?? {};
  print(`IP ${text} is in use\nHandle ID: ${handle}\n`);
  print(ownerLines("Active Owner Attributes", owner) || "No Active Owner attributes defined\n");
  print(ownerLines("Alternate Owner Attributes", alternateOwner));
}

function ownerLines(title: string, owner: Readonly<Record<string, string>>): string {
  const lines = Object.keys(owner)
    .sort()
    .map((key) => `  ${key}: ${owner[key]}\n`);
  return lines.length === 0 ? "" : `${title}:\n${lines.join("")}`;
}

const USAGE_HEAD = ["GROUPING", "CIDR", "IPS TOTAL", "IPS IN USE", "IPS RESERVED", "IPS FREE", "IPS COOLING"];

async function showUsage(datastore: Datastore, withBlocks: boolean): Promise<void> {
  const { usage, unreadable } = await readUtilisation(datastore);
  warnOf(unreadable);
  const rows = usage.flatMap(({ pool, blocks }) => [
    ...(pool === undefined ? [] : [usageRow("IP Pool", pool)]),
    ...(withBlocks ? blocks.map((block) => usageRow("Block", block)) : []),
  ]);
  print(boxTable(USAGE_HEAD, rows, new Set(USAGE_HEAD.slice(2))));
}

function usageRow(grouping: string, usage: Usage): readonly string[] {
  const { cidr, capacity, inUse, reserved, free, cooling } = usage;
  const share = (count: number): string => `${fiveDigits(count)} (${toEven((100 * count) / capacity)}%)`;
  const shares = [inUse, reserved, free, cooling].map(share);
  return [grouping, formatCidr(cidr), fiveDigits(capacity), ...shares];
}

/** Go's `%.5g` of a count. */
function fiveDigits(count: number): string {
  const [digits = "", exponent] = count.toExponential(4).split("e+");
  const power = Number(exponent);
  if (power < 5) return String(count);
  return `${String(Number(digits))}e+${String(power).padStart(2, "0")}`;
}

/** Go's `%.f`: halves go to the even neighbour. */
function toEven(value: number): number {
  const floor = Math.floor(value);
  return value - floor === 0.5 ? floor + (floor % 2) : Math.round(value);
}

async function showBorrowed(datastore: Datastore): Promise<void> {
  const { blocks, unreadable } = await listBlocks(datastore);
  warnOf(unreadable);
  const allocations = blocks.flatMap(allocationsOf).filter((allocation) => !isCooling(allocation));
  const rows = allocations.flatMap((allocation) => {
    const { block, ip } = allocation;
    const node = allocation.attribute?.owner.node;
    const owner = block.affinity?.split(":").at(-1) ?? "";
    if (node === undefined || node === owner) return [];
    return [[ip, node, formatCidr(block.cidr), owner, ...holderOf(allocation)]];
  });
  print(boxTable(["IP", "BORROWING-NODE", "BLOCK", "BLOCK OWNER", "TYPE", "ALLOCATED-TO"], rows));
  const unclear = allocations.filter(({ attribute }) => attribute?.owner.node === undefined).length;
  if (unclear > 0)
    print(
      `\nNote: found ${unclear} IP allocations without an explicit node association. Unable to determine if they are borrowed.\n`,
    );
}

/** Type, and whom an address was allocated to. */
function holderOf({ attribute }: Allocation): readonly [string, string] {
  const { namespace = "", pod, type = "", "vmi-name": machine } = attribute?.owner ?? {};
  if (machine !== undefined) return ["vmi", `${namespace}/${machine}`];
  return pod === undefined ? [type, ""] : ["pod", `${namespace}/${pod}`];
}

async function showConfiguration(datastore: Datastore): Promise<void> {
  const settings = await readConfiguration(datastore);
  const rows = [
    ["StrictAffinity", settings.strictAffinity],
    ["AutoAllocateBlocks", settings.autoAllocateBlocks],
    ["MaxBlocksPerHost", settings.maxBlocksPerHost],
    ["KubeVirtVMAddressPersistence", settings.kubeVirtVMAddressPersistence],
    ["IPCooldownSeconds", settings.ipCooldownSeconds],
  ].map((row) => row.map(String));
  print(boxTable(["PROPERTY", "VALUE"], rows));
}

function warnOf(unreadable: readonly CorruptValue[]): void {
  for (const { place, reason } of unreadable)
    process.stderr.write(`warning: ${place} cannot be read and is left out: ${reason}\n`);
}

function print(text: string): void {
  process.stdout.write(text);
}
