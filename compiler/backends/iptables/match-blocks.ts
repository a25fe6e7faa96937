import type { XtMatch, XtTarget } from "../../dataplane/xtables.ts";
import { rule } from "./draft.ts";
import { clearBits, type Marks, setBits, union, unmarked } from "./marks.ts";
import type { Draft } from "./rule-list.ts";

/**
 * A disjunction that one rule cannot say, evaluated beforehand into mark bits. `negated`: no alternative may match.
 * A positive block has at least one alternative.
 */
export interface MatchBlock {
  readonly negated: boolean;
  readonly alternatives: readonly (readonly XtMatch[])[];
}

/**
 * Rules after which scratch0 is set iff every block holds; positive blocks come before negated ones. scratch1 collects
 * the alternatives of each positive block after the first and is cleared before the next one begins. (Calico clears it
 * only once, so a packet that matched the second block can fail neither the third nor the fourth: §13.1.)
 */
export function renderBlocks(blocks: readonly MatchBlock[], marks: Marks): readonly Draft[] {
  return blocks.flatMap((block, index) => {
    if (block.negated) {
      const start = index === 0 ? [startTrue(marks)] : [];
      return [...start, ...each(block, clearBits(marks.scratch0))];
    }
    if (index === 0) return [startFalse(marks), ...each(block, setBits(marks.scratch0))];
    const again = index > 1 ? [rule([], clearBits(marks.scratch1))] : [];
    return [
      ...again,
      ...each(block, setBits(marks.scratch1)),
      rule([unmarked(marks.scratch1)], clearBits(marks.scratch0)),
    ];
  });
}

function each(block: MatchBlock, target: XtTarget): readonly Draft[] {
  return block.alternatives.map((matches) => rule(matches, target));
}

function startFalse({ scratch0, scratch1 }: Marks): Draft {
  return rule([], clearBits(union(scratch0, scratch1)));
}

function startTrue({ scratch0, scratch1 }: Marks): Draft {
  return rule([], { kind: "mark", value: scratch0, mask: union(scratch0, scratch1) });
}
