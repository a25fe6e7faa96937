/**
 * What goes with a resource, or keeps it. Source: `Delete` in `libcalico-go/lib/clientv3/{ippool,node,tier}.go` of
 * projectcalico/calico.
 */
import { setTimeout as delay } from "node:timers/promises";
import { parseCidr } from "../../compiler/index.ts";
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { problemOf } from "../../runtime/datastore/errors.ts";
import { findStored } from "../../runtime/datastore/find-stored.ts";
import { CALICO_API_VERSION } from "../../runtime/datastore/kinds.ts";
import type { ResourceKey, Stored } from "../../runtime/datastore/resource.ts";
import { specOf } from "../../runtime/ipam/objects.ts";
import { releaseAddresses } from "../../runtime/ipam/release-addresses.ts";
import { releaseHostAffinities, releasePoolAffinities } from "../../runtime/ipam/release-affinities.ts";
import { usesOfCalicoNode, usesOfEndpoint } from "../../runtime/ipam/users.ts";
import { Refusal, unsupported } from "./refusal.ts";
import { whyTierStays } from "./tiers.ts";

/** Milliseconds in which allocations that have begun before a pool was disabled come to their end. */
const SETTLE = 500;

/** With a version only that one is deleted. Throws DatastoreError or Refusal. */
export async function remove(
  datastore: Datastore,
  key: ResourceKey,
  version: string | undefined,
): Promise<void> {
  switch (key.kind) {
    case "Tier": {
      const reason = await whyTierStays(datastore, key.name);
      if (reason !== undefined) throw unsupported("delete", key.name, reason);
      return datastore.delete(key, version);
    }
    case "IPPool":
      return removePool(datastore, key, version);
    case "Node":
      return removeNode(datastore, key, version);
    default:
      return datastore.delete(key, version);
  }
}

/** Disabled first, so that nobody claims what is being released; its addresses stay allocated. */
async function removePool(
  datastore: Datastore,
  key: ResourceKey,
  version: string | undefined,
): Promise<void> {
  const pool = await findReadable(datastore, key);
  if (pool === undefined) return datastore.delete(key, version);
  const spec = specOf(pool.resource);
  const isEnabled = spec.disabled !== true;
  if (isEnabled)
    await datastore.update(
      { ...pool.resource, spec: { ...spec, disabled: true } },
      version ?? pool.resourceVersion,
    );
  const cidr = parseCidr(String(spec.cidr));
  if (cidr !== undefined) {
    await delay(SETTLE);
    await releasePoolAffinities(datastore, cidr);
  }
  // Controllers write the status of a pool that has been disabled.
  await datastore.delete(key, isEnabled ? undefined : version);
}

/** With what is of the node alone. What is left of one that has gone already goes, too. */
async function removeNode(
  datastore: Datastore,
  key: ResourceKey,
  version: string | undefined,
): Promise<void> {
  const { name } = key;
  const node = await findReadable(datastore, key);
  // The version is compared before anything goes.
  if (node !== undefined && version !== undefined && version !== node.resourceVersion)
    return datastore.delete(key, version);
  const endpoints = await ofNode(datastore, "WorkloadEndpoint", name);
  const uses = [...endpoints.flatMap(usesOfEndpoint), ...(node === undefined ? [] : usesOfCalicoNode(node))];
  const { refused } = await releaseAddresses(datastore, uses, Date.now());
  if (refused.length > 0)
    throw new Refusal(`not all addresses of the node could be released: ${refused.join("; ")}`);
  await removeAll(datastore, endpoints);
  await releaseHostAffinities(datastore, name);
  await removeAll(datastore, await ofNode(datastore, "BGPPeer", name));
  for (const kind of ["FelixConfiguration", "BGPConfiguration"])
    await removeAll(datastore, [{ key: { ...key, kind, name: `node.${name}` } }]);
  await removeAll(datastore, await ofNode(datastore, "HostEndpoint", name));
  await datastore.delete(key, version);
}

async function ofNode(datastore: Datastore, kind: string, node: string): Promise<readonly Stored[]> {
  const { items } = await datastore.list({ apiVersion: CALICO_API_VERSION, kind });
  return items.filter(({ resource }) => specOf(resource).node === node);
}

async function removeAll(datastore: Datastore, all: readonly Pick<Stored, "key">[]): Promise<void> {
  for (const { key } of all)
    await datastore.delete(key).catch((error) => {
      if (problemOf(error)?.kind !== "not-found") throw error;
    });
}

/** `undefined` also for a value that cannot be read, which says nothing of what is of it. */
async function findReadable(datastore: Datastore, key: ResourceKey): Promise<Stored | undefined> {
  return findStored(datastore, key).catch((error) => {
    if (problemOf(error)?.kind !== "corrupt") throw error;
    return undefined;
  });
}
