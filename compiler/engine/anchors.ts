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
  return anchorsOfNode(root, MAX_NESTED_ALTERNATIVES);
}

/** Each further `||` inside an `&&` of an alternative has all below it looked at again; people nest one or two. */
const MAX_NESTED_ALTERNATIVES = 4;

function anchorsOfNode(node: SelectorNode, nesting: number): readonly Anchor[] | undefined {
  const restrictions = labelRestrictions(node);
  if (isUnsatisfiable(restrictions)) return undefined;
  const anchors: Anchor[] = [];
  for (const [label, { mustBePresent, mustHaveOneOf }] of restrictions)
    if (mustBePresent) anchors.push([{ label, values: mustHaveOneOf }]);
  for (const alternatives of nesting === 0 ? [] : alternativesIn(node)) {
    const anchor = anchorOfAny(alternatives, nesting - 1);
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
      return labelRestrictions(node).size > 0 ? [] : [node.operands.flatMap(flattened)];
    default:
      return [];
  }
}

/** Alternatives of an alternative are alternatives of the whole. */
function flattened(node: SelectorNode): readonly SelectorNode[] {
  return node.kind === "or" ? node.operands.flatMap(flattened) : [node];
}

/** One anchor of each alternative, taken together; `undefined` where an alternative has none. */
function anchorOfAny(alternatives: readonly SelectorNode[], nesting: number): Anchor | undefined {
  const tests: LabelTest[] = [];
  for (const alternative of alternatives) {
    const anchors = anchorsOfNode(alternative, nesting);
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
