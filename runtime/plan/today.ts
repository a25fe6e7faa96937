import { digestSources, type IptablesState, iptablesBackend, type Sources } from "../../compiler/index.ts";
import { policyDigestOf } from "../apply/applied.ts";
import type { AppliedRecord } from "../apply/record.ts";
import { compiledBy } from "../history/compiled-by.ts";
import { readInventory } from "../history/history.ts";
import { recompile } from "../history/recompile.ts";
import type { Host } from "../host/host.ts";
import type { Violation } from "./merge.ts";
import { changedChains } from "./merge-iptables.ts";
import type { NodePlan } from "./plan-file.ts";

/**
 * The bundle of a plan's policy for the inventory that the host was last applied with. `undefined` = that is not
 * known (no resources, neither here nor there, or those of another compiler), or not asked (the plan leaves the policy
 * alone, and what it does to the inventory nobody else can know).
 */
export async function meaningToday(
  host: Host,
  { node, after }: NodePlan,
  resources: Sources | undefined,
  last: AppliedRecord | undefined,
  compilerVersion: string,
): Promise<AppliedRecord | undefined> {
  const inventory = await readInventory(host);
  const [by, lastBy] = [compiledBy(after), compiledBy(last?.artifacts ?? [])];
  if (resources === undefined || inventory === undefined || last === undefined) return undefined;
  if (by?.compilerVersion !== compilerVersion || policyDigestOf(last.artifacts) === by.policyDigest)
    return undefined;
  const { policy } = resources;
  if (digestSources({ policy, inventory }).inventoryDigest !== lastBy?.inventoryDigest) return undefined;
  const time = new Date(0).toISOString();
  const today = { inventory, host: { node, ...by }, bird: last.bird, compilerVersion };
  const compiled = recompile({ number: 0, time, node, ...by, policy }, today);
  return compiled.ok ? compiled.record : undefined;
}

/** The states that show whether a plan knows enough of today; sets have one name in all of them. */
export interface Today {
  readonly before: IptablesState;
  readonly live: IptablesState;
  /** What the plan would make of `live`. */
  readonly merged: IptablesState;
  /** What the host was last made to be. */
  readonly last: IptablesState;
  readonly meaning: IptablesState;
}

/**
 * What has come since the plan was made and would be given less, or more, than the plan's policy means for it: a pod
 * whose chains an added policy belongs into, a set of the plan that does not know a pod. What somebody changed by hand
 * is no reason: it is no more wrong afterwards.
 */
export function notMeantToday({ before, live, merged, last, meaning }: Today): readonly Violation[] {
  const isLive = new Set(chainKeys(live));
  const [since, byHand, wrong] = [before, last, meaning].map((state) => changedChains(live, state));
  const chains = [...(since ?? [])].filter((key) => isLive.has(key) && !byHand?.has(key) && wrong?.has(key));
  const known = new Set(live.ipSets.sets.map(({ name }) => name));
  const sets = merged.ipSets.sets.filter((set) => {
    const meant = meaning.ipSets.sets.find(({ name }) => name === set.name);
    return !known.has(set.name) && !meant?.members.equals(set.members);
  });
  return [
    ...chains.map((object) => ({
      object,
      reason:
        "came or changed since the plan was made, and the policy of the plan means something else for it",
    })),
    ...sets.map(({ name }) => ({
      object: `set ${name}`,
      reason: "would have other members today than when the plan was made",
    })),
  ];
}

const NOTHING: IptablesState = iptablesBackend.parse([]);

function chainKeys(state: IptablesState): Iterable<string> {
  return changedChains(NOTHING, state);
}
