import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { speakersOf } from "../../compiler/rib.ts";
import { predictRibs } from "../../compiler/semantics/rib/predict.ts";
import { fixtureSteps } from "../fixtures.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { compareWithBird } from "./compare.ts";

const missing = missingForKernelTests(["ip", "bird", "birdc"]);

describe.skipIf(missing !== undefined)(
  `BIRD's tables are those that were predicted${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test.concurrent.each(fixtureSteps())("$name", { timeout: 90_000 }, async ({ files }) => {
      const compilation = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
      const speakers = speakersOf(compilation);
      const prediction = predictRibs(speakers);
      expect(prediction.outcome).toBe("one");
      const { predicted, measured } = await compareWithBird(speakers, prediction);
      expect(measured).toEqual(predicted);
    });
  },
);
