import { type IptablesState, iptablesBackend } from "../../compiler/index.ts";

/** What happens to packets only after the verdict: which address they get, never whether they pass. */
const AFTER_THE_VERDICT = ["cali-POSTROUTING", "cali-nat-outgoing", "cali-fip-snat"];

/**
 * A commit is atomic for one table of one IP version. Where a change of policy needs more than one of a version, a
 * packet between two commits meets part of the old policy and part of the new one. Names each such window.
 *
 * None is there where one end has nothing of ours: a host that gets its first tables, in packet order, or loses all,
 * in the opposite one, drops in between only what the end with tables drops.
 */
export function windowsBetween(live: IptablesState, target: IptablesState): readonly string[] {
  const changes = iptablesBackend.diff(live, target);
  return ([4, 6] as const).flatMap((version) => {
    const isBare = ({ rulesets }: IptablesState): boolean =>
      !rulesets.some((ruleset) => ruleset.version === version && ruleset.tables.length > 0);
    if (isBare(live) || isBare(target)) return [];
    const tables = new Set(
      changes.flatMap((change) => {
        if (!("table" in change) || change.version !== version) return [];
        if (change.kind === "chain-added" || change.kind === "chain-removed") return [];
        const chain = "hook" in change ? change.hook.chain : change.chain;
        return AFTER_THE_VERDICT.includes(chain) ? [] : [change.table];
      }),
    );
    return tables.size < 2 ? [] : [`IPv${version} tables ${[...tables].join(", ")}`];
  });
}
