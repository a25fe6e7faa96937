import { Draw } from "../draw.ts";
import { applyChange, type Mutant, type Operator } from "./mutant.ts";
import { changesOf, type FileChange } from "./mutate.ts";
import type { Subject } from "./subject.ts";

/**
 * Different mutants of the subject, drawn with the seed and its name: first the operator, so that those with few
 * places are not lost among those with many.
 */
export function sampleMutants({ artifacts, name }: Subject, count: number, seed: number): readonly Mutant[] {
  const draw = new Draw(seedFor(name, seed));
  const waiting = new Map<Operator, FileChange[]>(
    Map.groupBy(changesOf(artifacts), ({ change }) => change.operator),
  );
  const mutants: Mutant[] = [];
  while (mutants.length < count && waiting.size > 0) {
    const [operator, changes] = draw.from([...waiting])!;
    const drawn = draw.from(changes)!;
    // The last takes the place of the one that was drawn: no order is promised.
    changes[changes.indexOf(drawn)] = changes.at(-1)!;
    changes.pop();
    if (changes.length === 0) waiting.delete(operator);
    mutants.push(applyChange(drawn.file, drawn.change));
  }
  return mutants;
}

/** Nodes that look alike are not mutated alike. */
function seedFor(name: string, seed: number): number {
  return [...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed);
}
