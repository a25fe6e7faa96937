import type { Direction, Policy } from "../ir/cluster-model.ts";
import type { PolicyLists, PolicyUse, TierPolicies } from "../ir/node-ir.ts";
import { comparePolicies, compareTiers, type TierPlace } from "./tier-order.ts";

/** What applies to a host endpoint, by the way of the packet (dataplane §3.7). */
export interface HostPolicyLists {
  readonly normal: PolicyLists;
  readonly forward: PolicyLists;
  readonly untracked: PolicyLists;
  readonly preDnat: PolicyLists;
}

/** A policy with its place in every list that it is in. */
export interface PlacedPolicy {
  readonly policy: Policy;
  readonly use: PolicyUse;
}

export const NO_POLICIES: PolicyLists = { ingress: [], egress: [] };

type TierOf = (name: string) => TierPlace;

/** A workload knows normal policy only: what is untracked or before DNAT does nothing there. */
export function workloadLists(policies: Iterable<PlacedPolicy>, tierOf: TierOf): PolicyLists {
  return listsOf([...policies].filter(isNormal), tierOf);
}

export function hostLists(policies: Iterable<PlacedPolicy>, tierOf: TierOf): HostPolicyLists {
  const all = [...policies];
  const normal = all.filter(isNormal);
  return {
    normal: listsOf(normal, tierOf),
    forward: listsOf(
      normal.filter(({ policy }) => policy.applyOnForward),
      tierOf,
    ),
    untracked: listsOf(
      all.filter(({ policy }) => policy.doNotTrack),
      tierOf,
    ),
    preDnat: {
      ...listsOf(
        all.filter(({ policy }) => policy.preDnat && !policy.doNotTrack),
        tierOf,
      ),
      egress: [],
    },
  };
}

function isNormal({ policy }: PlacedPolicy): boolean {
  return !policy.doNotTrack && !policy.preDnat;
}

function listsOf(policies: readonly PlacedPolicy[], tierOf: TierOf): PolicyLists {
  if (policies.length === 0) return NO_POLICIES;
  const inOrder = policies.toSorted((a, b) => comparePolicies(a.policy, b.policy));
  const byTier = Map.groupBy(inOrder, ({ policy }) => policy.tier);
  const tiers = [...byTier.keys()].map(tierOf).sort(compareTiers);
  return { ingress: listOf("ingress", tiers, byTier), egress: listOf("egress", tiers, byTier) };
}

/** A tier without a policy of the direction plays no part in it, not even by its default action. */
function listOf(
  direction: Direction,
  tiers: readonly TierPlace[],
  byTier: ReadonlyMap<string, readonly PlacedPolicy[]>,
): readonly TierPolicies[] {
  return tiers.flatMap(({ name, defaultAction }) => {
    const policies = (byTier.get(name) ?? [])
      .filter(({ policy }) => policy.directions.includes(direction))
      .map(({ use }) => use);
    return policies.length === 0 ? [] : [{ tier: name, defaultAction, policies }];
  });
}
