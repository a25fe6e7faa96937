/** Rules of Calico's client for tiers. Source: `libcalico-go/lib/clientv3/tier.go` of projectcalico/calico. */
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { isJsonObject } from "../../runtime/datastore/json.ts";
import { CALICO_API_VERSION, isPolicyKind } from "../../runtime/datastore/kinds.ts";
import type { Resource } from "../../runtime/datastore/resource.ts";

/** Name, order and default action of the tiers that every datastore of a cluster has. */
export const BUILT_IN_TIERS = [
  ["default", 1_000_000, "Deny"],
  ["kube-admin", 1_000, "Pass"],
  ["kube-baseline", 10_000_000, "Pass"],
] as const;

export function isBuiltInTier(name: string): boolean {
  return BUILT_IN_TIERS.some(([one]) => one === name);
}

/** Why a tier has to stay: others would read its policies as those of a tier that does not exist. */
export async function whyTierStays(datastore: Datastore, name: string): Promise<string | undefined> {
  if (isBuiltInTier(name)) return `Cannot delete ${name} tier`;
  for (const kind of ["NetworkPolicy", "GlobalNetworkPolicy"]) {
    const { items } = await datastore.list({ apiVersion: CALICO_API_VERSION, kind });
    if (items.some(({ resource: { spec } }) => isJsonObject(spec) && spec.tier === name))
      return "Cannot delete a non-empty tier";
  }
  return undefined;
}

/** The tier that a policy needs before it can be made; kinds without a tier need none. */
export function tierOf({ kind, spec }: Resource): string | undefined {
  return isPolicyKind(kind) && isJsonObject(spec) ? String(spec.tier || "default") : undefined;
}

/** Throws not-found, with the tier as what does not exist. */
export async function demandTier(datastore: Datastore, name: string): Promise<void> {
  await datastore.get({ apiVersion: CALICO_API_VERSION, kind: "Tier", namespace: "", name });
}
