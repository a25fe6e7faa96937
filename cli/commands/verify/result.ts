import type { NodeTrace, Proof } from "../../../compiler/index.ts";

/** What became of the proof for one node. */
export type NodeResult =
  | {
      readonly kind: "proven";
      readonly node: string;
      /** IP versions. */
      readonly versions: readonly number[];
      readonly figures: Pick<Proof["figures"], "routes" | "sets">;
      readonly milliseconds: number;
    }
  | {
      readonly kind: "not-proven";
      readonly node: string;
      readonly counterexample: TracedCounterexample | undefined;
      readonly deviations: Proof["deviations"];
    }
  /** Something in the files has no meaning that is known. */
  | { readonly kind: "unreadable"; readonly node: string; readonly reason: string }
  | { readonly kind: "not-covered"; readonly node: string; readonly what: string }
  /** The resources are in error, so there is nothing to compare. */
  | { readonly kind: "has-errors"; readonly node: string };

/** A packet with which the files do something else than the resources say. */
export interface TracedCounterexample {
  readonly resourcesSay: NonNullable<Proof["counterexample"]>["resourcesSay"];
  readonly filesSay: NonNullable<Proof["counterexample"]>["textSays"];
  readonly trace: NodeTrace;
}

/** 0: all is proven; 1: the resources have errors; 2: something is not proven. */
export function exitCodeOf(results: readonly NodeResult[]): 0 | 1 | 2 {
  // A proof about no node would be one about nothing.
  if (results.length === 0 || results.some(({ kind }) => kind === "has-errors")) return 1;
  return results.every(({ kind }) => kind === "proven") ? 0 : 2;
}
