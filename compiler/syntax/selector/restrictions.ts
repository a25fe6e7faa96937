import type { SelectorNode } from "./ast.ts";
import { compareBytewise } from "./bytewise.ts";

/**
 * What a selector demands of one label, as far as an index can use it: every set of labels that matches fulfils it,
 * not every one that fulfils it matches.
 */
export interface LabelRestriction {
  readonly mustBePresent: boolean;
  readonly mustBeAbsent: boolean;
  /** Sorted bytewise; `undefined` = any value, empty = no value will do. */
  readonly mustHaveOneOf: readonly string[] | undefined;
}

/** By label name; labels on which nothing is demanded are missing. */
export type LabelRestrictions = ReadonlyMap<string, LabelRestriction>;

const NONE: LabelRestrictions = new Map();
const PRESENT: LabelRestriction = { mustBePresent: true, mustBeAbsent: false, mustHaveOneOf: undefined };
const ABSENT: LabelRestriction = { mustBePresent: false, mustBeAbsent: true, mustHaveOneOf: undefined };

/** Calico's `LabelRestrictions()`: an optimisation for indexes, sound but not complete. */
export function labelRestrictions(node: SelectorNode): LabelRestrictions {
  switch (node.kind) {
    case "has":
    case "contains":
    case "starts-with":
    case "ends-with":
      return new Map([[node.label, PRESENT]]);
    case "eq":
      return new Map([[node.label, { ...PRESENT, mustHaveOneOf: [node.value] }]]);
    case "in":
      return new Map([[node.label, { ...PRESENT, mustHaveOneOf: node.values }]]);
    case "not":
      return node.operand.kind === "has" ? new Map([[node.operand.label, ABSENT]]) : NONE;
    case "and":
      return restrictionsOfAll(node.operands);
    case "or":
      return restrictionsOfAny(node.operands);
    case "ne":
    case "not-in":
    case "all":
    case "global":
      return NONE;
  }
}

/** Whether no labels at all can fulfil the restrictions. */
export function isUnsatisfiable(restrictions: LabelRestrictions): boolean {
  for (const { mustBePresent, mustBeAbsent, mustHaveOneOf } of restrictions.values())
    if ((mustBePresent && mustBeAbsent) || mustHaveOneOf?.length === 0) return true;
  return false;
}

function restrictionsOfAll(operands: readonly SelectorNode[]): LabelRestrictions {
  const all = new Map<string, LabelRestriction>();
  for (const operand of operands)
    for (const [label, restriction] of labelRestrictions(operand)) {
      const before = all.get(label);
      all.set(label, before === undefined ? restriction : both(before, restriction));
    }
  return all;
}

function both(a: LabelRestriction, b: LabelRestriction): LabelRestriction {
  return {
    mustBePresent: a.mustBePresent || b.mustBePresent,
    mustBeAbsent: a.mustBeAbsent || b.mustBeAbsent,
    mustHaveOneOf: intersect(a.mustHaveOneOf, b.mustHaveOneOf),
  };
}

function intersect(a: readonly string[] | undefined, b: readonly string[] | undefined) {
  if (a === undefined || b === undefined) return a ?? b;
  const kept = new Set(b);
  return a.filter((value) => kept.has(value));
}

function restrictionsOfAny(operands: readonly SelectorNode[]): LabelRestrictions {
  const branches = operands.map(labelRestrictions);
  const any = new Map<string, LabelRestriction>();
  for (const label of branches[0]?.keys() ?? []) {
    const restriction = either(branches.map((branch) => branch.get(label)));
    if (restriction !== undefined) any.set(label, restriction);
  }
  return any;
}

/** What all branches demand of one label; `undefined` where that is nothing. */
function either(branches: readonly (LabelRestriction | undefined)[]): LabelRestriction | undefined {
  let mustBePresent = true;
  let mustBeAbsent = true;
  let values: Set<string> | undefined = new Set();
  for (const branch of branches) {
    if (branch === undefined) return undefined;
    mustBePresent &&= branch.mustBePresent;
    mustBeAbsent &&= branch.mustBeAbsent;
    if (branch.mustHaveOneOf === undefined) values = undefined;
    else for (const value of branch.mustHaveOneOf) values?.add(value);
  }
  if (!mustBePresent && !mustBeAbsent && values === undefined) return undefined;
  return { mustBePresent, mustBeAbsent, mustHaveOneOf: values && [...values].sort(compareBytewise) };
}
