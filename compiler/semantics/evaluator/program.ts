import type { Direction, PolicyRule } from "../../ir/cluster-model.ts";
import type { Condition } from "../condition.ts";
import { type Header, holds, type Membership } from "../holds.ts";
import { type RuleHit, type Ruling, ruling } from "./verdict.ts";

/**
 * What one enforcement point decides about any packet: a decision tree over conditions. One packet is judged by
 * walking it (`judge`), all packets at once by turning it into a diagram. Parts may be shared.
 */
export type Program =
  | { readonly kind: "ruling"; readonly action: Ruling["action"]; readonly reason: Ruling["reason"] }
  | {
      readonly kind: "test";
      readonly when: Condition;
      readonly yes: Program;
      readonly no: Program;
    }
  /** The first rule that allows or denies decides; the first that passes leads to `pass`; else `end`. */
  | { readonly kind: "rules"; readonly list: RuleList; readonly pass: Program; readonly end: Program };

/** The rules of one policy or profile in one direction, for one IP version. */
export interface RuleList {
  readonly of: RuleHit["list"];
  readonly direction: Direction;
  readonly rules: readonly { readonly when: Condition; readonly rule: PolicyRule }[];
}

export function rule(action: Ruling["action"], reason: Ruling["reason"]): Program {
  return { kind: "ruling", action, reason };
}

/** No opinion, where nothing matched. */
export const NO_OPINION: Program = rule("continue", { kind: "no-rule-matched" });

export function test(when: Condition, yes: Program, no: Program): Program {
  return { kind: "test", when, yes, no };
}

/** What the program decides about one packet, and the rules that matched on the way without deciding. */
export function judge(program: Program, header: Header, isMember: Membership): Ruling {
  const trail: RuleHit[] = [];
  let at = program;
  for (;;) {
    switch (at.kind) {
      case "ruling":
        return ruling(at.action, at.reason, trail);
      case "test":
        at = holds(at.when, header, isMember) ? at.yes : at.no;
        break;
      case "rules": {
        const next = judgeList(at, header, isMember, trail);
        if (next.kind === "ruling") return ruling(next.action, next.reason, trail);
        at = next;
      }
    }
  }
}

/** The ruling of the list, or the program that comes after it. */
function judgeList(
  { list, pass, end }: Extract<Program, { kind: "rules" }>,
  header: Header,
  isMember: Membership,
  trail: RuleHit[],
): Program {
  for (const { when, rule: matched } of list.rules) {
    if (!holds(when, header, isMember)) continue;
    const hit: RuleHit = { list: list.of, rule: matched };
    const { action } = matched;
    if (action === "allow" || action === "deny") return rule(action, { kind: "rule", ...hit });
    trail.push(hit);
    if (action === "pass") return pass;
  }
  return end;
}
