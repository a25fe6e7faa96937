import type { Report } from "../../../diagnostics/bag.ts";
import { at, type Origin } from "../../../diagnostics/diagnostic.ts";
import type { FoldError, FoldField } from "../../../syntax/selector/fold.ts";
import { dnsSubdomainProblem } from "../../names.ts";
import type { RuleCheck, RuleContext, Side } from "./context.ts";
import type { EntityRule } from "./schema.ts";

/** R12, R13, and that every selector parses, on its own and with what Calico adds to it. */
export const checkSelectors: RuleCheck = ({ sides }, context, report) => {
  for (const side of sides) {
    checkGlobal(side, context, report);
    const names = checkServiceAccountNames(side, context, report);
    const folded = foldEntity(side.entity, context);
    if (folded.ok) checkNotSelector(side, context, report);
    else
      reportFoldErrors(
        folded.errors.filter(({ field }) => field !== "serviceAccounts.names" || names === "sound"),
        at(context.origin, side.side),
        report,
      );
  }
};

/** The peers of one side; folding fails on a selector that does not parse. */
export function foldEntity(entity: EntityRule, { namespace, selectors }: RuleContext) {
  const { selector, notSelector, namespaceSelector, serviceAccounts } = entity;
  return selectors.rule({
    policyNamespace: namespace,
    selector,
    notSelector,
    namespaceSelector,
    serviceAccounts,
  });
}

/** Calico tests for the text, so a quoted `global(` is refused as well. */
export function hasGlobal(text: string | undefined): boolean {
  return text?.includes("global(") ?? false;
}

export function reportMisplacedGlobal(field: FoldField, origin: Origin, report: Report): void {
  report("policy/global-misplaced", { field }, at(origin, field));
}

export function reportFoldErrors(errors: readonly FoldError[], origin: Origin, report: Report): void {
  for (const { field, reason, span } of errors)
    report(
      "selector/invalid",
      { reason },
      at(origin, ...field.split(".")),
      span === undefined ? {} : { span },
    );
}

function checkGlobal({ side, entity }: Side, { origin }: RuleContext, report: Report): void {
  const { selector, namespaceSelector = "" } = entity;
  if (hasGlobal(selector)) reportMisplacedGlobal("selector", at(origin, side), report);
  if (hasGlobal(namespaceSelector) && namespaceSelector.trim() !== "global()")
    report("policy/global-combined", {}, at(origin, side, "namespaceSelector"));
}

function checkServiceAccountNames(
  { side, entity }: Side,
  { origin }: RuleContext,
  report: Report,
): "sound" | "reported" {
  let result: "sound" | "reported" = "sound";
  entity.serviceAccounts?.names?.forEach((name, index) => {
    if (dnsSubdomainProblem(name) === undefined) return;
    report("policy/service-account-name", { name }, at(origin, side, "serviceAccounts", "names", index));
    result = "reported";
  });
  return result;
}

/** In a namespaced policy, any selector on a side drags in the namespace; of a negative one that is rarely meant. */
function checkNotSelector({ side, entity }: Side, { namespace, origin }: RuleContext, report: Report): void {
  const { selector, namespaceSelector, notSelector, serviceAccounts, services } = entity;
  const alone = !selector && !namespaceSelector && serviceAccounts === undefined && services === undefined;
  if (notSelector && namespace !== "" && alone)
    report("policy/not-selector-in-namespace", { namespace }, at(origin, side, "notSelector"));
}
