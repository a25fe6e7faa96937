import type { XtChain } from "../../dataplane/xtables.ts";
import type { Direction } from "../../ir/cluster-model.ts";
import type { PolicyLists, TierPolicies } from "../../ir/node-ir.ts";
import type { FamilyContext } from "./context.ts";
import { placeChain } from "./draft.ts";
import { groupChains } from "./tiers.ts";

/** The group chains that these lists need, each once, sorted by name. */
export function sharedGroups(context: FamilyContext, lists: readonly PolicyLists[]): readonly XtChain[] {
  const { programs, version } = context;
  const placed = (direction: Direction, tiers: readonly TierPolicies[]) =>
    programs.groups.get(tiers, direction, () =>
      groupChains(context, direction, tiers).map((draft) => placeChain(draft, version)),
    );
  const groups = new Map<string, XtChain>();
  for (const { ingress, egress } of new Set(lists))
    for (const chain of [...placed("ingress", ingress), ...placed("egress", egress)])
      groups.set(chain.name, chain);
  return [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
