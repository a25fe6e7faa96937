import { afterAll, describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES, diffRib } from "../../compiler/index.ts";
import { fixtureSteps } from "../fixtures.ts";
import { stream, uptimes } from "./steadiness.ts";
import { missingForLab, TestLab } from "./test-lab.ts";

const STEPS = fixtureSteps()
  .filter(({ name }) => name.startsWith("mesh-to-reflectors/"))
  .map(({ files }) => ({
    files,
    compilation: compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" }),
  }));

describe.skipIf(missingForLab !== undefined)(
  `from the mesh to reflectors${missingForLab === undefined ? "" : ` (${missingForLab})`}`,
  () => {
    let lab: TestLab;
    afterAll(async () => lab?.close());

    test("no packet between workloads is lost, and no session ends but those that the plan names", async () => {
      lab = await TestLab.create();
      const [first, ...others] = STEPS;
      await lab.up(first!.files);
      const end = stream(`${lab.name}-pod-default.app-1`, "10.100.0.17");
      let before = first!;
      for (const step of others) {
        const old = uptimes(await lab.status());
        await lab.up(step.files);
        const now = uptimes(await lab.status());
        const changed = new Set(
          diffRib(before.compilation, step.compilation).speakers.flatMap(({ speaker, sessions }) =>
            sessions.map(({ session }) => `${speaker} ${session}`),
          ),
        );
        const untouched = [...old].filter(([session]) => !changed.has(session));
        expect(untouched.length).toBeGreaterThan(0);
        expect(untouched.filter(([session, since]) => now.get(session) !== since)).toEqual([]);
        before = step;
      }
      const { sent, lost } = await end();
      expect(sent).toBeGreaterThan(500);
      expect(lost).toBe(0);
    }, 120_000);
  },
);
