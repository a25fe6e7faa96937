import { expect, test } from "vitest";
import { judge } from "./judge.ts";
import { sampleMutants } from "./sample.ts";
import { subjects } from "./subject.ts";

/** `MUTATION_SEED` and `MUTATION_RUNS` (mutants per node) are for long runs. */
const SEED = Number(process.env.MUTATION_SEED ?? 20261125);
const RUNS = Number(process.env.MUTATION_RUNS ?? 20);

test.each(subjects())(
  "$name: every mutant is read, or refused",
  (subject) => {
    const kinds = sampleMutants(subject, RUNS, SEED).map((mutant) => judge(subject, mutant).kind);
    expect(kinds.filter((kind) => kind !== "equal").length).toBeGreaterThan(RUNS / 5);
  },
  RUNS * 5_000,
);
