import { UnreadableText } from "../../compiler/semantics/simulator/program.ts";
import type { Deviation } from "../../compiler/semantics/verify/contents.ts";
import type { Counterexample } from "../../compiler/semantics/verify/verify.ts";
import { verifyFiles } from "../../compiler/verify.ts";
import { type Mutant, withMutant } from "./mutant.ts";
import type { Subject } from "./subject.ts";

/** What verification says of a mutant. All but `equal` catch it. */
export type Judgement =
  | { readonly kind: "equal" }
  | { readonly kind: "unreadable"; readonly message: string }
  | { readonly kind: "counterexample"; readonly counterexample: Counterexample }
  | { readonly kind: "deviation"; readonly deviations: readonly Deviation[] };

/** Any other exception is a fault of verification, and not caught here. */
export function judge({ model, ir, artifacts }: Subject, mutant: Mutant): Judgement {
  try {
    const { counterexample, deviations, isEqual } = verifyFiles(model, ir, withMutant(artifacts, mutant));
    if (counterexample !== undefined) return { kind: "counterexample", counterexample };
    return isEqual ? { kind: "equal" } : { kind: "deviation", deviations };
  } catch (error) {
    if (error instanceof UnreadableText) return { kind: "unreadable", message: error.message };
    throw error;
  }
}
