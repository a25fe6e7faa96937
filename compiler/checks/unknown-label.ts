import { at, type Origin } from "../diagnostics/diagnostic.ts";
import { closest } from "../diagnostics/suggest.ts";
import type { ClusterModel, Policy } from "../ir/cluster-model.ts";
import type { Selector, SelectorNode } from "../syntax/selector/ast.ts";
import type { Check } from "./check.ts";
import { policyName } from "./policy-name.ts";

interface LabelUse {
  readonly label: string;
  readonly policy: string;
  readonly origin: Origin;
}

/** Of labels that are compared: where so many are unknown they are no slips, and to compare them all takes minutes. */
const MOST_PAIRS = 250_000;

/**
 * A selector that needs a label which nothing has selects nothing. Labels come and go with pods, so only those are told
 * that look like a slip of the pen: one that is there is spelt nearly so. One finding for each label, at the first policy.
 */
export const unknownLabel: Check = (model, report) => {
  const uses = Map.groupBy(labelUses(model), ({ label }) => label);
  const unknown = new Set(uses.keys());
  const there = new Set<string>();
  for (const labels of allLabels(model)) {
    // Mostly all are met soon.
    if (unknown.size === 0) return;
    for (const label in labels) {
      there.add(label);
      unknown.delete(label);
    }
  }
  if (unknown.size * there.size > MOST_PAIRS) return;
  // Of those with the same prefix: `kubernetes.io/os` and `kubernetes.io/arch` are alike only at a glance.
  const alike = Map.groupBy([...there].map(partsOf), ({ owner, prefix }) => owner + prefix);
  for (const label of [...unknown].sort()) {
    const { owner, prefix, name } = partsOf(label);
    const names = alike.get(owner + prefix)?.map((other) => other.name) ?? [];
    const meant = closest(name, names);
    const [first, ...others] = uses.get(label)?.sort((a, b) => (a.policy < b.policy ? -1 : 1)) ?? [];
    if (meant === undefined || first === undefined) continue;
    const policies = new Set(others.map(({ policy }) => policy));
    policies.delete(first.policy);
    const words = { label: `${prefix}${name}`, whose: OWNERS[owner], suggestion: `${prefix}${meant}` };
    report("check/unknown-label", { ...words, policy: first.policy, others: policies.size }, first.origin);
  }
};

/** By what labels of namespaces and of service accounts have before their own in selectors. */
const OWNERS = {
  "": "endpoint and no network set",
  "pcns.": "namespace",
  "pcsa.": "service account",
} as const;

interface LabelParts {
  readonly owner: keyof typeof OWNERS;
  /** With its slash; "" for most. */
  readonly prefix: string;
  readonly name: string;
}

function partsOf(label: string): LabelParts {
  const owner = (["pcns.", "pcsa."] as const).find((start) => label.startsWith(start)) ?? "";
  const own = label.slice(owner.length);
  const slash = own.lastIndexOf("/") + 1;
  return { owner, prefix: own.slice(0, slash), name: own.slice(slash) };
}

function* labelUses(model: ClusterModel): Iterable<LabelUse> {
  for (const policy of model.all("policy").values())
    for (const { selector, origin } of selectorsOf(policy))
      for (const label of needed(selector.root, true)) yield { label, policy: policyName(policy), origin };
}

function* selectorsOf({
  selector,
  origin,
  ingress,
  egress,
}: Policy): Iterable<{ readonly selector: Selector; readonly origin: Origin }> {
  yield { selector, origin: at(origin, "spec", "selector") };
  for (const rule of [...ingress, ...egress])
    for (const side of ["source", "destination"] as const) {
      const match = rule[side];
      if (match.selector !== undefined)
        yield { selector: match.selector, origin: at(rule.origin, side, "selector") };
    }
}

/** The labels that something must have for the node to be `wanted`. */
function* needed(node: SelectorNode, wanted: boolean): Iterable<string> {
  switch (node.kind) {
    case "all":
    case "global":
      return;
    case "not":
      yield* needed(node.operand, !wanted);
      return;
    case "and":
    case "or":
      for (const operand of node.operands) yield* needed(operand, wanted);
      return;
    case "ne":
    case "not-in":
      if (!wanted) yield node.label;
      return;
    default:
      if (wanted) yield node.label;
  }
}

function* allLabels(model: ClusterModel): Iterable<Readonly<Record<string, string>>> {
  // First those that many share.
  for (const { labelsToApply } of model.all("profile").values()) yield labelsToApply;
  for (const kind of ["network-set", "host-endpoint", "workload-endpoint"] as const)
    for (const { labels } of model.all(kind).values()) yield labels;
}
