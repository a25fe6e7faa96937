import type { Report } from "../../../diagnostics/bag.ts";
import type { Origin } from "../../../diagnostics/diagnostic.ts";
import type { Direction } from "../../../ir/cluster-model.ts";
import { at } from "../../kind.ts";
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
}

export type RuleCheck = (rule: Rule, context: RuleContext, report: Report) => void;

export interface Side {
  readonly side: "source" | "destination";
  readonly entity: EntityRule;
  readonly origin: Origin;
}

/** The sides that the rule says something about. */
export function sidesOf(rule: Rule, { origin }: RuleContext): readonly Side[] {
  return (["source", "destination"] as const).flatMap((side) => {
    const entity = rule[side];
    return entity === undefined ? [] : [{ side, entity, origin: at(origin, side) }];
  });
}
