import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { speakersOf } from "../../compiler/rib.ts";
import { type Prediction, predictRibs } from "../../compiler/semantics/rib/predict.ts";
import type { Speaker } from "../../compiler/semantics/rib/speaker.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { compareWithBird } from "./compare.ts";
import { randomTopology } from "./random-topology.ts";

const missing = missingForKernelTests(["ip", "bird", "birdc"]);

/** The long run: `RIB_TOPOLOGIES=1000 RIB_SEED=7 vitest run tests/rib/random.test.ts`. */
const COUNT = Number(process.env.RIB_TOPOLOGIES ?? 30);
const SEED = Number(process.env.RIB_SEED ?? 20261126);
/** BIRD mostly waits, so that several topologies share the machine well. */
const AT_ONCE = 6;

interface Case {
  readonly name: string;
  readonly speakers: readonly Speaker[];
  readonly prediction: Prediction;
}

/** The topologies from the seed on that compile and have one outcome. */
function cases(): { readonly all: readonly Case[]; readonly refused: number; readonly unsure: number } {
  const all: Case[] = [];
  let refused = 0;
  let unsure = 0;
  for (let seed = SEED; all.length < COUNT; seed++) {
    const { style, files, routers } = randomTopology(seed);
    const compilation = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
    if (compilation.diagnostics.some(({ severity }) => severity === "error")) {
      refused++;
      continue;
    }
    const speakers = speakersOf(compilation, { routers });
    const prediction = predictRibs(speakers);
    if (prediction.outcome === "one") all.push({ name: `${style} ${seed}`, speakers, prediction });
    else unsure++;
  }
  return { all, refused, unsure };
}

describe.skipIf(missing !== undefined)(
  `BIRD's tables of random topologies are those that were predicted${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test(`${COUNT} topologies`, { timeout: 60_000 + COUNT * 20_000 }, async () => {
      const { all, refused, unsure } = cases();
      const wrong: { readonly name: string; readonly predicted: unknown; readonly measured: unknown }[] = [];
      let routes = 0;
      let sessions = 0;
      let undecided = 0;
      const waiting = [...all];
      const worker = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const { predicted, measured } = await compareWithBird(next.speakers, next.prediction);
          if (JSON.stringify(predicted) !== JSON.stringify(measured))
            wrong.push({ name: next.name, predicted, measured });
          const prefixes = next.prediction.ribs.flatMap((rib) => rib.prefixes);
          routes += prefixes.reduce((sum, prefix) => sum + prefix.routes.length, 0);
          undecided += prefixes.filter((prefix) => prefix.undecided).length;
          sessions += next.prediction.sessions.filter(({ down }) => down === undefined).length / 2;
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      process.stdout.write(
        `${all.length} topologies from seed ${SEED}: ${sessions} sessions, ${routes} routes, ${undecided} prefixes decided by age; ${refused} more did not compile, ${unsure} have several outcomes or none; ${wrong.length} differ${wrong.map(({ name }) => `, ${name}`).join("")}\n`,
      );
      for (const { name, predicted, measured } of wrong.slice(0, 3))
        expect.soft(measured, name).toEqual(predicted);
      expect(wrong).toHaveLength(0);
    });
  },
);
