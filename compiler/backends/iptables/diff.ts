import type { ArpGuard } from "../../dataplane/arp-guard.ts";
import type { IpSetState, KernelSet } from "../../dataplane/ipset.ts";
import { XT_TABLES, type XtChain, type XtHook, type XtRule, type XtTable } from "../../dataplane/xtables.ts";
import { IP_VERSIONS, type Ip4 } from "../../net/cidr.ts";
import type { IptablesChange, TablePlace } from "./change.ts";
import { printBody } from "./print-rule.ts";
import type { IptablesState } from "./state.ts";

/**
 * What must change to get from one state to the other, both in canonical form or straight from `emit`: sets, then
 * tables in packet order, chains by name. Rules are compared by id *and* text, sets by definition and members.
 */
export function diffIptables(current: IptablesState, desired: IptablesState): readonly IptablesChange[] {
  return [
    ...diffSets(current.ipSets, desired.ipSets),
    ...IP_VERSIONS.flatMap((version) =>
      XT_TABLES.flatMap((table) => {
        const find = (state: IptablesState) =>
          state.rulesets
            .find((ruleset) => ruleset.version === version)
            ?.tables.find(({ name }) => name === table);
        return diffTable({ version, table }, find(current), find(desired));
      }),
    ),
    ...diffArpGuard(current.arpGuard, desired.arpGuard),
  ];
}

function diffTable(
  place: TablePlace,
  current: XtTable | undefined,
  desired: XtTable | undefined,
): readonly IptablesChange[] {
  const changes: IptablesChange[] = [];
  const before = new Map(current?.chains.map((chain) => [chain.name, chain]));
  const after = new Map(desired?.chains.map((chain) => [chain.name, chain]));
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const was = before.get(name);
    const chain = after.get(name);
    if (was === undefined && chain !== undefined) changes.push({ kind: "chain-added", chain, ...place });
    else if (was !== undefined && chain === undefined)
      changes.push({ kind: "chain-removed", chain: was, ...place });
    else if (was !== undefined && chain !== undefined) changes.push(...diffChain(place, was, chain));
  }
  return [...changes, ...diffHooks(place, current?.hooks ?? [], desired?.hooks ?? [])];
}

function diffChain(place: TablePlace, current: XtChain, desired: XtChain): readonly IptablesChange[] {
  if (isSameList(current.rules, desired.rules, place)) return [];
  const chain = desired.name;
  const changes: IptablesChange[] = [];
  const wanted = new Map(desired.rules.map((rule, index) => [rule.id, index]));
  const present = new Map<string, number>();
  for (const [from, rule] of current.rules.entries()) {
    const keep = rule.id !== "" && wanted.has(rule.id) && !present.has(rule.id);
    if (keep) present.set(rule.id, from);
    else changes.push({ kind: "rule-removed", chain, rule, from, ...place });
  }
  const shared = desired.rules.flatMap(({ id }) => present.get(id) ?? []);
  const staying = new Set(longestIncreasing(shared));
  for (const [to, rule] of desired.rules.entries()) {
    const from = present.get(rule.id);
    if (from === undefined) {
      changes.push({ kind: "rule-inserted", chain, rule, to, ...place });
      continue;
    }
    if (!staying.has(from)) changes.push({ kind: "rule-moved", chain, rule, from, to, ...place });
    const was = current.rules[from];
    if (was !== undefined && !sameText(was, rule, place))
      changes.push({ kind: "rule-altered", chain, was, rule, to, ...place });
  }
  return changes;
}

/** Nearly all chains of two states are the same, rule by rule. */
function isSameList(a: readonly XtRule[], b: readonly XtRule[], place: TablePlace): boolean {
  return (
    a.length === b.length &&
    a.every((rule, i) => {
      const other = b[i];
      return other !== undefined && rule.id === other.id && sameText(rule, other, place);
    })
  );
}

/** Printing is the truth, but what is built alike prints alike. */
function sameText(a: XtRule, b: XtRule, { version }: TablePlace): boolean {
  return a === b || isAlike(a, b) || printBody(a, version) === printBody(b, version);
}

/** Equality of plain data. */
function isAlike(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  if (keys.length !== Object.keys(b).length) return false;
  for (const key of keys)
    if (!isAlike((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])) return false;
  return true;
}

/** The longest run of rules that need not move; numbers are distinct. */
export function longestIncreasing(values: readonly number[]): readonly number[] {
  /** `tails[n]`: index of the smallest value that ends an increasing run of n + 1. */
  const tails: number[] = [];
  const previous: (number | undefined)[] = [];
  const at = (index: number | undefined) =>
    index === undefined ? Number.NEGATIVE_INFINITY : (values[index] ?? 0);
  for (let index = 0; index < values.length; index++) {
    let low = 0;
    let high = tails.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (at(tails[middle]) < at(index)) low = middle + 1;
      else high = middle;
    }
    previous[index] = tails[low - 1];
    tails[low] = index;
  }
  const run: number[] = [];
  for (let index = tails.at(-1); index !== undefined; index = previous[index]) run.push(at(index));
  return run.reverse();
}

/** Hooks of one kernel chain are few: where their order differs, all are put anew. */
function diffHooks(
  place: TablePlace,
  current: readonly XtHook[],
  desired: readonly XtHook[],
): readonly IptablesChange[] {
  const same = (a: XtHook, b: XtHook) =>
    a.chain === b.chain && a.rule.id === b.rule.id && sameText(a.rule, b.rule, place);
  const present: XtHook[] = [];
  const removed: XtHook[] = [];
  for (const hook of current) {
    const wanted = desired.some((other) => same(hook, other)) && !present.some((other) => same(hook, other));
    if (wanted) present.push(hook);
    else removed.push(hook);
  }
  const kept = desired.filter((hook) => present.some((other) => same(hook, other)));
  const misplaced = desired.flatMap((hook): IptablesChange[] => {
    const found = present.find((other) => same(hook, other));
    if (found === undefined) return [];
    const order = (list: readonly XtHook[], key: XtHook) =>
      list.filter(({ chain }) => chain === hook.chain).findIndex((other) => same(other, key));
    const outOfOrder = order(present, hook) !== order(kept, hook);
    const hidden = hook.position !== "bottom" && isFirst(desired, hook) ? found.precededBy : undefined;
    return outOfOrder || hidden !== undefined || (isFirst(desired, hook) && isAtOtherEnd(found, hook))
      ? [{ kind: "hook-misplaced", hook, precededBy: hidden, ...place }]
      : [];
  });
  return [
    ...removed.map((hook): IptablesChange => ({ kind: "hook-removed", hook, ...place })),
    ...desired
      .filter((hook) => !present.some((other) => same(hook, other)))
      .map((hook): IptablesChange => ({ kind: "hook-added", hook, ...place })),
    ...misplaced,
  ];
}

/**
 * Files say where a hook shall stand. A host shows it only where all rules of others are on one side: what they put on
 * top of ours or below later is no reason to move ours each time.
 */
function isAtOtherEnd(found: XtHook, { position }: XtHook): boolean {
  if (position === undefined) return false;
  if (found.others === undefined) return found.position !== undefined && found.position !== position;
  return found.others === (position === "top" ? "above" : "below");
}

/** Only the first hook of a chain jumps into our chains; later ones stand at the bottom by intention. */
function isFirst(hooks: readonly XtHook[], hook: XtHook): boolean {
  return hooks.find(({ chain }) => chain === hook.chain) === hook;
}

function diffSets(current: IpSetState, desired: IpSetState): readonly IptablesChange[] {
  const before = new Map(current.sets.map((set) => [set.name, set]));
  const after = new Map(desired.sets.map((set) => [set.name, set]));
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .flatMap((name): readonly IptablesChange[] => {
      const was = before.get(name);
      const set = after.get(name);
      if (was === undefined) return set === undefined ? [] : [{ kind: "set-added", set }];
      if (set === undefined) return [{ kind: "set-removed", set: was }];
      if (was.type !== set.type || was.maxElements !== set.maxElements)
        return [{ kind: "set-recreated", was, set }];
      return diffMembers(was, set);
    });
}

function diffMembers(was: KernelSet, set: KernelSet): readonly IptablesChange[] {
  // Nearly all sets of two states are the same.
  if (was.members.equals(set.members)) return [];
  const added = set.members.without(was.members);
  const removed = was.members.without(set.members);
  return [{ kind: "members-changed", set, added, removed }];
}

function diffArpGuard(current: ArpGuard, desired: ArpGuard): readonly IptablesChange[] {
  const before = arpEntries(current);
  const after = arpEntries(desired);
  const missing = (from: typeof before, other: typeof before) =>
    [...from].filter(([key]) => !other.has(key)).map(([, entry]) => entry);
  return [
    ...missing(before, after).map((entry): IptablesChange => ({ kind: "arp-address-removed", ...entry })),
    ...missing(after, before).map((entry): IptablesChange => ({ kind: "arp-address-added", ...entry })),
  ];
}

function arpEntries({
  interfaces,
}: ArpGuard): ReadonlyMap<string, { readonly interfaceName: string; readonly address: Ip4 }> {
  return new Map(
    interfaces.flatMap(({ name, addresses }) =>
      addresses.map((address) => [`${name} ${address.value}`, { interfaceName: name, address }] as const),
    ),
  );
}
