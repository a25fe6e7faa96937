import type { Dataplane, Rule } from "../../compiler/semantics/simulator/program.ts";
import { readDataplanes } from "../../compiler/semantics/simulator/read.ts";
import { type Mutant, withMutant } from "./mutant.ts";
import { Probes } from "./probes.ts";
import { isTarget, matchesOf, parseRuleLine, printRuleLine, type RuleLine, targetOf } from "./rule-line.ts";
import type { Subject } from "./subject.ts";

/** Why a mutant means the same as the unchanged files, as far as that can be found out mechanically. */
export const REASONS = {
  idle: "decides nothing: log, traffic class, limit, source address, or a rule without target",
  idleChain: "leads to a chain in which nothing happens",
  sourceNat: "the table nat behind all verdicts (source NAT)",
  unlinked: "no rule leads to the chain",
  unreached: "no packet comes to the rule whose end is still open",
  unmatched: "none that comes there matches, before or after",
  sameMatch: "the same packets match, of those that come there",
  twice: "the same rule twice",
  independent: "neighbours that do the same, match different packets, or do not ask for each other's mark",
  refused: "denied either way: REJECT and DROP",
  noReturn: "jump or goto, where nothing follows or nobody comes back",
  markIsSo: "the bits of the mark are so already",
  markUnread: "bits of the mark that no later rule asks for",
  accepted: "whatever comes there is let through in the end",
  dropped: "whatever comes there is dropped in the end",
  sameMembers: "the set holds the same addresses",
  otherWay: "the end is the same another way",
} as const;
export type Reason = keyof typeof REASONS;

/** Finds the reasons for survivors of one subject. */
export class Reasons {
  readonly #subject: Subject;
  readonly #probes: Probes;
  readonly #unchanged: Readonly<Record<4 | 6, Dataplane>>;

  constructor(subject: Subject) {
    this.#subject = subject;
    this.#probes = new Probes(subject);
    this.#unchanged = readDataplanes(subject.artifacts);
  }

  reasonOf(mutant: Mutant): Reason {
    const { file, line, operator } = mutant;
    if (file === "ipset.restore") return "sameMembers";
    const version = file === "iptables.restore" ? 4 : 6;
    const unchanged = this.#unchanged[version];
    const changed = readDataplanes(withMutant(this.#subject.artifacts, mutant))[version];
    if (meaningOf(changed) === meaningOf(unchanged)) return "idle";
    const place = placeOf(unchanged, line)!;
    const { table, chain, rule } = place;
    if (table === "nat" && !reachable(changed, "nat", NAT_BEFORE_ROUTING).has(chain)) return "sourceNat";
    if (![unchanged, changed].some((plane) => reachable(plane, table).has(chain))) return "unlinked";
    if (!this.#probes.isReached(file, line)) return "unreached";
    if (operator === "duplicate a rule") return "twice";
    const reason =
      this.#reasonOfIdle(unchanged, changed, place, mutant) ??
      (operator === "swap neighbours" ? this.#reasonOfSwap(mutant) : this.#reasonOfChange(mutant, place));
    if (reason !== undefined) return reason;
    if (rule.target.kind === "mark") return "markUnread";
    const end = this.#probes.endOf(file, line);
    return end === "ACCEPT" ? "accepted" : end === "DROP" ? "dropped" : "otherWay";
  }

  /** Where the rule does nothing, and what it is changed into or trades places with does nothing, either. */
  #reasonOfIdle(
    unchanged: Dataplane,
    changed: Dataplane,
    { table, rule }: Place,
    { line, operator }: Mutant,
  ): Reason | undefined {
    const isIdle = doesNothing(unchanged, table, rule);
    const isOrder = operator === "drop a rule" || operator === "move a rule";
    const now = placeOf(changed, line)?.rule;
    const isIdleNow = now !== undefined && doesNothing(changed, table, now);
    const suffices = isOrder
      ? isIdle
      : operator === "swap neighbours"
        ? isIdle || isIdleNow
        : isIdle && isIdleNow;
    return suffices ? "idleChain" : undefined;
  }

  #reasonOfSwap({ file, line, text }: Mutant): Reason | undefined {
    const before = this.#rule(file, line);
    const other = parseRuleLine(text.split("\n")[line - 1]!)!;
    const isAlike = targetOf(before)?.join(" ") === targetOf(other)?.join(" ");
    const isBlind = !asksMarkOf(before, other) && !asksMarkOf(other, before);
    const isMarking = [before, other].some(setsMark);
    if (isAlike || (isMarking && isBlind)) return "independent";
    return this.#probes.isMatchedByBoth(file, line, before, other) ? undefined : "independent";
  }

  #reasonOfChange({ file, line, operator, text }: Mutant, { rule }: Place): Reason | undefined {
    const before = this.#rule(file, line);
    const isGone = operator === "drop a rule" || operator === "move a rule";
    const after = isGone ? before : parseRuleLine(text.split("\n")[line - 1]!)!;
    if (![before, after].some((each) => this.#probes.isMatched(file, line, each))) return "unmatched";
    if (rule.target.kind === "mark" && setsMark(after)) {
      const { value, mask } = rule.target;
      const others = [...before.parts.slice(0, -1), ["-m", "mark", "!", "--mark", `${value}/${mask}`]];
      if (isGone && !this.#probes.isMatched(file, line, { ...before, parts: others })) return "markIsSo";
    }
    if (isGone) return undefined;
    const [target, other] = [targetOf(before), targetOf(after)];
    if (target?.[1] === "REJECT" && other?.[1] === "DROP") return "refused";
    if (target?.[0] !== other?.[0] && target?.[1] === other?.[1]) return "noReturn";
    const isSameMatch = withoutTarget(before) === withoutTarget(after);
    if (!isSameMatch && !this.#probes.isToldApart(file, line, before, after)) return "sameMatch";
    return undefined;
  }

  #rule(file: string, line: number): RuleLine {
    return parseRuleLine(this.#lines(file)[line - 1]!)!;
  }

  #lines(file: string): readonly string[] {
    return this.#subject.artifacts.find(({ path }) => path === file)!.text.split("\n");
  }
}

function withoutTarget(rule: RuleLine): string {
  return printRuleLine({ ...rule, parts: rule.parts.filter((part) => !isTarget(part)) });
}

function setsMark(rule: RuleLine): boolean {
  return targetOf(rule)?.[1] === "MARK";
}

/** Whether the rule asks for a mark, where the other sets one. */
function asksMarkOf(rule: RuleLine, other: RuleLine): boolean {
  return setsMark(other) && matchesOf(rule).some(({ part }) => part[1] === "mark");
}

function doesNothing(dataplane: Dataplane, table: Place["table"], { target }: Rule): boolean {
  if (target.kind === "none") return true;
  if (target.kind !== "jump") return false;
  return dataplane.tables[table].get(target.chain)!.every((rule) => doesNothing(dataplane, table, rule));
}

const NAT_BEFORE_ROUTING: readonly string[] = ["PREROUTING", "OUTPUT"];
const HOOKS: readonly string[] = ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"];

interface Place {
  readonly table: keyof Dataplane["tables"];
  readonly chain: string;
  readonly rule: Rule;
}

function placeOf({ tables }: Dataplane, line: number): Place | undefined {
  for (const [table, chains] of Object.entries(tables))
    for (const [chain, rules] of chains)
      for (const rule of rules)
        if (rule.line === line) return { table: table as Place["table"], chain, rule };
  return undefined;
}

/** The chains of the table that rules lead to, from the kernel's own. */
function reachable(
  { tables }: Dataplane,
  table: Place["table"],
  from: readonly string[] = HOOKS,
): ReadonlySet<string> {
  const found = new Set(from);
  for (const chain of found)
    for (const { target } of tables[table].get(chain) ?? [])
      if (target.kind === "jump" || target.kind === "goto") found.add(target.chain);
  return found;
}

/** Equal for rules that mean the same by what they are read as. */
function meaningOf({ tables }: Dataplane): string {
  const chains = Object.values(tables).map((table) =>
    [...table].map(([name, rules]) => [name, rules.map(({ matches, target }) => ({ matches, target }))]),
  );
  return JSON.stringify(chains, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}
