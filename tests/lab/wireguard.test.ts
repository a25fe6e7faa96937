import { existsSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { runTool } from "../../runtime/host/run.ts";
import { fixtureSteps } from "../fixtures.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { missingForLab, TestLab } from "./test-lab.ts";

const missing =
  missingForLab ??
  missingForKernelTests(["wg", "wireguard-go"]) ??
  (existsSync("/dev/net/tun") ? undefined : "needs /dev/net/tun");

/** Bytes that a node has had from its peers over WireGuard. */
async function received(lab: TestLab, node: string): Promise<number> {
  const { stdout } = await lab.exec(node, ["wg", "show", "wireguard.cali", "transfer"]);
  return stdout.split("\n").reduce((sum, line) => sum + Number(line.split("\t")[1] ?? 0), 0);
}

describe.skipIf(missing !== undefined)(
  `WireGuard in the lab${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let lab: TestLab;
    afterAll(async () => lab?.close());

    test("nodes with keys encrypt, and one without is not heard", async () => {
      lab = await TestLab.create();
      await lab.up(fixtureSteps().find(({ name }) => name === "wireguard")!.files);
      const before = await received(lab, "wg-2");
      const { probes, differences } = await lab.probe();
      expect(differences).toBe(0);
      expect(await received(lab, "wg-2")).toBeGreaterThan(before + 200);
      const noWays = new Set(probes.map(({ noWay }) => noWay));
      expect(noWays).toContain("plain-3 encrypts packets to 10.130.0.9, and wg-1 does not know its key");
      expect(noWays).toContain(
        "wg-2 encrypts packets to 10.130.0.9, and wg-1 takes none of 172.60.0.12 from it",
      );
    }, 120_000);

    test("keys and devices stay through up, and one that has died comes back with its key", async () => {
      const key = async () => (await lab.exec("wg-1", ["wg", "show", "wireguard.cali", "public-key"])).stdout;
      const own = await key();
      const again = await lab.run("up", ["-f", lab.resources]);
      expect(again).toMatchObject({ code: 0 });
      expect(again.stderr.match(/^node .*: no change$/gm)).toHaveLength(3);
      expect(
        await runTool("ip", ["-n", `${lab.name}-node-wg-1`, "link", "delete", "wireguard.cali"]),
      ).toMatchObject({ code: 0 });
      expect((await lab.probe()).differences).toBeGreaterThan(0);
      expect(await lab.run("up", ["-f", lab.resources])).toMatchObject({ code: 0 });
      expect(await key()).toBe(own);
      expect((await lab.probe()).differences).toBe(0);
    }, 120_000);

    test("down leaves nothing", async () => {
      expect(await lab.run("down")).toMatchObject({ code: 0 });
      expect(lab.leftovers()).toEqual([]);
    });
  },
);
