import type { Selector } from "../syntax/selector/ast.ts";
import { isUnsatisfiable, labelRestrictions } from "../syntax/selector/restrictions.ts";

/** A label that whatever the selector matches must have; with one of `values`, where they are given. */
export interface Anchor {
  readonly label: string;
  readonly values: readonly string[] | undefined;
}

/** Where an index may look for what the selector matches; `undefined` = it matches nothing. */
export function anchorsOf({ root }: Selector): readonly Anchor[] | undefined {
  const restrictions = labelRestrictions(root);
  if (isUnsatisfiable(restrictions)) return undefined;
  const anchors: Anchor[] = [];
  for (const [label, { mustBePresent, mustHaveOneOf }] of restrictions)
    if (mustBePresent) anchors.push({ label, values: mustHaveOneOf });
  return anchors;
}
