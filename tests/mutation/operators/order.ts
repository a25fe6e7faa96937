import type { Change } from "../mutant.ts";
import { parseRuleLine, printRuleLine, type RuleLine } from "../rule-line.ts";

/** A rule with its line, from 0. */
export interface PlacedRule {
  readonly index: number;
  readonly text: string;
  readonly rule: RuleLine;
}

/** The rules of one table, by chain, in the order of the text. */
export type RulesByChain = ReadonlyMap<string, readonly PlacedRule[]>;

export function rulesByChain(lines: readonly string[], first: number, last: number): RulesByChain {
  const chains = new Map<string, PlacedRule[]>();
  for (let index = first; index <= last; index++) {
    const text = lines[index]!;
    const rule = parseRuleLine(text);
    if (rule === undefined) continue;
    const chain = chains.get(rule.chain) ?? [];
    chains.set(rule.chain, chain);
    chain.push({ index, text, rule });
  }
  return chains;
}

/** Changes of which rules there are, and in which order. */
export function* changedOrder(chains: RulesByChain): Generator<Change, void, undefined> {
  const names = [...chains.keys()];
  for (const [chain, rules] of chains)
    for (const [i, placed] of rules.entries()) {
      const { index, text, rule } = placed;
      const line = index + 1;
      const remove = { from: index, count: 1, lines: [] };
      yield { operator: "drop a rule", line, change: text, edits: [remove] };
      yield {
        operator: "duplicate a rule",
        line,
        change: text,
        edits: [{ from: index, count: 1, lines: [text, text] }],
      };
      const next = rules[i + 1];
      if (next !== undefined)
        yield {
          operator: "swap neighbours",
          line,
          change: `${text} ⇄ line ${next.index + 1}`,
          edits: [
            { from: index, count: 1, lines: [next.text] },
            { from: next.index, count: 1, lines: [text] },
          ],
        };
      const [begin, end] = [rules[0]!, rules.at(-1)!];
      if (i > 1)
        yield {
          operator: "move a rule",
          line,
          change: `${text}, to line ${begin.index + 1}`,
          edits: [remove, { from: begin.index, count: 0, lines: [text] }],
        };
      if (i < rules.length - 2)
        yield {
          operator: "move a rule",
          line,
          change: `${text}, behind line ${end.index + 1}`,
          edits: [remove, { from: end.index + 1, count: 0, lines: [text] }],
        };
      const other = names[(names.indexOf(chain) + 1) % names.length]!;
      if (other !== chain)
        yield {
          operator: "move a rule",
          line,
          change: `${text}, into ${other}`,
          edits: [{ from: index, count: 1, lines: [printRuleLine({ ...rule, chain: other })] }],
        };
    }
}
