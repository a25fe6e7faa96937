/**
 * Rules of Calico's client for tiers. Source: `libcalico-go/lib/clientv3/tier.go` and
 * `calicoctl/calicoctl/resourcemgr/tier.go` of projectcalico/calico.
 */
import type { Datastore } from "../../runtime/datastore/datastore.ts";
import { isJsonObject } from "../../runtime/datastore/json.ts";
import { CALICO_API_VERSION, isPolicyKind } from "../../runtime/datastore/kinds.ts";
import type { Resource, Stored } from "../../runtime/datastore/resource.ts";

/** What a tier without an order counts as. Source: `libcalico-go/lib/resources/tier.go`. */
export const DEFAULT_TIER_ORDER = 1_000_000;

/** Name, order and default action of the tiers that every datastore of a cluster has. */
export const BUILT_IN_TIERS = [
  ["default", DEFAULT_TIER_ORDER, "Deny"],
  ["kube-admin", 1_000, "Pass"],
  ["kube-baseline", 10_000_000, "Pass"],
] as const;

/** As calicoctl lists them: those first that decide first; of one order as they come. */
export function inOrder(tiers: readonly Stored[]): readonly Stored[] {
  const orderOf = ({ resource: { spec } }: Stored) =>
    isJsonObject(spec) && typeof spec.order === "number" ? spec.order : DEFAULT_TIER_ORDER;
  return tiers.toSorted((a, b) => orderOf(a) - orderOf(b));
}

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
