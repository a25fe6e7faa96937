import { afterAll, describe, expect, test } from "vitest";
import { fixtureSteps } from "../fixtures.ts";
import { ended, missingForLab, TestLab } from "./test-lab.ts";

/** In `npm test` the fixtures that differ most; `LAB_FIXTURES=all` runs every one, or name some, with commas. */
const CHOSEN = process.env.LAB_FIXTURES ?? "bgp-mesh,dual-stack-vxlan";

const steps = Map.groupBy(fixtureSteps(), ({ name }) => name.split("/")[0]!);
const chosen = [...steps].filter(([name]) => CHOSEN === "all" || CHOSEN.split(",").includes(name));

describe.skipIf(missingForLab !== undefined)(
  `in the lab, packets do what the resources say${missingForLab === undefined ? "" : ` (${missingForLab})`}`,
  () => {
    test("the fixtures chosen are there", () => {
      if (CHOSEN !== "all") expect(chosen.map(([name]) => name).sort()).toEqual(CHOSEN.split(",").sort());
      expect(chosen.length).toBeGreaterThan(0);
    });

    describe.each(chosen)("%s", (_, states) => {
      let lab: TestLab | undefined;
      afterAll(async () => {
        await lab?.close();
      });

      test.for(states)("$name", { timeout: 120_000 }, async ({ files }, { skip }) => {
        lab ??= await TestLab.create();
        await lab.write(files);
        const up = await ended(lab.startUp());
        const { probes, notTried } = await lab.probe();
        expect(probes.filter(({ expected, measured }) => expected !== measured)).toEqual([]);
        expect(up.code, up.stderr).toBe(notTried.length === 0 ? 0 : 1);
        // What could be tried is right; the rest was not tried, and does not count as passed.
        for (const { reason } of notTried) skip(`${notTried.length} connections not tried: ${reason}`);
        expect(probes.length).toBeGreaterThan(0);
      });

      test("down leaves nothing", async () => {
        expect(lab?.leftovers().length).toBeGreaterThan(0);
        expect(await lab?.run("down")).toMatchObject({ code: 0 });
        expect(lab?.leftovers()).toEqual([]);
      }, 30_000);
    });
  },
);
