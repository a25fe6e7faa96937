import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { detectFeatures } from "../../runtime/host/features.ts";
import { buildBinaries } from "../../scripts/build.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { ReachableHost, until } from "./reachable-host.ts";

const missing = missingForKernelTests([
  ...["ip", "bridge", "tc", "sysctl", "ipset", "nft", "flock", "setpriv", "conntrack"],
  "iptables-nft-restore",
]);

const LONG = 180_000;

describe.skipIf(missing !== undefined)(
  `connections that outlive a policy${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let directory = "";

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), "calicoctl-"));
      await buildBinaries(directory);
    }, LONG);
    afterAll(() => rm(directory, { recursive: true, force: true }));

    test(
      "are told, go on, and end with --cut",
      async () => {
        const features = await detectFeatures("nft");
        const host = await ReachableHost.create("nft", features, join(directory, "calicoctl.js"));
        try {
          const applied = await host.apply("open").ended;
          expect(applied).toMatchObject({ code: 0, stderr: "" });
          // What may begin is none of them.
          const talk = host.talk();
          await until("the connection talks", 30, () => talk.heard() > 3);
          expect(await host.apply("open", "--cut", "-o", "json").ended).toMatchObject({
            code: 0,
            stdout: expect.stringContaining('"connections": 0,'),
          });
          const closed = await host.apply("closed").ended;
          expect(closed).toMatchObject({ code: 0, stderr: "" });
          expect(closed.stdout).toContain(
            "\n1 connection may not begin any more and goes on; --cut ends such\n",
          );
          expect(await host.answers()).toBe(false);
          const before = talk.heard();
          await until("the connection goes on", 30, () => talk.heard() > before + 3);

          const cut = await host.apply("closed", "--cut").ended;
          expect(cut).toMatchObject({ code: 0, stderr: "" });
          expect(cut.stdout).toMatch(/^cut 1 connection that may not begin any more\nno change: /);
          await sleep(500);
          const last = talk.heard();
          await sleep(2000);
          expect(talk.heard()).toBe(last);
        } finally {
          await host.close();
        }
      },
      LONG,
    );
  },
);
