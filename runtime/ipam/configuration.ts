/** How addresses are given out in the whole cluster (resource IPAMConfiguration `default`). */
import type { Datastore } from "../datastore/datastore.ts";
import type { Json, JsonObject } from "../datastore/json.ts";
import { CALICO_API_VERSION } from "../datastore/kinds.ts";
import type { Resource } from "../datastore/resource.ts";
import { find, ipamKey, specOf } from "./objects.ts";

/** Source of fields, defaults and rules: the sheet "IPAMConfiguration". */
export interface Configuration {
  /** Whether a host may take no address of another one's block. */
  readonly strictAffinity: boolean;
  readonly autoAllocateBlocks: boolean;
  /** 0: the allocator's own bound of 20. */
  readonly maxBlocksPerHost: number;
  readonly kubeVirtVMAddressPersistence: string;
  /** How long an address that was given back is not given out again. */
  readonly ipCooldownSeconds: number;
}

const DEFAULTS: Configuration = {
  strictAffinity: false,
  autoAllocateBlocks: true,
  maxBlocksPerHost: 0,
  kubeVirtVMAddressPersistence: "Enabled",
  ipCooldownSeconds: 0,
};

const KEY = ipamKey("IPAMConfiguration", "default");

/** The defaults where nothing is stored. Throws DatastoreError. */
export async function readConfiguration(datastore: Datastore): Promise<Configuration> {
  return configurationIn((await find(datastore, KEY))?.resource);
}

function configurationIn(resource: JsonObject | undefined): Configuration {
  const spec = specOf(resource ?? {});
  const or = <T extends Json>(value: Json | undefined, other: T): T =>
    typeof value === typeof other ? (value as T) : other;
  return {
    strictAffinity: or(spec.strictAffinity, DEFAULTS.strictAffinity),
    autoAllocateBlocks: or(spec.autoAllocateBlocks, DEFAULTS.autoAllocateBlocks),
    maxBlocksPerHost: or(spec.maxBlocksPerHost, DEFAULTS.maxBlocksPerHost),
    kubeVirtVMAddressPersistence:
      or(spec.kubeVirtVMAddressPersistence, "") || DEFAULTS.kubeVirtVMAddressPersistence,
    ipCooldownSeconds: or(spec.ipCooldownSeconds, DEFAULTS.ipCooldownSeconds),
  };
}

/** What two settings together must not be, in Calico's words. */
export function contradiction(configuration: Configuration): string | undefined {
  const { strictAffinity, autoAllocateBlocks, maxBlocksPerHost } = configuration;
  if (!strictAffinity && !autoAllocateBlocks)
    return "Cannot disable 'StrictAffinity' and 'AutoAllocateBlocks' at the same time";
  if (maxBlocksPerHost > 0 && !strictAffinity)
    return "MaxBlocksPerHost requires StrictAffinity to be enabled";
  return undefined;
}

/**
 * Stores what `change` makes of the configuration; `accept` sees it before and may throw. Throws DatastoreError, also
 * a conflict: settings depend on each other, and the other's may forbid ours.
 */
export async function changeConfiguration(
  datastore: Datastore,
  change: Partial<Configuration>,
  accept: (configuration: Configuration, resource: Resource) => void,
): Promise<void> {
  const stored = await find(datastore, KEY);
  const configuration = { ...configurationIn(stored?.resource), ...change };
  const empty: Resource = {
    ...{ apiVersion: CALICO_API_VERSION, kind: KEY.kind, metadata: { name: KEY.name } },
    spec: { strictAffinity: DEFAULTS.strictAffinity, autoAllocateBlocks: DEFAULTS.autoAllocateBlocks },
  };
  const before = stored?.resource ?? empty;
  const resource: Resource = { ...before, spec: { ...specOf(before), ...change } };
  accept(configuration, resource);
  if (stored === undefined) await datastore.create(resource);
  else await datastore.update(resource, stored.resourceVersion);
}
