import { type IptablesState, iptablesBackend, type TableName } from "../../compiler/index.ts";

/** What happens to packets only after the verdict: which address they get, never whether they pass. */
const AFTER_THE_VERDICT = ["cali-POSTROUTING", "cali-nat-outgoing", "cali-fip-snat"];

/**
 * A commit is atomic for one table of one IP version. Where a change of policy needs more than one of a version, a
 * packet between two commits may meet part of the old policy and part of the new one. Gives the tables in which the
 * verdicts of a version may change.
 *
 * None where one end has nothing of ours: a host that gets its first tables, in packet order, or loses all, in the
 * opposite one, drops in between only what the end with tables drops.
 */
export function windowTables(
  live: IptablesState,
  target: IptablesState,
  version: 4 | 6,
): readonly TableName[] {
  const isBare = ({ rulesets }: IptablesState): boolean =>
    !rulesets.some((ruleset) => ruleset.version === version && ruleset.tables.length > 0);
  if (isBare(live) || isBare(target)) return [];
  const tables = iptablesBackend.diff(live, target).flatMap((change) => {
    if (!("table" in change) || change.version !== version) return [];
    if (change.kind === "chain-added" || change.kind === "chain-removed") return [];
    const chain = "hook" in change ? change.hook.chain : change.chain;
    return AFTER_THE_VERDICT.includes(chain) ? [] : [change.table];
  });
  return [...new Set(tables)];
}
