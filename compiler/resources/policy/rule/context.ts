import type { Report } from "../../../diagnostics/bag.ts";
import type { Origin } from "../../../diagnostics/diagnostic.ts";
import type { Direction } from "../../../ir/cluster-model.ts";
import type { SelectorFolder } from "../../../syntax/selector/folder.ts";
import type { EntityRule, Rule } from "./schema.ts";

/** Where a rule stands. */
export interface RuleContext {
  /** What the rule is part of. */
  readonly owner: "namespaced policy" | "global policy" | "profile";
  /** Of a namespaced policy; "" otherwise. */
  readonly namespace: string;
  readonly direction: Direction;
  /** Of the rule itself: `spec.ingress[0]`. */
  readonly origin: Origin;
  readonly selectors: SelectorFolder;
}

/**
 * A rule with its sides, so that no check has to find them again. Places are worked out for findings only, as nearly
 * every rule has none.
 */
export interface SidedRule {
  readonly rule: Rule;
  readonly sides: readonly Side[];
}

export type RuleCheck = (subject: SidedRule, context: RuleContext, report: Report) => void;

export interface Side {
  readonly side: "source" | "destination";
  readonly entity: EntityRule;
}

/** The sides that the rule says something about. */
export function sidesOf(rule: Rule): readonly Side[] {
  const sides: Side[] = [];
  for (const side of SIDES) {
    const entity = rule[side];
    if (entity !== undefined) sides.push({ side, entity });
  }
  return sides;
}

const SIDES = ["source", "destination"] as const;
