import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import { type Recovery, recover } from "../../runtime/apply/recover.ts";
import type { ApplyTarget, BirdPlace } from "../../runtime/apply/target.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import type { Host } from "../../runtime/host/host.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import type { ApplierOrder, DeathMoment } from "./applier.ts";
import { Outcomes } from "./faults.ts";
import { addForeign } from "./foreign.ts";
import { linuxHost, workloadDevices } from "./hosts.ts";
import { manyPlans, type PlacedPlan } from "./many-plans.ts";
import { compileTarget, edit, fixtureFiles } from "./plans.ts";
import { savedHost } from "./saved-host.ts";

/** How many deaths to try for each variant, spread over all; `APPLY_KILLS=1000` tries each one. */
const KILLS = Number(process.env.APPLY_KILLS ?? 5);
/** `APPLY_KILL_PLANS=all`: each of `manyPlans`, by `DEATHS_SEED`, for real. */
const PLANS = process.env.APPLY_KILL_PLANS;
const SEED = Number(process.env.DEATHS_SEED ?? 20261126);
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

function withoutBird(target: ApplyTarget): ApplyTarget {
  return { ...target, artifacts: target.artifacts.filter(({ path }) => path !== "bird.conf") };
}

/** Of what is enforced, without the digests over the resources. */
function textOf({ artifacts }: ApplyTarget): string {
  return artifacts.flatMap(({ path, text }) => (path === "manifest.json" ? [] : [path, text])).join("\n");
}

async function plansFor(variant: "nft" | "legacy"): Promise<readonly PlacedPlan[]> {
  const features = await detectFeatures(variant);
  if (PLANS === "all") {
    const { pairs, random } = manyPlans(SEED, features);
    // Some fixtures differ in BGP alone, and no BIRD runs here.
    return [...pairs, ...random].filter(
      ({ from, to }) => textOf(withoutBird(from)) !== textOf(withoutBird(to)),
    );
  }
  const files = fixtureFiles("bare-metal");
  return [
    {
      name: "a network set of a policy changes",
      from: compileTarget(files, "db-1", features),
      to: compileTarget(edit(files, "10.9.0.0/16", "10.9.128.0/17"), "db-1", features),
      addresses: [],
    },
  ];
}

async function hostFor(variant: "nft" | "legacy", { from, to, addresses }: PlacedPlan): Promise<Linux> {
  const linux = await linuxHost(variant);
  for (const name of ["eth0", ...workloadDevices([...from.artifacts, ...to.artifacts])])
    await linux.addDevice(name);
  await linux.space.run("ip", ["link", "set", "peth0", "up"]);
  for (const address of new Set(["10.0.0.1/24", ...addresses])) {
    const nodad = address.includes(":") ? ["nodad"] : [];
    await linux.space.run("ip", ["addr", "add", address, "dev", "eth0", ...nodad]);
  }
  await addForeign(linux.host);
  return linux;
}

/** Kills the applier at some of its calls, or all; the last line of a run. */
async function killAll(variant: "nft" | "legacy", plan: PlacedPlan): Promise<string> {
  const [from, to] = [withoutBird(plan.from), withoutBird(plan.to)];
  const linux = await hostFor(variant, plan);
  const { host } = linux;
  const options = { acceptWindow: true, bird: birdOf(linux.directory) };
  try {
    await apply(host, from, options);
    await runApplier(linux, variant, to);
    const fresh = await savedHost(linux, variant);
    // What the kernel and we leave behind of the other state (sysctls, empty tables) is there from now on.
    await apply(host, from, options);
    const old = await savedHost(linux, variant);
    expect(fresh).not.toBe(old);
    // Not of the first time: what was left behind needs no calls again.
    const calls = Number((await runApplier(linux, variant, to)).printed);
    expect(calls).toBeGreaterThan(6);
    const deaths = Array.from({ length: calls }, (_, call) =>
      MOMENTS.map((moment) => ({ call, moment })),
    ).flat();
    const step = Math.max(1, deaths.length / KILLS);
    const chosen = Array.from(
      { length: Math.min(KILLS, deaths.length) },
      (_, i) => deaths[Math.floor(i * step)],
    );
    const seen = new Outcomes();
    for (const death of chosen) {
      if (death === undefined) continue;
      const what = `${plan.name}: ${JSON.stringify(death)}`;
      await apply(host, from, options);
      expect((await runApplier(linux, variant, to, death)).signal, what).toBe("SIGKILL");
      const found = await recoverSoon(host);
      const state = await savedHost(linux, variant);
      expect([old, fresh], what).toContain(state);
      expect(await recover(host), what).toBe("nothing to do");
      const outcome = `${found}, ${state === old ? "old" : "new"}`;
      expect(outcome, what).toMatch(/nothing to do|went back, old|went on, new/);
      seen.add(outcome);
    }
    expect(seen.count("went back, old")).toBeGreaterThan(0);
    return `${variant}, ${plan.name}: ${chosen.length} of ${deaths.length} deaths: ${seen}`;
  } finally {
    await linux.close();
  }
}

describe.skipIf(missing !== undefined)(
  `an applier that is killed with a signal${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test.each(["nft", "legacy"] as const)(
      "leaves what the next start brings to the old state or to the new one: %s",
      async (variant) => {
        for (const plan of await plansFor(variant)) process.stdout.write(`${await killAll(variant, plan)}\n`);
      },
      (PLANS === "all" ? 60 : 1) * (KILLS * 15_000 + 60_000),
    );
  },
);
