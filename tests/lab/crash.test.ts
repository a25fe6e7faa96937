import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { cluster } from "./cluster.ts";
import { ended, missingForLab, TestLab } from "./test-lab.ts";

const RESOURCES = [
  cluster(
    [1, 2],
    [
      { name: "a", node: 1, host: 2 },
      { name: "b", node: 2, host: 2 },
    ],
  ),
];

const MORE_MOMENTS = [0, 20, 40, 90, 130, 180, 250, 320, 500, 700, 900, 1200].flatMap((after) =>
  ["trying", "making", "node n"].map((said) => [said, after] as const),
);

/** What `up` says, and how many milliseconds after it the kill comes. */
const MOMENTS: readonly (readonly [said: string, after: number])[] = [
  ["trying", 200],
  ["making", 60],
  ["making", 400],
  ["BGP", 0],
  // `LAB_CRASHES=all`: more of them.
  ...(process.env.LAB_CRASHES === "all" ? MORE_MOMENTS : []),
];

async function killedAt(up: ChildProcess, said: string, after: number): Promise<void> {
  const closed = once(up, "close");
  await new Promise<void>((resolve) => {
    let printed = "";
    up.stderr?.on("data", (data: Buffer) => {
      printed += data.toString();
      if (printed.includes(said)) resolve();
    });
    up.once("close", () => resolve());
  });
  await sleep(after);
  up.kill("SIGKILL");
  const [code, signal] = await closed;
  // One that had ended by itself would prove nothing.
  expect([code, signal]).toEqual([null, "SIGKILL"]);
}

describe.skipIf(missingForLab !== undefined)(
  `lab up, killed half way${missingForLab === undefined ? "" : ` (${missingForLab})`}`,
  () => {
    let lab: TestLab;
    afterEach(async () => lab.close());

    test.each(MOMENTS)(
      "at '%s' + %i ms: down leaves nothing",
      async (said, after) => {
        lab = await TestLab.create();
        await lab.write(RESOURCES);
        await killedAt(lab.startUp(), said, after);
        expect(await lab.run("down")).toMatchObject({ code: 0 });
        expect(lab.leftovers()).toEqual([]);
      },
      120_000,
    );

    test("a lab that is not there stays so, whatever is asked of it", async () => {
      lab = await TestLab.create();
      for (const verb of ["status", "probe"])
        expect(await lab.run(verb)).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("there is no lab"),
        });
      expect(await lab.run("down")).toMatchObject({ code: 0 });
      expect(lab.leftovers()).toEqual([]);
      expect(await lab.run("probe")).toMatchObject({ code: 1 });
      expect(lab.leftovers()).toEqual([]);
    }, 60_000);

    test("down removes what another version has made, and nothing else works with it", async () => {
      lab = await TestLab.create();
      await lab.up(RESOURCES);
      const file = join(lab.files.path, "lab.json");
      const record = JSON.parse(await readFile(file, "utf8")) as object;
      await writeFile(file, JSON.stringify({ ...record, format: 0 }));
      expect((await lab.run("status")).stderr).toContain("take it down first");
      expect(await lab.run("down")).toMatchObject({ code: 0 });
      expect(lab.leftovers()).toEqual([]);
    }, 120_000);

    test("up goes on from there, and probe refuses until it has", async () => {
      lab = await TestLab.create();
      await lab.write(RESOURCES);
      await killedAt(lab.startUp(), "making", 150);
      const early = await lab.run("probe");
      expect(early).toMatchObject({ code: 1 });
      expect(early.stderr).toContain("is not whole");
      expect(await ended(lab.startUp())).toMatchObject({ code: 0 });
      const { differences, probes } = await lab.probe();
      expect([differences, probes.length > 0]).toEqual([0, true]);
    }, 120_000);
  },
);
