import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES, diffRib } from "../../compiler/index.ts";
import { speakersOf } from "../../compiler/rib.ts";
import { predictRibs } from "../../compiler/semantics/rib/predict.ts";
import { fixtureSteps } from "../fixtures.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { passwordsOf, watch } from "./compare.ts";
import { Fabric } from "./fabric.ts";
import { sinceWhen } from "./read-birdc.ts";

const missing = missingForKernelTests(["ip", "bird", "birdc"]);

/** `<speaker> <session>` with the time of its last change of state. */
async function sessionsOf(fabric: Fabric, speakers: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const all = await Promise.all(
    speakers.map(async (speaker) => {
      const since = sinceWhen(await fabric.birdc(speaker, "show", "protocols"));
      return [...since].map(([session, when]): [string, string] => [`${speaker} ${session}`, when]);
    }),
  );
  return new Map(all.flat());
}

describe.skipIf(missing !== undefined)(
  `BIRD restarts the sessions that were predicted, and no others${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test("from the mesh to reflectors, step by step", { timeout: 180_000 }, async () => {
      const states = fixtureSteps()
        .filter(({ name }) => name.startsWith("mesh-to-reflectors/"))
        .map(({ files }) => compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" }));
      expect(states).toHaveLength(3);
      const speakers = states.map((state) => speakersOf(state));
      const names = speakers[0]!.map(({ name }) => name);
      const fabric = await Fabric.start(speakers[0]!, passwordsOf(speakers.flat()));
      try {
        const first = await watch(fabric, predictRibs(speakers[0]!));
        expect(first.measured).toEqual(first.predicted);
        for (let step = 1; step < states.length; step++) {
          const before = await sessionsOf(fabric, names);
          await fabric.reconfigure(speakers[step]!);
          const { measured, predicted } = await watch(fabric, predictRibs(speakers[step]!));
          expect(measured).toEqual(predicted);
          const after = await sessionsOf(fabric, names);
          const kept = [...before]
            .filter(([session, since]) => after.get(session) === since)
            .map(([session]) => session);
          const diff = diffRib(states[step - 1]!, states[step]!);
          const changed = new Set(
            diff.speakers.flatMap(({ speaker, sessions }) =>
              sessions.map(({ session }) => `${speaker} ${session}`),
            ),
          );
          expect(kept.sort()).toEqual([...before.keys()].filter((session) => !changed.has(session)).sort());
          expect(kept.length).toBeGreaterThan(0);
        }
      } finally {
        await fabric.stop();
      }
    });
  },
);
