import type { Operator } from "../mutant.ts";
import type { RuleLine } from "../rule-line.ts";

/** One rule of a file, and what of its surroundings the operators need to change it into something plausible. */
export interface RuleSite {
  readonly rule: RuleLine;
  readonly version: 4 | 6;
  /** The chains of the table that rules can jump to, in their order. */
  readonly chains: readonly string[];
  /** Of this IP version, by name. */
  readonly sets: ReadonlyMap<string, { readonly withPorts: boolean }>;
  /** Every interface that the file names. */
  readonly interfaces: readonly string[];
}

/** Another rule in the place of one. */
export interface Replacement {
  readonly operator: Operator;
  readonly change: string;
  readonly rule: RuleLine;
}

/** The entry behind (or before) `value` in the list, around its end; `undefined` where there is no other. */
export function neighbourOf<T>(list: readonly T[], value: T, step: number): T | undefined {
  const at = list.indexOf(value);
  const next = list[(at + step + list.length) % list.length];
  return next === value ? undefined : next;
}
