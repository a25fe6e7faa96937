import { afterAll, describe, expect, test } from "vitest";
import { PacketChoice } from "./choose-packets.ts";
import { changedBy, faultOf } from "./concrete.ts";
import { judge } from "./judge.ts";
import { describeMutant, type Mutant } from "./mutant.ts";
import { Files, Resources } from "./readings.ts";
import { Reasons } from "./reasons.ts";
import { sampleMutants } from "./sample.ts";
import { RUNS, SEED, SHEET_RUNS } from "./settings.ts";
import { type Subject, subjects } from "./subject.ts";
import { Tally } from "./tally.ts";

const PACKETS_DRAWN = 500;
/** Short runs take one of so many nodes of the sheets. */
const SHEET_SHARE = process.env.MUTATION_RUNS === undefined ? 6 : 1;
const nodes = subjects().filter(({ isOfSheet }, index) => !isOfSheet || index % SHEET_SHARE === 0);

/** Judges mutants of one subject, and whether each judgement stands by itself; returns those that do not. */
class Run {
  readonly #subject: Subject;
  readonly #resources: Resources;
  readonly #unchanged: Files;
  readonly #choice: PacketChoice;
  readonly #reasons: Reasons;
  readonly #tally: Tally;

  constructor(subject: Subject, tally: Tally) {
    this.#subject = subject;
    this.#resources = new Resources(subject);
    this.#unchanged = new Files(subject, this.#resources);
    this.#choice = new PacketChoice(subject, this.#unchanged, SEED, PACKETS_DRAWN);
    this.#reasons = new Reasons(subject);
    this.#tally = tally;
  }

  faultOf(mutant: Mutant): string | undefined {
    const judgement = judge(this.#subject, mutant);
    this.#tally.count(mutant.operator, judgement.kind);
    if (judgement.kind === "counterexample")
      return faultOf(this.#subject, this.#resources, mutant, judgement.counterexample);
    if (judgement.kind !== "equal") return undefined;
    this.#tally.survived(this.#reasons.reasonOf(mutant), `${this.#subject.name} ${describeMutant(mutant)}`);
    const changed = new Files(this.#subject, this.#resources, mutant);
    const packets = changedBy(mutant, this.#choice, this.#unchanged, changed);
    return packets.length === 0 ? undefined : `said equal, but ${packets.length} packets end otherwise`;
  }
}

describe("verification is right about every mutant of the emitted rules", () => {
  const tally = new Tally();
  afterAll(() => {
    process.stdout.write(
      tally.report(
        `verify, ${RUNS} of each fixture's node, ${SHEET_RUNS} of each of the sheets', seed ${SEED}`,
      ),
    );
  });

  test.each(nodes)(
    "$name",
    (subject) => {
      const run = new Run(subject, tally);
      const runs = subject.isOfSheet ? SHEET_RUNS : RUNS;
      const mutants = sampleMutants(subject, runs, SEED);
      const faults = mutants.flatMap((mutant) => {
        const fault = run.faultOf(mutant);
        return fault === undefined ? [] : [`${describeMutant(mutant)}: ${fault}`];
      });
      expect(mutants.length).toBe(runs);
      expect(faults).toEqual([]);
    },
    30_000 + RUNS * 5_000,
  );
});
