import type { KernelChain, XtChain, XtTable, XtTableName } from "../../dataplane/xtables.ts";
import { targetChain } from "../../dataplane/xtables.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { type ChainDraft, type Draft, placeChain, placeRules } from "./draft.ts";

export interface HookDraft {
  readonly chain: KernelChain;
  readonly position: "top" | "bottom";
  readonly rule: Draft;
}

/** Everything a table could hold; what nothing leads to is left out when it is assembled. */
export interface TableProgram {
  readonly name: XtTableName;
  readonly hooks: readonly HookDraft[];
  /** In the order in which a reader wants them. */
  readonly chains: readonly ChainDraft[];
  /** Shared by the endpoints and rendered only where needed: policies, then profiles. */
  readonly library: ReadonlyMap<string, () => XtChain>;
  /** Chains to keep although nothing leads to them. */
  readonly keep: readonly string[];
}

/** Keeps the chains that a packet can reach, and gives every rule its id. */
export function assembleTable(program: TableProgram, version: IpVersion): XtTable {
  const hooks = Map.groupBy(program.hooks, ({ chain }) => chain);
  return {
    name: program.name,
    hooks: [...hooks].flatMap(([chain, drafts]) =>
      placeRules(
        chain,
        drafts.map((draft) => draft.rule),
        version,
      ).map((rule, index) => ({ chain, position: drafts[index]?.position ?? "top", rule })),
    ),
    chains: reachableChains(program, version),
  };
}

function reachableChains(program: TableProgram, version: IpVersion): readonly XtChain[] {
  const { name: table, hooks, chains, library, keep } = program;
  const known = new Map(chains.map((draft) => [draft.name, draft]));
  const reached = new Map<string, XtChain>();
  const queue: string[] = [...keep, ...chainsOf(hooks.map(({ rule }) => rule))];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name)) continue;
    const draft = known.get(name);
    const chain = draft === undefined ? library.get(name)?.() : placeChain(draft, version);
    if (chain === undefined) throw new Error(`table ${table}: a rule leads to ${name}, which does not exist`);
    reached.set(name, chain);
    queue.push(...chainsOf(chain.rules));
  }
  return [...known.keys(), ...library.keys()].flatMap((name) => reached.get(name) ?? []);
}

function chainsOf(rules: readonly Draft[]): readonly string[] {
  return rules.flatMap(({ target }) => targetChain(target) ?? []);
}
