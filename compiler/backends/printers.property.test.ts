import fc from "fast-check";
import { expect, test } from "vitest";
import { DEFAULT_FEATURES } from "../dataplane/features.ts";
import { Engine } from "../engine/engine.ts";
import { history } from "../engine/testing/cluster.ts";
import type { NodeIr } from "../ir/node-ir.ts";
import type { Artifact, Printer } from "./backend.ts";
import { createPrinters } from "./index.ts";

const SEED = Number(process.env.ENGINE_SEED ?? 4711);
const RUNS = Number(process.env.ENGINE_RUNS ?? 60);
const NODES = ["n1", "n2", "n3"];

function artifacts(printers: readonly Printer[], ir: NodeIr): readonly Artifact[] {
  return printers.flatMap((print) => print(ir, { features: DEFAULT_FEATURES, report: () => {} }));
}

test(
  "printers that have printed other nodes and earlier states print what fresh ones do",
  () => {
    fc.assert(
      fc.property(history(6), (batches) => {
        const engine = new Engine();
        const printers = createPrinters();
        for (const batch of batches) {
          engine.update(batch);
          for (const node of NODES) {
            const ir = engine.nodeIr(node);
            expect(artifacts(printers, ir)).toEqual(artifacts(createPrinters(), ir));
          }
        }
      }),
      { seed: SEED, numRuns: RUNS },
    );
  },
  30_000 + 500 * RUNS,
);
