import type { ToolResult } from "../run.ts";
import type { FakeSets } from "./sets.ts";
import { contentLines, done, joinWords, Refusal, refused, wordsOf } from "./words.ts";

const KERNEL_CHAINS: Readonly<Record<string, readonly string[]>> = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
};

const TARGETS =
  "ACCEPT DROP RETURN REJECT MARK LOG CT NOTRACK DSCP DNAT SNAT MASQUERADE NFLOG QUEUE NFQUEUE".split(" ");

/** What comes after the chain's name, in words. */
type FakeRule = readonly string[];
type Chains = Map<string, readonly FakeRule[]>;

/** Rules of one IP version: what `iptables-restore --noflush` makes of them and `iptables-save` prints. */
export class FakeXtables {
  readonly #tables = new Map<string, Chains>();
  readonly #sets: FakeSets;

  constructor(sets: FakeSets) {
    this.#sets = sets;
  }

  /** Rules are never changed in place, so sharing them is safe. */
  copyFrom(other: FakeXtables): void {
    for (const [name, chains] of other.#tables) this.#tables.set(name, new Map(chains));
  }

  /** A table is committed as a whole or not at all; tables before the one that fails stay committed. */
  restore(args: readonly string[], input: string): ToolResult {
    if (!args.includes("--noflush")) return refused("the fake never flushes a table", 2);
    const onlyTest = args.includes("--test");
    const printed: string[] = [];
    let open: { readonly name: string; readonly chains: Chains; readonly fresh: Set<FakeRule> } | undefined;
    for (const [line, number] of contentLines(input)) {
      try {
        if (line.startsWith("*")) {
          const name = line.slice(1);
          open = { name, chains: this.#copy(name), fresh: new Set() };
        } else if (open === undefined) throw new Refusal(`expected a table, found ${line}`);
        else if (line === "COMMIT") {
          this.#check(open.chains);
          if (!onlyTest) this.#tables.set(open.name, open.chains);
          open = undefined;
        } else if (line.startsWith("-S ")) printed.push(...list(open.name, open.chains, line.slice(3)));
        else edit(open.chains, open.fresh, line);
      } catch (cause) {
        if (cause instanceof Refusal)
          return refused(`iptables-restore: line ${number} failed: ${cause.message}`);
        throw cause;
      }
    }
    if (open !== undefined) return refused("iptables-restore: COMMIT expected at the end");
    return done(printed.map((line) => `${line}\n`).join(""));
  }

  save(): string {
    return [...this.#tables]
      .flatMap(([name, chains]) => [
        `*${name}`,
        ...[...chains.keys()].map((chain) => `:${chain} ${isKernels(name, chain) ? "ACCEPT" : "-"} [0:0]`),
        ...[...chains].flatMap(([chain, rules]) => rules.map((rule) => `-A ${chain} ${joinWords(rule)}`)),
        "COMMIT",
        "",
      ])
      .join("\n");
  }

  usesSet(set: string): boolean {
    return [...this.#tables.values()].some((chains) =>
      [...chains.values()].some((rules) => rules.some((rule) => setsOf(rule).includes(set))),
    );
  }

  #copy(name: string): Chains {
    const kernel = KERNEL_CHAINS[name];
    if (kernel === undefined) throw new Refusal(`no table ${name}`);
    return new Map(this.#tables.get(name) ?? kernel.map((chain) => [chain, []]));
  }

  #check(chains: Chains): void {
    for (const rule of [...chains.values()].flat()) {
      const target = targetOf(rule);
      if (target !== undefined && !TARGETS.includes(target) && !chains.has(target))
        throw new Refusal(`no chain or target ${target}`);
      const absent = setsOf(rule).find((set) => !this.#sets.has(set));
      if (absent !== undefined) throw new Refusal(`Set ${absent} doesn't exist.`);
    }
  }
}

function isKernels(table: string, chain: string): boolean {
  return KERNEL_CHAINS[table]?.includes(chain) ?? false;
}

function list(table: string, chains: Chains, chain: string): readonly string[] {
  const rules = chains.get(chain);
  if (rules === undefined) throw new Refusal("No chain/target/match by that name.");
  const head = isKernels(table, chain) ? `-P ${chain} ACCEPT` : `-N ${chain}`;
  return [head, ...rules.map((rule) => `-A ${chain} ${joinWords(rule)}`)];
}

function edit(chains: Chains, fresh: Set<FakeRule>, line: string): void {
  if (line.startsWith(":")) {
    // Naming a chain that exists empties it.
    chains.set(line.slice(1).split(" ")[0] ?? "", []);
    return;
  }
  const [command, chain = "", ...words] = wordsOf(line);
  const rules = chains.get(chain);
  if (rules === undefined) throw new Refusal(`no chain ${chain}`);
  const [first = ""] = words;
  const numbered = /^\d+$/.test(first);
  const place = (last: number): number => {
    const index = Number(first) - 1;
    if (index < 0 || index > last) throw new Refusal(`Index of ${command} too big: ${first} in ${chain}`);
    return index;
  };
  const rule = numbered ? words.slice(1) : words;
  switch (command) {
    case "-A":
      fresh.add(words);
      chains.set(chain, [...rules, words]);
      return;
    case "-I":
      fresh.add(rule);
      chains.set(chain, rules.toSpliced(numbered ? place(rules.length) : 0, 0, rule));
      return;
    case "-R": {
      const index = place(rules.length - 1);
      // iptables-nft 1.8.9 dies of it.
      if (fresh.has(rules[index] ?? []))
        throw new Refusal("Segmentation fault: -R of a rule of the same input");
      chains.set(chain, rules.with(index, rule));
      return;
    }
    case "-D": {
      const text = joinWords(words);
      const index = numbered ? place(rules.length - 1) : rules.findIndex((each) => joinWords(each) === text);
      if (index < 0) throw new Refusal("Bad rule (does a matching rule exist in that chain?).");
      chains.set(chain, rules.toSpliced(index, 1));
      return;
    }
    case "-F":
      chains.set(chain, []);
      return;
    case "-X": {
      const used = [...chains.values()].flat().some((each) => targetOf(each) === chain);
      if (rules.length > 0 || used) throw new Refusal(`chain ${chain} is not empty or still in use`);
      chains.delete(chain);
      return;
    }
    default:
      throw new Refusal(`cannot read ${line}`);
  }
}

function targetOf(rule: FakeRule): string | undefined {
  const index = rule.findIndex((word) => word === "-j" || word === "-g");
  return index < 0 ? undefined : rule[index + 1];
}

function setsOf(rule: FakeRule): readonly string[] {
  return rule.flatMap((word, index) => (word === "--match-set" ? [rule[index + 1] ?? ""] : []));
}
