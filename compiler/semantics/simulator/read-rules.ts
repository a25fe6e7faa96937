import type { Match, Rule, Table, TableName, Target } from "./program.ts";
import { type RuleContext, type RuleSoFar, readMatch } from "./read-match.ts";
import { readTarget } from "./read-target.ts";
import { linesOf, type TextFile, type Words } from "./words.ts";

export type Tables = Readonly<Record<TableName, Table>>;

const KERNEL_CHAINS: Readonly<Record<TableName, readonly string[]>> = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
};

interface TableDraft {
  readonly name: TableName;
  readonly chains: Map<string, Rule[]>;
  /** Whether its `COMMIT` has been read. */
  isClosed: boolean;
}

/**
 * Reads the input of `iptables-restore --noflush` as it acts on a host without any rules; without a file, the tables
 * are empty. Throws `UnreadableText` for everything that is not known to mean exactly one thing.
 */
export function readRules(file: TextFile | undefined, context: RuleContext): Tables {
  const read = new Map<TableName, TableDraft>();
  let open: TableDraft | undefined;
  let last: Words | undefined;
  for (const words of file === undefined ? [] : linesOf(file)) {
    last = words;
    const first = words.take("a word");
    if (first.startsWith("*")) {
      if (open !== undefined) words.fail(`no COMMIT of ${open.name} before this`);
      open = emptyTable(tableName(words, first.slice(1)));
      if (read.has(open.name)) words.fail(`a second table ${open.name}`);
      read.set(open.name, open);
      words.expectEnd();
    } else if (open === undefined) words.fail("outside of any table");
    else {
      readLine(words, first, open, context);
      if (open.isClosed) open = undefined;
    }
  }
  if (open !== undefined) last!.fail(`no COMMIT of ${open.name} before the end`);
  const table = (name: TableName): Table => (read.get(name) ?? emptyTable(name)).chains;
  return { raw: table("raw"), mangle: table("mangle"), nat: table("nat"), filter: table("filter") };
}

function tableName(words: Words, text: string): TableName {
  for (const name of ["raw", "mangle", "nat", "filter"] as const) if (name === text) return name;
  return words.fail(`unknown table ${text}`);
}

function emptyTable(name: TableName): TableDraft {
  return { name, chains: new Map(KERNEL_CHAINS[name].map((chain) => [chain, []])), isClosed: false };
}

/** A line between `*TABLE` and `COMMIT`, from its second word on. */
function readLine(words: Words, first: string, table: TableDraft, context: RuleContext): void {
  if (first === "COMMIT") {
    words.expectEnd();
    refuseLoops(words, table.chains);
    for (const hook of KERNEL_CHAINS[table.name]) refuseMisplaced(words, hook, table.chains);
    table.isClosed = true;
  } else if (first.startsWith(":")) {
    const name = first.slice(1);
    if (name === "" || table.chains.has(name)) words.fail(`${name} is there already`);
    words.expect("-", "-");
    words.expectEnd();
    table.chains.set(name, []);
  } else if (first === "-A" || first === "-I") {
    const name = words.take("a chain");
    const chain = table.chains.get(name) ?? words.fail(`a rule in ${name}, which is not declared before`);
    const rule = readRule(words, table, context);
    if (first === "-A") chain.push(rule);
    else chain.unshift(rule);
  } else words.fail(`unknown: ${first}`);
}

/** Options that the tools take once in a rule. */
const ONCE: readonly string[] = ["-s", "-d", "-i", "-o", "-p"];

function readRule(words: Words, table: TableDraft, context: RuleContext): Rule {
  const rule: RuleSoFar = {};
  const matches: Match[] = [];
  const seen = new Set<string>();
  let target: Target = { kind: "none" };
  while (!words.isDone) {
    const negated = words.takeIf("!");
    const option = words.take("an option");
    if (ONCE.includes(option) && seen.has(option)) words.fail(`a second ${option}`);
    seen.add(option);
    if (!negated && (option === "-j" || option === "-g")) {
      const isChain = (name: string) => table.chains.has(name) && !KERNEL_CHAINS[table.name].includes(name);
      target = readTarget(words, table.name, context.version, isChain);
      if (option === "-g")
        target = target.kind === "jump" ? { ...target, kind: "goto" } : words.fail("-g without a chain");
      words.expectEnd();
    } else {
      const match = readMatch(words, option, negated, context, rule);
      if (match !== undefined) matches.push(match);
    }
  }
  // Which addresses an interface has is not known here. Where only a source address is translated, no verdict asks.
  if (rule.dependsOnOutAddresses && target.kind !== "source-nat")
    words.fail("--limit-iface-out without source NAT");
  return { line: words.line, text: words.text, matches, target };
}

/** The kernel refuses rules that could send a packet round and round. */
function refuseLoops(words: Words, chains: ReadonlyMap<string, readonly Rule[]>): void {
  const finished = new Set<string>();
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name)) words.fail(`a loop of jumps through ${name}`);
    if (finished.has(name)) return;
    for (const { target } of chains.get(name)!)
      if (target.kind === "jump" || target.kind === "goto") visit(target.chain, [...path, name]);
    finished.add(name);
  };
  for (const name of chains.keys()) visit(name, []);
}

/** Destinations are translated before routing, sources behind it; only what has just come in has a path to check. */
function refuseMisplaced(words: Words, hook: string, chains: ReadonlyMap<string, readonly Rule[]>): void {
  const isBeforeRouting = hook === "PREROUTING" || hook === "OUTPUT";
  const reached = new Set([hook]);
  for (const chain of reached)
    for (const { target, matches } of chains.get(chain)!) {
      if (target.kind === "jump" || target.kind === "goto") reached.add(target.chain);
      if (isBeforeRouting ? target.kind === "source-nat" : target.kind === "dnat")
        words.fail(`${hook} leads to a translation that the kernel does not take there`);
      if (hook !== "PREROUTING" && matches.some(({ kind }) => kind === "reverse-path-failed"))
        words.fail(`${hook} leads to a check of the reverse path, which the kernel does not take there`);
    }
}
