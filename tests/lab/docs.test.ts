import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { fixtureSteps, ROOT } from "../fixtures.ts";
import { missingForLab, TestLab } from "./test-lab.ts";

describe.skipIf(missingForLab !== undefined)(
  `docs/lab.md and README.md${missingForLab === undefined ? "" : ` (${missingForLab})`}`,
  () => {
    test("show the matrix that the quickstart gives, and node status tells of its session", async () => {
      const { files } = fixtureSteps().find(({ name }) => name === "quickstart/1")!;
      const lab = await TestLab.create();
      try {
        await lab.up(files);
        const { code, stdout } = await lab.run("probe");
        expect(code).toBe(0);
        for (const path of ["docs/lab.md", "README.md"])
          expect(readFileSync(join(ROOT, path), "utf8"), path).toContain(stdout);
        const status = [process.execPath, join(ROOT, "cli", "calicoctl.ts"), "node", "status"];
        const table = await lab.exec("node-1", status);
        expect(table.stdout).toMatch(
          /^\| 172\.16\.1\.12 {2}\| node-to-node mesh \| up {4}\| \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \| Established \|$/m,
        );
        expect(table.stdout).toContain("No IPv6 peers found.");
        const json = await lab.exec("node-1", [...status, "-o", "json"]);
        expect(JSON.parse(json.stdout)).toMatchObject({
          kind: "CalicoNodeStatus",
          status: {
            agent: { birdV4: { state: "Ready", routerID: "172.16.1.11" } },
            bgp: {
              numberEstablishedV4: 1,
              numberNotEstablishedV4: 0,
              peersV4: [{ peerIP: "172.16.1.12", type: "NodeMesh", state: "Established" }],
              peersV6: [],
            },
            routes: {
              routesV4: expect.arrayContaining([
                {
                  type: "FIB",
                  destination: "10.65.0.16/28",
                  gateway: "172.16.1.12",
                  interface: "eth0",
                  learnedFrom: { sourceType: "NodeMesh", peerIP: "172.16.1.12" },
                },
              ]),
            },
          },
        });
      } finally {
        await lab.close();
      }
    }, 120_000);
  },
);
