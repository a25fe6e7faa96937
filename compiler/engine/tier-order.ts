import type { Policy, Tier } from "../ir/cluster-model.ts";
import { compareNumbers, compareText } from "./order.ts";

/** A tier as policies see it; one that does not exist sorts last and denies (dataplane §3.3). */
export interface TierPlace {
  readonly name: string;
  readonly exists: boolean;
  readonly order: number;
  readonly defaultAction: "deny" | "pass";
}

export function tierPlace(name: string, tier: Tier | undefined): TierPlace {
  return {
    name,
    exists: tier !== undefined,
    order: tier?.order ?? Number.POSITIVE_INFINITY,
    defaultAction: tier?.defaultAction ?? "deny",
  };
}

/** Existing tiers first, then by order, then by name. */
export function compareTiers(a: TierPlace, b: TierPlace): number {
  return (
    Number(b.exists) - Number(a.exists) || compareNumbers(a.order, b.order) || compareText(a.name, b.name)
  );
}

/** By order, then by `name/namespace/kind`, which is how Calico breaks ties. */
export function comparePolicies(a: Policy, b: Policy): number {
  return compareNumbers(a.order, b.order) || compareText(tieBreaker(a), tieBreaker(b));
}

function tieBreaker({ name, namespace, policyKind }: Policy): string {
  return `${name}/${namespace}/${policyKind}`;
}
