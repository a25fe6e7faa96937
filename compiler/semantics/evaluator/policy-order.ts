import type { ClusterModel, Direction, Policy, PolicyRule } from "../../ir/cluster-model.ts";
import { matchesSelector } from "../../syntax/selector/match.ts";
import { effectiveLabels, type Labelled } from "./labels.ts";
import { LOG_ONLY_POLICIES_CLOSE_THEIR_TIER, MISSING_TIER_ACTION } from "./quirks.ts";

/** A tier as one endpoint sees it in one direction. */
export interface TierInForce {
  readonly name: string;
  /** What happens to a packet that no policy of the tier decides. */
  readonly endOfTier: "deny" | "pass";
  /** In the order of evaluation; never empty. */
  readonly policies: readonly Policy[];
}

/**
 * The tiers with a policy for the endpoint and the direction, in the order of evaluation (resources §1.3, dataplane
 * §3.3). `isWanted` picks the kind of policy; staged policies are never in force.
 */
export function tiersInForce(
  model: ClusterModel,
  endpoint: Labelled,
  direction: Direction,
  isWanted: (policy: Policy) => boolean,
): readonly TierInForce[] {
  const labels = effectiveLabels(model, endpoint);
  const policies = [...model.all("policy").values()].filter(
    (policy) =>
      !policy.staged &&
      policy.directions.includes(direction) &&
      isWanted(policy) &&
      matchesSelector(policy.selector.root, labels),
  );
  const names = [...new Set(policies.map(({ tier }) => tier))];
  return names
    .toSorted((a, b) => compareKeys(tierKey(model, a), tierKey(model, b)))
    .map((name) => {
      const own = policies.filter(({ tier }) => tier === name);
      return {
        name,
        endOfTier: closes(own, direction)
          ? (model.all("tier").get(name)?.defaultAction ?? MISSING_TIER_ACTION)
          : "pass",
        policies: own.toSorted((a, b) => compareKeys(policyKey(a), policyKey(b))),
      };
    });
}

function closes(policies: readonly Policy[], direction: Direction): boolean {
  return LOG_ONLY_POLICIES_CLOSE_THEIR_TIER || !policies.every((policy) => isLogOnly(policy[direction]));
}

function isLogOnly(rules: readonly PolicyRule[]): boolean {
  return rules.length > 0 && rules.every(({ action }) => action === "log");
}

/** Tiers that exist come first, then the lower order, then the name. */
function tierKey(model: ClusterModel, name: string): SortKey {
  const tier = model.all("tier").get(name);
  return tier === undefined ? [1, Number.POSITIVE_INFINITY, name] : [0, tier.order, name];
}

/** The lower order, then the text by which Calico breaks ties. */
function policyKey({ order, name, namespace, policyKind }: Policy): SortKey {
  return [order, `${name}/${namespace}/${policyKind}`];
}

type SortKey = readonly (number | string)[];

function compareKeys(a: SortKey, b: SortKey): number {
  for (const [i, x] of a.entries()) {
    const y = b[i];
    if (y === undefined || x === y) continue;
    return x < y ? -1 : 1;
  }
  return 0;
}
