import { createHash } from "node:crypto";
import {
  type IptablesState,
  type KernelSet,
  printMember,
  usedSets,
  type XtMatch,
  type XtRule,
} from "../../compiler/index.ts";

/** Leaves room for a mark and eight characters of hash within the kernel's 31. */
const STEM_LENGTH = 22;
const VERSION = /^(.{1,22})~[\w-]{8}$/;

/**
 * A live set's members cannot change in one instant with the rules, so a set that must is filled under another name
 * and the rules that ask it are switched over (the kernel cannot rename a set in use). Gives the target with each set
 * under the name that it will have on this host:
 *
 *  - one that is there with the wanted content keeps its name, whatever it is;
 *  - one that no rule asks, or that may change in place, keeps its name and changes;
 *  - any other gets the name of its definition where that is free, else one with a suffix from its content.
 *
 * Rules keep their ids: the same rule, asking another version of the same set.
 */
export function chooseSetNames(
  live: IptablesState,
  target: IptablesState,
  change: "policy" | "inventory",
): IptablesState {
  const asked = askedSets(live);
  const stems = new Map<string, KernelSet>();
  for (const set of target.ipSets.sets) {
    const stem = set.name.slice(0, STEM_LENGTH);
    const other = stems.get(stem);
    if (other !== undefined)
      throw new RangeError(`versions of the sets ${other.name} and ${set.name} could not be told apart`);
    stems.set(stem, set);
  }
  const versions = Map.groupBy(live.ipSets.sets, ({ name }) => definitionOf(name, stems));
  const inPlace: ChangingSet[] = [];
  const names = new Map<string, string>();
  for (const set of target.ipSets.sets) {
    const there = versions.get(set.name) ?? [];
    const byUse = there.toSorted((a, b) => Number(asked.has(b.name)) - Number(asked.has(a.name)));
    const same = byUse.find((candidate) => isSameContent(candidate, set));
    const current = byUse[0];
    if (same !== undefined) names.set(set.name, same.name);
    else if (current === undefined) names.set(set.name, set.name);
    else if (!isSameDefinition(current, set)) names.set(set.name, freshName(set, there, asked));
    else {
      names.set(set.name, current.name);
      if (asked.has(current.name)) inPlace.push({ set, current });
    }
  }
  for (const changing of inPlace) {
    const { set } = changing;
    const alone = inPlace.filter((other) => other.set.version === set.version).length === 1;
    if (change === "inventory" && alone && !isNegated(changing, live, target)) continue;
    names.set(set.name, freshName(set, versions.get(set.name) ?? [], asked));
  }
  return renameSets(target, names);
}

interface ChangingSet {
  readonly set: KernelSet;
  readonly current: KernelSet;
}

/**
 * The transient of a set that changes alone is old or new for every packet, member by member. Two that change on one
 * path may show a packet a pair of contents that never was meant, and a negated one turns the union into its opposite.
 */
function isNegated({ set, current }: ChangingSet, live: IptablesState, target: IptablesState): boolean {
  return asksNegated(target, set.name) || asksNegated(live, current.name);
}

function asksNegated({ rulesets }: IptablesState, name: string): boolean {
  const asks = ({ matches }: XtRule) =>
    matches.some((match) => match.kind === "set" && match.set === name && match.negated);
  return rulesets.some(({ tables }) =>
    tables.some(
      ({ hooks, chains }) =>
        hooks.some(({ rule }) => asks(rule)) || chains.some(({ rules }) => rules.some(asks)),
    ),
  );
}

/** The target's set that a name on the host is a version of; itself where the target has none such. */
function definitionOf(name: string, stems: ReadonlyMap<string, KernelSet>): string {
  const found = stems.get(stemOf(name));
  return found !== undefined && (isVersion(name) || found.name === name) ? found.name : name;
}

/** Free, or one that we have begun to fill and that no rule asks yet. */
function freshName(set: KernelSet, there: readonly KernelSet[], asked: ReadonlySet<string>): string {
  const isUsable = (name: string): boolean => {
    const found = there.find((candidate) => candidate.name === name);
    return found === undefined || (!asked.has(name) && isSameDefinition(found, set));
  };
  // A version that has changed in place since has the name of what it held once: then another is needed.
  for (let name = set.name, attempt = 0; ; attempt++) {
    if (isUsable(name)) return name;
    const content = [attempt, set.type, set.maxElements, ...set.members.map(printMember)].join("\n");
    const digest = createHash("sha256").update(content).digest("base64url").slice(0, 8);
    name = `${set.name.slice(0, STEM_LENGTH)}~${digest}`;
  }
}

function isSameDefinition(a: KernelSet, b: KernelSet): boolean {
  return a.type === b.type && a.maxElements === b.maxElements;
}

function isSameContent(a: KernelSet, b: KernelSet): boolean {
  return isSameDefinition(a, b) && a.members.equals(b.members);
}

/** A live set that a change touches while rules ask it. */
export interface SetSwitch {
  /** The name of its definition. */
  readonly set: string;
  /** `versioned`: filled under another name, to which the rules switch; `in place`: member by member. */
  readonly how: "versioned" | "in place";
  /** Of the wanted set. */
  readonly members: number;
}

/** What `chooseSetNames` comes to for the sets that rules ask now. */
export function setSwitches(
  live: IptablesState,
  target: IptablesState,
  change: "policy" | "inventory",
): readonly SetSwitch[] {
  const asked = askedSets(live);
  const there = new Map(live.ipSets.sets.map((set) => [set.name, set]));
  const definitions = new Map(target.ipSets.sets.map(({ name }) => [name.slice(0, STEM_LENGTH), name]));
  const versioned = new Set(
    [...asked].map((name) => name.slice(0, STEM_LENGTH)).filter((stem) => definitions.has(stem)),
  );
  return chooseSetNames(live, target, change).ipSets.sets.flatMap((set): readonly SetSwitch[] => {
    const current = there.get(set.name);
    const name = definitions.get(set.name.slice(0, STEM_LENGTH)) ?? set.name;
    const members = set.members.length;
    if (current !== undefined && (isSameContent(current, set) || !asked.has(set.name))) return [];
    if (current !== undefined) return [{ set: name, how: "in place", members }];
    return versioned.has(set.name.slice(0, STEM_LENGTH)) ? [{ set: name, how: "versioned", members }] : [];
  });
}

/** Names of the sets that some rule of ours asks. */
export function askedSets(state: IptablesState): ReadonlySet<string> {
  return new Set(state.rulesets.flatMap((ruleset) => [...usedSets(ruleset)]));
}

/** Whether a set has its name for one content of it only, and not for its definition. */
export function isVersion(name: string): boolean {
  return VERSION.test(name);
}

/** What all versions of one set have in common: the beginning of its definition's name. */
export function stemOf(name: string): string {
  const [, stem = name.slice(0, STEM_LENGTH)] = VERSION.exec(name) ?? [];
  return stem;
}

/** Rules that ask none of them stay the same objects, so that who compares sees at once that they are the same. */
export function renameSets(state: IptablesState, names: ReadonlyMap<string, string>): IptablesState {
  const nameOf = (name: string): string => names.get(name) ?? name;
  const isRenamed = (match: XtMatch): match is Extract<XtMatch, { readonly kind: "set" }> =>
    match.kind === "set" && nameOf(match.set) !== match.set;
  const renameMatch = (match: XtMatch): XtMatch =>
    isRenamed(match) ? { ...match, set: nameOf(match.set) } : match;
  const renameRule = (rule: XtRule): XtRule =>
    rule.matches.some(isRenamed) ? { ...rule, matches: rule.matches.map(renameMatch) } : rule;
  return {
    ...state,
    rulesets: state.rulesets.map(({ version, tables }) => ({
      version,
      tables: tables.map(({ name, hooks, chains }) => ({
        name,
        hooks: hooks.map((hook) => ({ ...hook, rule: renameRule(hook.rule) })),
        chains: chains.map((chain) => ({ ...chain, rules: chain.rules.map(renameRule) })),
      })),
    })),
    ipSets: {
      sets: state.ipSets.sets
        .map((set) => ({ ...set, name: nameOf(set.name) }))
        .sort((a, b) => (a.name < b.name ? -1 : 1)),
    },
  };
}
