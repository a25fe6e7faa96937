import type { KernelChain, XtChain, XtTable, XtTableName } from "../../dataplane/xtables.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { type ChainDraft, placeChain, placeRules } from "./draft.ts";
import type { PolicyLibrary } from "./policy-library.ts";
import { type Draft, RuleList, usesOf, usesOfChain } from "./rule-list.ts";

export interface HookDraft {
  readonly chain: KernelChain;
  readonly position: "top" | "bottom";
  readonly rule: Draft;
}

/** Everything a table could hold; what nothing leads to is left out when it is assembled. */
export interface TableProgram {
  readonly name: XtTableName;
  readonly hooks: readonly HookDraft[];
  /** In the order in which a reader wants them; those that nodes share have their place already. */
  readonly chains: readonly (ChainDraft | XtChain)[];
  /** Chains to keep although nothing leads to them. */
  readonly keep: readonly string[];
}

/** Keeps the chains that a packet can reach, those of policies and profiles last, and gives every rule its id. */
export function assembleTable(program: TableProgram, library: PolicyLibrary, version: IpVersion): XtTable {
  const hooks = Map.groupBy(program.hooks, ({ chain }) => chain);
  return {
    name: program.name,
    hooks: [...hooks].flatMap(([chain, drafts]) =>
      placeRules(chain, new RuleList(drafts.map((draft) => draft.rule)), version).map((rule, index) => ({
        chain,
        position: drafts[index]?.position ?? "top",
        rule,
      })),
    ),
    chains: reachableChains(program, library, version),
  };
}

function reachableChains(
  program: TableProgram,
  library: PolicyLibrary,
  version: IpVersion,
): readonly XtChain[] {
  const { name: table, hooks, chains, keep } = program;
  const known = new Map(chains.map((draft) => [draft.name, draft]));
  const reached = new Map<string, XtChain>();
  const queue: string[] = [...keep, ...usesOf(hooks.map(({ rule }) => rule)).chains];
  let usesLibrary = false;
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name)) continue;
    const draft = known.get(name);
    const chain = draft === undefined ? library.chain(table, name) : placed(draft, version);
    usesLibrary ||= draft === undefined;
    if (chain === undefined) throw new Error(`table ${table}: a rule leads to ${name}, which does not exist`);
    reached.set(name, chain);
    queue.push(...usesOfChain(chain).chains);
  }
  const ordered: XtChain[] = [];
  const take = (name: string): void => {
    const chain = reached.get(name);
    if (chain !== undefined) ordered.push(chain);
  };
  for (const name of known.keys()) take(name);
  if (usesLibrary) for (const name of library.names) take(name);
  return ordered;
}

function placed(chain: ChainDraft | XtChain, version: IpVersion): XtChain {
  return "list" in chain ? placeChain(chain, version) : chain;
}
