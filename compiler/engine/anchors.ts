import type { Selector, SelectorNode } from "../syntax/selector/ast.ts";
import { isUnsatisfiable, labelRestrictions } from "../syntax/selector/restrictions.ts";

/** A label, with one of `values` where they are given. */
export interface LabelTest {
  readonly label: string;
  readonly values: readonly string[] | undefined;
}

/** Whatever the selector matches passes at least one of the tests. */
export type Anchor = readonly LabelTest[];

/**
 * Where an index may look for what the selector matches: any one of the anchors will do, and with none of them there
 * it must look everywhere. `undefined` = it matches nothing.
 */
export function anchorsOf({ root }: Selector): readonly Anchor[] | undefined {
  return anchorsOfNode(root);
}

function anchorsOfNode(node: SelectorNode): readonly Anchor[] | undefined {
  const restrictions = labelRestrictions(node);
  if (isUnsatisfiable(restrictions)) return undefined;
  const anchors: Anchor[] = [];
  for (const [label, { mustBePresent, mustHaveOneOf }] of restrictions)
    if (mustBePresent) anchors.push([{ label, values: mustHaveOneOf }]);
  for (const alternatives of alternativesIn(node)) {
    const anchor = anchorOfAny(alternatives);
    if (anchor !== undefined) anchors.push(anchor);
  }
  return anchors;
}

/** The operands of each `||` that must hold; of one over a single label the restrictions say as much. */
function alternativesIn(node: SelectorNode): readonly (readonly SelectorNode[])[] {
  switch (node.kind) {
    case "and":
      return node.operands.flatMap(alternativesIn);
    case "or":
      return labelRestrictions(node).size > 0 ? [] : [node.operands];
    default:
      return [];
  }
}

/** One anchor of each alternative, taken together; `undefined` where an alternative has none. */
function anchorOfAny(alternatives: readonly SelectorNode[]): Anchor | undefined {
  const tests: LabelTest[] = [];
  for (const alternative of alternatives) {
    const anchors = anchorsOfNode(alternative);
    if (anchors === undefined) continue;
    const [first] = anchors;
    if (first === undefined) return undefined;
    tests.push(...(anchors.find(isExact) ?? first));
  }
  return tests;
}

/** One that asks for values leads to fewer than one that only asks for labels. */
function isExact(anchor: Anchor): boolean {
  return anchor.every(({ values }) => values !== undefined);
}
