import type { PolicyLists } from "../../ir/node-ir.ts";
import type { FamilyContext } from "./context.ts";
import type { ChainDraft } from "./draft.ts";
import { groupChains } from "./tiers.ts";

/** The group chains that these lists need, each once, sorted by name. */
export function sharedGroups(context: FamilyContext, lists: readonly PolicyLists[]): readonly ChainDraft[] {
  const groups = new Map<string, ChainDraft>();
  for (const { ingress, egress } of lists)
    for (const draft of [
      ...groupChains(context, "ingress", ingress),
      ...groupChains(context, "egress", egress),
    ])
      groups.set(draft.name, draft);
  return [...groups.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}
