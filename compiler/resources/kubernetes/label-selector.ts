import { type Static, Type } from "@sinclair/typebox";
import type { Report } from "../../diagnostics/bag.ts";
import { at, type Origin } from "../../diagnostics/diagnostic.ts";
import { labelValueProblem, qualifiedNameProblem } from "../names.ts";
import { enumOf, stringMap, strings } from "../schema.ts";

export const labelSelectorSchema = Type.Object({
  matchLabels: Type.Optional(stringMap()),
  matchExpressions: Type.Optional(
    Type.Array(
      Type.Object({
        key: Type.String(),
        operator: enumOf(["In", "NotIn", "Exists", "DoesNotExist"]),
        values: Type.Optional(strings()),
      }),
    ),
  ),
});

export type LabelSelector = Static<typeof labelSelectorSchema>;
type Expression = NonNullable<LabelSelector["matchExpressions"]>[number];

/** In the text of every selector of pods: Kubernetes' pods, and nothing else, are meant. */
export const POD_TERM = "projectcalico.org/orchestrator == 'k8s'";

/**
 * A selector of pods as Calico text (`k8sSelectorToCalico`): the orchestrator, the labels by key, the expressions as
 * given. A missing selector selects like an empty one.
 */
export function podSelectorText(selector: LabelSelector | undefined): string {
  return [POD_TERM, ...terms(selector ?? {})].join(" && ");
}

/** A selector of namespaces; "" when absent, whereas an empty one selects all namespaces. */
export function namespaceSelectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return "";
  return terms(selector).join(" && ") || "all()";
}

function terms({ matchLabels = {}, matchExpressions = [] }: LabelSelector): readonly string[] {
  const labels = Object.keys(matchLabels)
    .sort()
    .map((key) => `${key} == '${matchLabels[key]}'`);
  return [...labels, ...matchExpressions.map(expressionTerm)];
}

function expressionTerm({ key, operator, values = [] }: Expression): string {
  const list = `{ ${values.map((value) => `'${value}'`).join(", ")} }`;
  switch (operator) {
    case "In":
      return `${key} in ${list}`;
    case "NotIn":
      return `${key} not in ${list}`;
    case "Exists":
      return `has(${key})`;
    case "DoesNotExist":
      return `! has(${key})`;
  }
}

/**
 * The rules of `ValidateLabelSelector`. They also guarantee that keys and values cannot end the quotes that they are
 * put in above.
 */
export function validateLabelSelector(
  selector: LabelSelector | undefined,
  origin: Origin,
  report: Report,
): void {
  for (const [key, value] of Object.entries(selector?.matchLabels ?? {})) {
    checkLabel("key", key, qualifiedNameProblem(key), at(origin, "matchLabels", key), report);
    checkLabel("value", value, labelValueProblem(value), at(origin, "matchLabels", key), report);
  }
  for (const [i, { key, operator, values = [] }] of (selector?.matchExpressions ?? []).entries()) {
    const here = at(origin, "matchExpressions", i);
    checkLabel("key", key, qualifiedNameProblem(key), at(here, "key"), report);
    const takesValues = operator === "In" || operator === "NotIn";
    if (takesValues !== values.length > 0) {
      const problem = takesValues ? "needs values" : "takes no values";
      report(
        "kubernetes/invalid-value",
        { what: "operator", value: operator, problem },
        at(here, "operator"),
      );
    }
    for (const [j, value] of values.entries()) {
      checkLabel("value", value, labelValueProblem(value), at(here, "values", j), report);
    }
  }
}

function checkLabel(
  part: "key" | "value",
  text: string,
  problem: string | undefined,
  origin: Origin,
  report: Report,
): void {
  if (problem === undefined) return;
  report("resource/invalid-label", { part, text, problem }, origin, { target: part });
}
