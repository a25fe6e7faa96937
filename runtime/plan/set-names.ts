import type { IptablesState } from "../../compiler/index.ts";
import { askedSets, isVersion, renameSets, stemOf } from "../apply/set-versions.ts";

/**
 * A state that comes from a host calls a set by the version in use there (`set-versions.ts`), two hosts, or one host
 * twice, by different ones. Gives each state with every set under one name: that of its definition, where one of the
 * states or of `named` knows it. A version that no rule asks is what a crash has left, and no part of the state.
 */
export function underOneName(
  states: readonly IptablesState[],
  named: readonly IptablesState[],
): readonly IptablesState[] {
  const names = new Map<string, string>();
  for (const { ipSets } of [...named, ...states])
    for (const { name } of ipSets.sets) {
      const known = names.get(stemOf(name));
      if (known === undefined || (isVersion(known) && !isVersion(name))) names.set(stemOf(name), name);
    }
  const nameOf = (name: string): string => names.get(stemOf(name)) ?? name;
  return states.map((state) => {
    const { sets } = state.ipSets;
    if (sets.every(({ name }) => nameOf(name) === name)) return state;
    const asked = askedSets(state);
    const stems = Map.groupBy(sets, ({ name }) => stemOf(name));
    const inUse = sets.filter(
      ({ name }) =>
        asked.has(name) || (stems.get(stemOf(name)) ?? []).every((other) => !asked.has(other.name)),
    );
    return renameSets(
      { ...state, ipSets: { sets: inUse } },
      new Map(sets.map(({ name }) => [name, nameOf(name)])),
    );
  });
}
