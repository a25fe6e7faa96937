import { SelectorFolder } from "../../../../syntax/selector/folder.ts";
import { collector } from "../../../network/testing/read.ts";
import { checkRule } from "../check.ts";
import type { RuleContext } from "../context.ts";
import type { Rule } from "../schema.ts";

const ORIGIN = { file: "x", document: 0, path: [] };

export const INGRESS: RuleContext = {
  owner: "namespaced policy",
  namespace: "shop",
  direction: "ingress",
  origin: ORIGIN,
  selectors: new SelectorFolder(),
};
export const EGRESS: RuleContext = { ...INGRESS, direction: "egress" };
export const GLOBAL: RuleContext = { ...INGRESS, owner: "global policy", namespace: "" };
export const PROFILE: RuleContext = { ...GLOBAL, owner: "profile" };

/** What is found wrong with a rule, as `<code> <path>`, and how it is said. */
export function check(rule: Partial<Rule>, context = INGRESS) {
  const { report, findings, messages } = collector();
  checkRule({ action: "Allow", ...rule }, context, report);
  return { findings, messages };
}
