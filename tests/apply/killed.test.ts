import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { DEFAULT_OWNERSHIP } from "../../compiler/index.ts";
import { apply } from "../../runtime/apply/apply.ts";
import { observe } from "../../runtime/apply/observe.ts";
import { type Recovery, recover } from "../../runtime/apply/recover.ts";
import { printBundle } from "../../runtime/apply/state.ts";
import type { ApplyTarget, BirdPlace } from "../../runtime/apply/target.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import type { Host } from "../../runtime/host/host.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import type { ApplierOrder, DeathMoment } from "./applier.ts";
import { addForeign } from "./foreign.ts";
import { linuxHost } from "./hosts.ts";
import { compileTarget, edit, fixtureFiles } from "./plans.ts";

/** How many deaths to try for each variant, spread over all; `APPLY_KILLS=1000` tries each one. */
const KILLS = Number(process.env.APPLY_KILLS ?? 5);
const APPLIER = fileURLToPath(new URL("./applier.ts", import.meta.url));
const MOMENTS: readonly DeathMoment[] = ["before", "during", "after"];
const missing = missingForKernelTests([
  ...["ip", "ipset", "nft", "flock", "setpriv", "sysctl", "bridge"],
  ...["iptables-nft-restore", "iptables-legacy-restore"],
]);

type Linux = Awaited<ReturnType<typeof linuxHost>>;

/** Runs the applier in a process of its own; what it printed, "" when it died. */
async function runApplier(
  { space, directory }: Linux,
  variant: "nft" | "legacy",
  target: ApplyTarget,
  death?: ApplierOrder["death"],
): Promise<{ readonly printed: string; readonly signal: string | null }> {
  const order: ApplierOrder = {
    host: { iptablesVariant: variant, netns: space.name, stateDirectory: `${directory}/state` },
    target,
    options: { acceptWindow: true, bird: birdOf(directory) },
    ...(death === undefined ? {} : { death }),
  };
  const path = `${directory}/order.json`;
  await writeFile(path, JSON.stringify(order));
  const child = spawn(process.execPath, [APPLIER, path], { stdio: ["ignore", "pipe", "inherit"] });
  const [printed, [, signal]] = await Promise.all([
    text(child.stdout),
    once(child, "exit") as Promise<[number | null, string | null]>,
  ]);
  return { printed: printed.trim(), signal };
}

/** On a busy machine the lock of the dead is not free at once. */
async function recoverSoon(host: Host): Promise<Recovery> {
  for (let patience = 50; ; patience--) {
    try {
      return await recover(host);
    } catch (cause) {
      if (patience === 0 || !String(cause).includes("Another process")) throw cause;
    }
  }
}

/** Not the machine's own: other tests, and a real daemon, may use that one. */
function birdOf(directory: string): BirdPlace {
  return { config: `${directory}/bird.conf` };
}

async function ours(
  { host, directory }: Linux,
  { ownership = DEFAULT_OWNERSHIP, node }: ApplyTarget,
): Promise<string> {
  return JSON.stringify(printBundle(await observe(host, ownership, birdOf(directory)), node));
}

describe.skipIf(missing !== undefined)(
  `an applier that is killed with a signal${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test.each(["nft", "legacy"] as const)(
      "leaves what the next start brings to the old state or to the new one: %s",
      async (variant) => {
        const features = await detectFeatures(variant);
        const files = fixtureFiles("bare-metal");
        const from = compileTarget(files, "db-1", features);
        const to = compileTarget(edit(files, "10.9.0.0/16", "10.9.128.0/17"), "db-1", features);
        const linux = await linuxHost(variant);
        const { host } = linux;
        try {
          await linux.addDevice("eth0");
          await linux.space.run("ip", ["addr", "add", "10.0.0.1/24", "dev", "eth0"]);
          await addForeign(host);
          await apply(host, from, { acceptWindow: true, bird: birdOf(linux.directory) });
          const old = await ours(linux, from);
          const { printed } = await runApplier(linux, variant, to);
          const fresh = await ours(linux, to);
          expect(fresh).not.toBe(old);
          const calls = Number(printed);
          expect(calls).toBeGreaterThan(6);
          const deaths = Array.from({ length: calls }, (_, call) =>
            MOMENTS.map((moment) => ({ call, moment })),
          ).flat();
          const step = Math.max(1, deaths.length / KILLS);
          const chosen = Array.from(
            { length: Math.min(KILLS, deaths.length) },
            (_, i) => deaths[Math.floor(i * step)],
          );
          const seen = new Map<string, number>();
          for (const death of chosen) {
            if (death === undefined) continue;
            const what = JSON.stringify(death);
            await apply(host, from, { acceptWindow: true, bird: birdOf(linux.directory) });
            expect((await runApplier(linux, variant, to, death)).signal, what).toBe("SIGKILL");
            const found = await recoverSoon(host);
            const state = await ours(linux, from);
            expect([old, fresh], what).toContain(state);
            expect(await recover(host), what).toBe("nothing to do");
            const outcome = `${found}, ${state === old ? "old" : "new"}`;
            expect(outcome, what).toMatch(/nothing to do|went back, old|went on, new/);
            seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
          }
          process.stdout.write(
            `${variant}: ${chosen.length} of ${deaths.length} deaths: ${[...seen].map(([outcome, count]) => `${count} ${outcome}`).join("; ")}\n`,
          );
          expect(seen.get("went back, old") ?? 0).toBeGreaterThan(0);
        } finally {
          await linux.close();
        }
      },
      KILLS * 15_000 + 60_000,
    );
  },
);
