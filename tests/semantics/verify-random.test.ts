import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type Compilation,
  compile,
  DEFAULT_FEATURES,
  type NodeCompilation,
  type SourceFile,
} from "../../compiler/index.ts";
import type { Proof } from "../../compiler/semantics/verify/verify.ts";
import { verifyFiles } from "../../compiler/verify.ts";
import { REVISIONS } from "../kernel/cases/index.ts";
import { sourceFiles } from "../kernel/generated-policies/inventory.ts";
import { anyCase } from "../kernel/generated-policies/policies.ts";
import { filesOf } from "../kernel/truth-tables/case.ts";
import { CASES } from "../kernel/truth-tables/cases/index.ts";
import { widerCase } from "./wider-cases.ts";

/** `VERIFY_SEED` and `VERIFY_RUNS` (clusters) are for long runs. */
const SEED = Number(process.env.VERIFY_SEED ?? 20261125);
const RUNS = Number(process.env.VERIFY_RUNS ?? 60);
const LIMIT_MS = 30_000 + 2_000 * RUNS;

/** The proofs of all nodes that were compiled for. */
function prove(files: readonly SourceFile[]): readonly Proof[] {
  const { diagnostics, model, nodes } = compile(files, {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
  });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return nodes.map((compiled) => proofOf(model, compiled));
}

/** Of a node without errors; fails with the counterexample where there is one. */
function proofOf(model: Compilation["model"], { node, ir, artifacts }: NodeCompilation): Proof {
  const proof = verifyFiles(model, ir, artifacts!);
  expect({ node, ...proof }).toMatchObject({ counterexample: undefined, deviations: [], isEqual: true });
  return proof;
}

/** What has been proven, for the log. */
class Tally {
  #nodes = 0;
  #routes = 0;
  #secondLooks = 0;
  #fullLooks = 0;

  add(proofs: readonly Proof[]): void {
    this.#nodes += proofs.length;
    for (const { figures } of proofs) {
      this.#routes += figures.routes;
      this.#secondLooks += figures.secondLooks;
      this.#fullLooks += figures.fullLooks;
    }
  }

  print(what: string): void {
    const looks = `${this.#secondLooks} looked at twice, ${this.#fullLooks} in full`;
    process.stdout.write(`${what}: ${this.#nodes} nodes, ${this.#routes} routes proven, ${looks}\n`);
  }
}

test(
  "whatever the resources, the files do what they say",
  () => {
    const tally = new Tally();
    fc.assert(
      fc.property(anyCase, ({ resources }) => tally.add(prove(sourceFiles(resources)))),
      { seed: SEED, numRuns: RUNS },
    );
    tally.print(`${RUNS} random clusters, seed ${SEED}`);
  },
  LIMIT_MS,
);

test(
  "whatever else is on the node",
  () => {
    const tally = new Tally();
    fc.assert(
      fc.property(anyCase, widerCase, ({ resources }, wider) =>
        tally.add(prove(sourceFiles([...resources, ...wider]))),
      ),
      { seed: SEED, numRuns: RUNS },
    );
    tally.print(`${RUNS} random clusters with more on the node, seed ${SEED}`);
  },
  LIMIT_MS,
);

describe("the files do what the resources of a test with packets say", () => {
  test(`in ${CASES.length} truth tables`, () => {
    const tally = new Tally();
    for (const example of CASES) {
      const proofs = prove(filesOf(example));
      expect(proofs.length, example.name).toBeGreaterThan(0);
      tally.add(proofs);
    }
    tally.print(`${CASES.length} truth tables`);
  }, 120_000);

  test(`in ${REVISIONS.length} revisions of the sheets' cases`, () => {
    const tally = new Tally();
    for (const { resources, title } of REVISIONS) {
      const proofs = prove(resources);
      expect(proofs.length, title).toBeGreaterThan(0);
      tally.add(proofs);
    }
    tally.print(`${REVISIONS.length} revisions of the sheets' cases`);
  }, 120_000);
});
