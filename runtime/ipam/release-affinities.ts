/**
 * Taking blocks from those whose they are. Order and conditions: the sheet "Claiming a block", release protocol; source:
 * `releaseBlockAffinity` of `libcalico-go/lib/ipam` of projectcalico/calico.
 */
import { type Cidr, cidrContainsIp, parseCidr } from "../../compiler/index.ts";
import type { Datastore } from "../datastore/datastore.ts";
import { DatastoreError, problemOf } from "../datastore/errors.ts";
import type { JsonObject } from "../datastore/json.ts";
import type { Resource, Stored } from "../datastore/resource.ts";
import { type Block, readBlock } from "./block.ts";
import { ATTEMPTS, find, ipamKey, listKind, specOf } from "./objects.ts";

/** Throws DatastoreError; blocks that have been released until then stay so. */
export async function releasePoolAffinities(datastore: Datastore, pool: Cidr): Promise<void> {
  await releaseAffinities(datastore, ({ cidr }) => {
    const block = parseCidr(String(cidr));
    return block !== undefined && cidrContainsIp(pool, block);
  });
}

/** Those of a node; its addresses stay allocated. Throws DatastoreError. */
export async function releaseHostAffinities(datastore: Datastore, host: string): Promise<void> {
  await releaseAffinities(datastore, ({ node, type }) => node === host && type !== "virtual");
}

async function releaseAffinities(
  datastore: Datastore,
  isWanted: (affinity: JsonObject) => boolean,
): Promise<void> {
  const { items } = await listKind(datastore, "BlockAffinity");
  for (const affinity of items)
    if (isWanted(specOf(affinity.resource))) await releaseAffinity(datastore, affinity);
}

async function releaseAffinity(datastore: Datastore, listed: Stored): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const affinity = attempt === 1 ? listed : await find(datastore, listed.key);
    try {
      if (affinity !== undefined) await tryRelease(datastore, affinity);
      return;
    } catch (error) {
      const problem = problemOf(error)?.kind;
      // Somebody else has taken away what we were about to.
      if (problem === "not-found") return;
      if (problem !== "conflict" || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The claim is marked first and goes last, so that whoever comes between can end what we have begun. */
async function tryRelease(datastore: Datastore, affinity: Stored): Promise<void> {
  const { node, type, cidr } = specOf(affinity.resource);
  const name = String(cidr).replaceAll(/[.:/]/g, "-");
  const stored = await find(datastore, ipamKey("IPAMBlock", name));
  // A claim that has no block yet: its host is about to make it, and to find that the pool has gone.
  if (stored === undefined) return;
  const block = readBlock(stored);
  if ("problem" in block)
    throw new DatastoreError({
      ...{ kind: "corrupt", place: `IPAMBlock ${name}`, key: stored.key, reason: block.problem },
    });
  if (block.affinity !== undefined && block.affinity !== `${type ?? "host"}:${node}`) {
    await datastore.delete(affinity.key, affinity.resourceVersion);
    return;
  }
  const marked = await datastore.update(
    withSpec(affinity.resource, { state: "pendingDeletion" }),
    affinity.resourceVersion,
  );
  if (isEmpty(block)) await datastore.delete(stored.key, stored.resourceVersion);
  else await datastore.update(ofNobody(block), stored.resourceVersion);
  await datastore.delete(marked.key, marked.resourceVersion);
}

function withSpec(resource: Resource, change: JsonObject): Resource {
  return { ...resource, spec: { ...specOf(resource), ...change } };
}

/** What Windows hosts keep for themselves does not count; addresses in their cooldown do. */
function isEmpty({ allocations, attributes }: Block): boolean {
  return allocations.every(
    (index) => index === null || attributes[index]?.handle?.toLowerCase() === "windows-reserved-ipam-handle",
  );
}

function ofNobody({ stored: { resource }, sequenceNumber }: Block): Resource {
  const { affinityClaimTime: _time, hostAffinity: _host, ...others } = specOf(resource);
  return {
    ...resource,
    spec: { ...others, affinity: null, sequenceNumber: BigInt.asUintN(64, sequenceNumber + 1n) },
  };
}
