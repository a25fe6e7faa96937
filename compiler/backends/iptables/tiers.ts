import type { XtTableName } from "../../dataplane/xtables.ts";
import type { Direction } from "../../ir/cluster-model.ts";
import type { PolicyUse, TierPolicies } from "../../ir/node-ir.ts";
import { denyTarget, denyWord, type ProgramContext } from "./context.ts";
import { type ChainDraft, chain, rule } from "./draft.ts";
import { anyMark, clearBits, marked, union, unmarked } from "./marks.ts";
import { groupChain, policyChain } from "./names.ts";
import type { Draft } from "./rule-list.ts";
import { jump, NOTRACK, RETURN } from "./rule-parts.ts";

/** What an endpoint chain is for decides how a tier ends and what an allow does. */
export type EndpointChainKind = "normal" | "forward" | "pre-dnat" | "untracked";

/** The tier loop of an endpoint chain (Calico reference §3.3): returns on accept, drops where a tier ends. */
export function tierRules(
  context: ProgramContext,
  table: XtTableName,
  kind: EndpointChainKind,
  direction: Direction,
  tiers: readonly TierPolicies[],
): readonly Draft[] {
  const { marks, settings } = context;
  return tiers.flatMap(({ tier, defaultAction, policies }) => {
    const rules = [rule([], clearBits(marks.pass), `Start of tier ${tier}`)];
    for (const group of groupPolicies(policies)) {
      const enforced = group.filter(({ staged }) => !staged);
      if (enforced.length === 0) continue;
      rules.push(rule([unmarked(marks.pass)], jump(groupTarget(direction, group))));
      if (kind === "untracked") rules.push(rule([marked(marks.accept)], NOTRACK));
      rules.push(rule([marked(marks.accept)], RETURN, "Return if policy accepted"));
    }
    const ends = kind === "normal" || kind === "forward";
    if (ends && defaultAction === "deny" && policies.some(({ staged }) => !staged)) {
      const comment = `End of tier ${tier}. ${denyWord(settings, table)} if no policies passed packet`;
      rules.push(rule([unmarked(marks.pass)], denyTarget(settings, table), comment));
    }
    return rules;
  });
}

/** Maximal runs of neighbours with equal subject selectors; runs, not classes, since order decides. */
function groupPolicies(policies: readonly PolicyUse[]): readonly (readonly PolicyUse[])[] {
  const groups: PolicyUse[][] = [];
  for (const policy of policies) {
    const last = groups.at(-1);
    if (last?.[0]?.selector === policy.selector) last.push(policy);
    else groups.push([policy]);
  }
  return groups;
}

/** The one enforced policy's own chain, or the chain of the group. */
function groupTarget(direction: Direction, group: readonly PolicyUse[]): string {
  const [only, ...more] = group.filter(({ staged }) => !staged);
  if (only !== undefined && more.length === 0) return policyChain(direction, only.id);
  return groupChain(direction, group);
}

/** How many policies of a group are asked before it is checked whether one has decided. */
const VERDICT_INTERVAL = 5;

/** The shared chains of the groups that these tiers need. */
export function groupChains(
  context: ProgramContext,
  direction: Direction,
  tiers: readonly TierPolicies[],
): readonly ChainDraft[] {
  const decided = union(context.marks.accept, context.marks.pass);
  return tiers.flatMap(({ tier, policies }) =>
    groupPolicies(policies).flatMap((group) => {
      const enforced = group.filter(({ staged }) => !staged);
      if (enforced.length < 2) return [];
      const rules = enforced.flatMap(({ id }, index) => {
        const call = jump(policyChain(direction, id));
        if (index % VERDICT_INTERVAL !== 0) return [rule([unmarked(decided)], call)];
        const check = index === 0 ? [] : [rule([anyMark(decided)], RETURN, "Return on verdict")];
        return [...check, rule([], call)];
      });
      const heading = `Policies of tier ${tier} for ${group[0]?.selector ?? ""}, ${direction}`;
      return [chain(groupChain(direction, group), heading, rules)];
    }),
  );
}
