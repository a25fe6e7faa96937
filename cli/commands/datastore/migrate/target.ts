/** Whether a datastore may be imported into: what it holds already must be part of the file, or what every one holds. */
import type { Datastore } from "../../../../runtime/datastore/datastore.ts";
import { encodeIpam } from "../../../../runtime/datastore/etcd/ipam-values.ts";
import { canonicalJson, type Json } from "../../../../runtime/datastore/json.ts";
import { keyId, keyOf, type Resource } from "../../../../runtime/datastore/resource.ts";
import { listKind } from "../../../../runtime/ipam/objects.ts";
import { IPAM_KINDS } from "../../../../runtime/migration/ipam-document.ts";
import { UserError } from "../../../output/errors.ts";
import type { Client } from "../../../resources/client.ts";
import { isBuiltInTier } from "../../../resources/tiers.ts";
import { MIGRATED_KINDS } from "./kinds.ts";

/**
 * Calico refuses a datastore with any resource; one that the same import has left half way through would have to be
 * emptied by hand. Throws UserError for a resource that an import would change. `imported`: what is in the file.
 */
export async function demandEmpty(
  datastore: Datastore,
  client: Client,
  imported: readonly Resource[],
): Promise<void> {
  const expected = new Map(imported.map((resource) => [keyId(keyOf(resource)), resource]));
  // Nodes are Kubernetes' own.
  for (const kind of [...MIGRATED_KINDS.filter((one) => one !== "Node"), ...IPAM_KINDS]) {
    const isIpam = IPAM_KINDS.includes(kind);
    const { items, corrupt } = await listKind(datastore, kind);
    const foreign = items.find((stored) => {
      const wanted = expected.get(keyId(stored.key));
      if (wanted === undefined) return kind !== "Tier" || !isBuiltInTier(stored.key.name);
      if (isIpam) return meaningOf(wanted) !== meaningOf(stored.resource);
      return client.afterApply(wanted, stored) !== stored.resource;
    });
    if (foreign === undefined && corrupt.length === 0) continue;
    const what = isIpam ? "IPAM resources" : `Calico ${kind} resource`;
    throw new UserError(
      `Datastore already has Calico resources: Found existing ${what}: ${foreign?.key.name ?? corrupt[0]?.place}. Clear out all Calico resources by deleting all Calico CRDs.`,
    );
  }
}

/** The value of the allocator, without lists that are only another way to write none. */
function meaningOf(resource: Resource): string {
  const value = Object.entries(encodeIpam(resource) ?? {});
  return canonicalJson(Object.fromEntries(value.filter(([, field]) => !isNothing(field))));
}

function isNothing(value: Json): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}
