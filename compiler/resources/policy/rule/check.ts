import type { Report } from "../../../diagnostics/bag.ts";
import { at } from "../../../diagnostics/diagnostic.ts";
import { checkAnnotations } from "../../labels.ts";
import { type RuleCheck, type RuleContext, type SidedRule, sidesOf } from "./context.ts";
import { checkHttp } from "./http-checks.ts";
import { checkNetworks } from "./network-checks.ts";
import { checkProtocols } from "./protocol-checks.ts";
import type { Rule } from "./schema.ts";
import { checkSelectors } from "./selector-checks.ts";
import { checkServices } from "./service-checks.ts";

/** Everything about a rule but its selectors, which lowering parses anyway. */
const FIELD_CHECKS: readonly RuleCheck[] = [
  checkProtocols,
  checkNetworks,
  checkServices,
  checkHttp,
  checkRuleAnnotations,
];

/** R1–R27 of resources.md §2.4 (in `codes/policy/rule.ts` by their messages), and what the host adds. */
export function checkRule(rule: Rule, context: RuleContext, report: Report): void {
  const subject = checkRuleFields(rule, context, report);
  checkSelectors(subject, context, report);
  if (context.owner === "profile" && rule.action === "Pass")
    report("policy/pass-in-profile", {}, at(context.origin, "action"));
}

/** Returns what it has looked at. */
export function checkRuleFields(rule: Rule, context: RuleContext, report: Report): SidedRule {
  const subject = { rule, sides: sidesOf(rule) };
  for (const check of FIELD_CHECKS) check(subject, context, report);
  return subject;
}

function checkRuleAnnotations({ rule }: SidedRule, { origin }: RuleContext, report: Report): void {
  const annotations = rule.metadata?.annotations;
  if (annotations !== undefined)
    checkAnnotations(annotations, () => at(origin, "metadata", "annotations"), report);
}
