import { type Cidr, formatCidr, parseCidr } from "../../../compiler/index.ts";
import type { Datastore } from "../../../runtime/datastore/datastore.ts";
import { problemOf } from "../../../runtime/datastore/errors.ts";
import type { Resource, Stored } from "../../../runtime/datastore/resource.ts";
import { find, ipamKey, listKind, specOf } from "../../../runtime/ipam/objects.ts";
import { partName, splitCidr } from "../../../runtime/ipam/split.ts";
import { demandLocked } from "../../datastore/cluster-information.ts";
import { type OpenedDatastore, withDatastore } from "../../datastore/open.ts";
import type { DatastoreRequest } from "../../datastore/options.ts";
import { UserError } from "../../output/errors.ts";
import { demandValid } from "../../resources/checked.ts";
import { Client } from "../../resources/client.ts";

export interface SplitRequest extends DatastoreRequest {
  readonly cidr?: string;
  readonly name?: string;
}

/**
 * Rules and messages: the sheet "IPAM commands". Other than there all is checked before the pool is touched, a failure
 * on the way takes back what was done, and the parts of a disabled pool are disabled.
 */
export function split(text: string, request: SplitRequest): Promise<void> {
  const count = countIn(text);
  if (request.cidr === undefined && request.name === undefined)
    throw new UserError("no name or CIDR provided. Provide a name or CIDR to denote the IP pool to split");
  return withDatastore(request.config, async ({ datastore, type }) => {
    await demandLocked(datastore, "split the IP pools");
    const pool = await findPool(datastore, request);
    const parts = partsOf(pool, count);
    for (const part of parts) demandValid(part);
    for (const { metadata } of parts)
      if ((await find(datastore, ipamKey("IPPool", metadata.name))) !== undefined)
        throw new UserError(`there is an IP pool ${metadata.name} already`);
    await replacePool(datastore, type, pool, parts);
    const name = pool.key.name;
    process.stdout.write(`IP Pool ${name} was successfully split into ${count} smaller pools.\n`);
    for (const { metadata, spec } of parts)
      process.stdout.write(`Created ${metadata.name} with CIDR ${specOf({ spec: spec! }).cidr}.\n`);
    process.stdout.write("Unlock the datastore with `calicoctl datastore migrate unlock`.\n");
  });
}

/** So many pools that nobody means it. */
const MOST_PARTS = 65_536;

function countIn(text: string): number {
  if (!/^\d{1,9}$/.test(text))
    throw new UserError(`error reading number to split IP pools into. ${text} is not a valid number`);
  const count = Number(text);
  if (count < 2 || !Number.isInteger(Math.log2(count)))
    throw new UserError(`number to split CIDR into is not a valid power of 2: ${text}`);
  if (count > MOST_PARTS)
    throw new UserError(`${text} pools are too many: at most ${MOST_PARTS} can be made`);
  return count;
}

async function findPool(datastore: Datastore, { cidr = "", name }: SplitRequest): Promise<Stored> {
  if (name !== undefined) {
    const pool = await find(datastore, ipamKey("IPPool", name));
    if (pool === undefined) throw new UserError(`unable to find IP pool with name ${name}`);
    return pool;
  }
  const wanted: Cidr | undefined = parseCidr(cidr);
  const { items } = await listKind(datastore, "IPPool");
  const pool = items.find(({ resource }) => {
    const own = parseCidr(String(specOf(resource).cidr));
    return own !== undefined && wanted !== undefined && formatCidr(own) === formatCidr(wanted);
  });
  if (pool === undefined) throw new UserError(`unable to find IP pool covering the specified CIDR ${cidr}`);
  return pool;
}

function partsOf({ key, resource }: Stored, count: number): readonly Resource[] {
  const spec = specOf(resource);
  const cidr = parseCidr(String(spec.cidr));
  if (cidr === undefined)
    throw new UserError(`error reading CIDR ${spec.cidr} before attempting to split it`);
  const parts = splitCidr(cidr, count);
  const usualBlock = cidr.version === 4 ? 26 : 122;
  const longest = typeof spec.blockSize === "number" && spec.blockSize > 0 ? spec.blockSize : usualBlock;
  if (parts?.[0] === undefined || parts[0].length > longest)
    throw new UserError(
      `the CIDR ${spec.cidr} is not large enough to be split into ${count} parts: a part is at least a block, which is a /${longest}`,
    );
  const { labels, annotations } = resource.metadata;
  return parts.map((part, i) => ({
    ...{ kind: key.kind, apiVersion: key.apiVersion },
    metadata: {
      name: partName(key.name, i),
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec: { ...spec, cidr: formatCidr(part) },
  }));
}

/** The old pool is disabled first, so that nothing is given out of two pools; its blocks stay. */
async function replacePool(
  datastore: Datastore,
  type: OpenedDatastore["type"],
  pool: Stored,
  parts: readonly Resource[],
): Promise<void> {
  const client = new Client(datastore, type);
  const { resource, resourceVersion } = pool;
  const disabled = await datastore.update(
    { ...resource, spec: { ...specOf(resource), disabled: true } },
    resourceVersion,
  );
  const made: Stored[] = [];
  try {
    for (const part of parts) made.push(await client.createUnchecked(part));
    await datastore.delete(pool.key, disabled.resourceVersion);
  } catch (error) {
    if (problemOf(error) === undefined) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new UserError(`${message}. ${await takenBack(datastore, made, pool, disabled)}`);
  }
}

async function takenBack(
  datastore: Datastore,
  made: readonly Stored[],
  pool: Stored,
  disabled: Stored,
): Promise<string> {
  try {
    for (const part of made) await datastore.delete(part.key, part.resourceVersion);
    await datastore.update(pool.resource, disabled.resourceVersion);
    return `Nothing has changed: the IP pool ${pool.key.name} is as it was`;
  } catch (error) {
    if (problemOf(error) === undefined) throw error;
    const names = made.map(({ key }) => key.name).join(", ");
    return `It could not be taken back (${error instanceof Error ? error.message : error}): the IP pool ${pool.key.name} is disabled, and these may be there: ${names}`;
  }
}
