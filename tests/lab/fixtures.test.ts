import { afterAll, describe, expect, test } from "vitest";
import { fixtureSteps } from "../fixtures.ts";
import { missingForLab, TestLab } from "./test-lab.ts";

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
        await lab.up(files);
        const { probes, cannotRun } = await lab.probe();
        expect(probes.filter(({ expected, measured }) => expected !== measured)).toEqual([]);
        if (cannotRun.length === 0) expect(probes.length).toBeGreaterThan(0);
        // What could be tried is right; the rest was not tried, and does not count as passed.
        for (const { end, reason } of cannotRun) skip(`cannot run here: ${end}: ${reason}`);
      });

      test("down leaves nothing", async () => {
        expect(lab?.leftovers().length).toBeGreaterThan(0);
        expect(await lab?.run("down")).toMatchObject({ code: 0 });
        expect(lab?.leftovers()).toEqual([]);
      }, 30_000);
    });
  },
);
