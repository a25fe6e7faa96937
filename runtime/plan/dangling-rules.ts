import type { IptablesState, XtRule } from "../../compiler/index.ts";
import type { Violation } from "./merge.ts";

/**
 * Rules of a merged state that lead to a chain, or ask a set, that is not in it: the plan removes what only what is
 * there now needs, or needs what is gone. `after`: what the plan wants, which is whole by itself.
 */
export function danglingRules(
  { rulesets, ipSets }: IptablesState,
  after: IptablesState,
): readonly Violation[] {
  const sets = new Set(ipSets.sets.map(({ name }) => name));
  const plannedSets = new Set(after.ipSets.sets.map(({ name }) => name));
  return rulesets.flatMap(({ version, tables }) =>
    tables.flatMap(({ name: table, chains, hooks }) => {
      const names = new Set(chains.map(({ name }) => name));
      const planned = after.rulesets
        .find((ruleset) => ruleset.version === version)
        ?.tables.find(({ name }) => name === table);
      const plannedNames = new Set(planned?.chains.map(({ name }) => name));
      const check = (rule: XtRule, owner: string): readonly Violation[] => {
        const chain =
          rule.target?.kind === "jump" || rule.target?.kind === "goto" ? rule.target.chain : undefined;
        const missing = [
          ...(chain === undefined || names.has(chain)
            ? []
            : [{ what: `chain ${chain}`, isPlanned: plannedNames.has(chain) }]),
          ...rule.matches.flatMap((match) =>
            match.kind !== "set" || sets.has(match.set)
              ? []
              : [{ what: `set ${match.set}`, isPlanned: plannedSets.has(match.set) }],
          ),
        ];
        return missing.map(({ what, isPlanned }) => ({
          object: `${owner} of IPv${version} ${table}`,
          reason: isPlanned
            ? `needs the ${what}, which is gone`
            : `needs the ${what}, which the plan removes`,
        }));
      };
      return [
        ...hooks.flatMap(({ chain, rule }) => check(rule, `rules in ${chain}`)),
        ...chains.flatMap(({ name, rules }) => rules.flatMap((rule) => check(rule, `chain ${name}`))),
      ];
    }),
  );
}
