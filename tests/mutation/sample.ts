import { Draw } from "../kernel/generated-policies/draw.ts";
import { applyChange, type Mutant, type Operator } from "./mutant.ts";
import { changesOf, type FileChange } from "./mutate.ts";
import type { Subject } from "./subject.ts";

/** How many changes the operators know for the subject. */
export function countChanges({ artifacts }: Subject): number {
  return [...changesOf(artifacts)].length;
}

/**
 * Different mutants of the subject, drawn with the seed: operators take turns, so that those with few places are not
 * lost among those with many.
 */
export function sampleMutants({ artifacts }: Subject, count: number, seed: number): readonly Mutant[] {
  const draw = new Draw(seed);
  const byOperator = Map.groupBy(changesOf(artifacts), ({ change }) => change.operator);
  const waiting = new Map<Operator, FileChange[]>(byOperator);
  const mutants: Mutant[] = [];
  while (mutants.length < count && waiting.size > 0)
    for (const [operator, changes] of waiting) {
      if (mutants.length === count) break;
      const drawn = draw.from(changes)!;
      // The last takes the place of the one that was drawn: no order is promised.
      changes[changes.indexOf(drawn)] = changes.at(-1)!;
      changes.pop();
      if (changes.length === 0) waiting.delete(operator);
      mutants.push(applyChange(drawn.file, drawn.change));
    }
  return mutants;
}
