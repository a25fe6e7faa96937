import {
  type IptablesChange,
  type IptablesState,
  iptablesBackend,
  KERNEL_CHAINS,
  type KernelSet,
  MemberList,
  memberKey,
  XT_TABLES,
  type XtChain,
  type XtHook,
  type XtTable,
} from "../../compiler/index.ts";
import { danglingRules } from "./dangling-rules.ts";
import {
  type Differences,
  type Merged,
  mergeByKey,
  mergeMembers,
  type Three,
  type Violation,
} from "./merge.ts";

/**
 * Chains, our rules in each of the kernel's chains, sets and entries of the ARP guard as things of their own; members
 * of a set that stays are merged one by one. All three states call a set by the same name.
 */
export function mergeIptables(states: Three<IptablesState>): Merged<IptablesState> {
  const { before, after, live } = states;
  const differences: Differences = {
    planned: keysOf(iptablesBackend.diff(before, after)),
    drifted: keysOf(iptablesBackend.diff(live, before)),
    undone: keysOf(iptablesBackend.diff(live, after)),
  };
  const part = <T>(kind: Kind, read: (state: IptablesState) => ReadonlyMap<string, T>) =>
    mergeByKey(
      { before: read(before), after: read(after), live: read(live) },
      {
        planned: only(differences.planned, kind),
        drifted: only(differences.drifted, kind),
        undone: only(differences.undone, kind),
      },
      (key) => key,
    );
  const chains = part("chain", chainsOf);
  const hooks = part("rules", hooksOf);
  const sets = part("set", setsOf);
  const arp = part("arp", arpEntriesOf);
  const members = mergeSets(states, sets.state);
  const state: IptablesState = {
    rulesets: rulesetsOf(chains.state, hooks.state),
    ipSets: { sets: members.sets },
    arpGuard: arpGuardOf(arp.state),
  };
  const parts = [chains, hooks, sets, arp, members];
  const violations = parts.flatMap((merged) => merged.violations);
  return {
    state,
    planned: sum(parts.map(({ planned }) => planned)),
    done: sum(parts.map(({ done }) => done)),
    violations: [...violations, ...(violations.length > 0 ? [] : danglingRules(state, after))],
  };
}

type ArpGuard = IptablesState["arpGuard"];
type XtRuleset = IptablesState["rulesets"][number];
type TablePlace = Pick<Extract<IptablesChange, { readonly table: string }>, "version" | "table">;
type Kind = "chain" | "rules" | "set" | "arp";

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** What a change is about; none for members, which are merged apart. */
function keysOf(changes: readonly IptablesChange[]): ReadonlySet<string> {
  return new Set(
    changes.flatMap((change): string | readonly string[] => {
      if ("interfaceName" in change) return arpKey(change);
      if (!("table" in change)) return change.kind === "members-changed" ? [] : setKey(change.set.name);
      if ("hook" in change) return placeKey("rules", change, change.hook.chain);
      return placeKey("chain", change, typeof change.chain === "string" ? change.chain : change.chain.name);
    }),
  );
}

/** The chains that two states do not have alike, by the words that violations have for them. */
export function changedChains(current: IptablesState, desired: IptablesState): ReadonlySet<string> {
  return only(keysOf(iptablesBackend.diff(current, desired)), "chain");
}

function only(keys: ReadonlySet<string>, kind: Kind): ReadonlySet<string> {
  return new Set([...keys].filter((key) => key.startsWith(`${kind} `)));
}

type Version = TablePlace["version"];

function placeKey(kind: "chain" | "rules", { version, table }: TablePlace, chain: string): string {
  return `${kind} ${kind === "rules" ? "in " : ""}${chain} of IPv${version} ${table}`;
}

function setKey(name: string): string {
  return `set ${name}`;
}

function arpKey({ interfaceName, address }: ArpEntry): string {
  const bytes = [24, 16, 8, 0].map((shift) => (address.value >>> shift) & 255);
  return `arp ${interfaceName} ${bytes.join(".")}`;
}

interface Placed<T> extends TablePlace {
  readonly item: T;
}

function tablesOf({ rulesets }: IptablesState): readonly (TablePlace & { readonly content: XtTable })[] {
  return rulesets.flatMap(({ version, tables }) =>
    tables.map((content) => ({ version, table: content.name, content })),
  );
}

function chainsOf(state: IptablesState): ReadonlyMap<string, Placed<XtChain>> {
  return new Map(
    tablesOf(state).flatMap(({ version, table, content }) =>
      content.chains.map((item) => {
        const place = { version, table };
        return [placeKey("chain", place, item.name), { ...place, item }] as const;
      }),
    ),
  );
}

/** Our rules in one of the kernel's chains are one thing, as their order counts. */
function hooksOf(state: IptablesState): ReadonlyMap<string, Placed<readonly XtHook[]>> {
  return new Map(
    tablesOf(state).flatMap(({ version, table, content }) =>
      [...Map.groupBy(content.hooks, ({ chain }) => chain)].map(([chain, item]) => {
        const place = { version, table };
        return [placeKey("rules", place, chain), { ...place, item }] as const;
      }),
    ),
  );
}

function rulesetsOf(
  chains: ReadonlyMap<string, Placed<XtChain>>,
  hooks: ReadonlyMap<string, Placed<readonly XtHook[]>>,
): readonly XtRuleset[] {
  const at = <T>(placed: readonly Placed<T>[], version: Version, table: string): readonly T[] =>
    placed.flatMap((one) => (one.version === version && one.table === table ? [one.item] : []));
  const [allChains, allHooks] = [[...chains.values()], [...hooks.values()]];
  return ([4, 6] as const).flatMap((version) => {
    const tables = XT_TABLES.map((name): XtTable => {
      const order: readonly string[] = KERNEL_CHAINS[name];
      return {
        name,
        hooks: at(allHooks, version, name)
          .flat()
          .sort((a, b) => order.indexOf(a.chain) - order.indexOf(b.chain)),
        chains: at(allChains, version, name).toSorted((a, b) => compareText(a.name, b.name)),
      };
    }).filter((table) => table.hooks.length + table.chains.length > 0);
    return tables.length === 0 ? [] : [{ version, tables }];
  });
}

function setsOf({ ipSets }: IptablesState): ReadonlyMap<string, KernelSet> {
  return new Map(ipSets.sets.map((set) => [setKey(set.name), set]));
}

/** What the plan does to the members of the sets that are there before and after it. */
function mergeSets(
  { before, after, live }: Three<IptablesState>,
  merged: ReadonlyMap<string, KernelSet>,
): Omit<Merged<unknown>, "state"> & { readonly sets: readonly KernelSet[] } {
  const [wanted, is] = [setsOf(after), setsOf(live)];
  const sets = new Map(merged);
  const violations: Violation[] = [];
  let [planned, done] = [0, 0];
  for (const [object, a] of setsOf(before)) {
    const [b, c] = [wanted.get(object), is.get(object)];
    if (b === undefined) continue;
    const members = mergeMembers(
      { before: [...a.members], after: [...b.members], live: [...(c?.members ?? [])] },
      memberKey,
    );
    planned += members.planned;
    const violate = (reason: string): void => void violations.push({ object, reason });
    if (c === undefined) {
      if (members.planned > 0) violate("is gone");
      continue;
    }
    done += members.done;
    const set = merged.get(object) ?? c;
    if (members.planned > 0 && a.type === b.type && a.type !== c.type) violate(`is a ${c.type} now`);
    if (a.type !== b.type && members.churned)
      violate(`becomes a ${b.type}, and other members came or went since the plan was made`);
    if (members.members.length > set.maxElements)
      violate(`has no room for ${members.members.length} members`);
    sets.set(object, { ...set, members: MemberList.of(set.members.shape, members.members) });
  }
  const sorted = [...sets.values()].sort((a, b) => compareText(a.name, b.name));
  return { sets: sorted, planned, done, violations };
}

interface ArpEntry {
  readonly interfaceName: string;
  readonly address: ArpGuard["interfaces"][number]["addresses"][number];
}

function arpEntriesOf({ arpGuard }: IptablesState): ReadonlyMap<string, ArpEntry> {
  return new Map(
    arpGuard.interfaces.flatMap(({ name, addresses }) =>
      addresses.map((address) => {
        const entry = { interfaceName: name, address };
        return [arpKey(entry), entry] as const;
      }),
    ),
  );
}

function arpGuardOf(entries: ReadonlyMap<string, ArpEntry>): ArpGuard {
  const interfaces = [...Map.groupBy(entries.values(), ({ interfaceName }) => interfaceName)];
  return {
    interfaces: interfaces
      .map(([name, items]) => ({
        name,
        addresses: items.map(({ address }) => address).sort((a, b) => a.value - b.value),
      }))
      .sort((a, b) => compareText(a.name, b.name)),
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
