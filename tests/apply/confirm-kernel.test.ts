import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { DEFAULT_FEATURES } from "../../compiler/index.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { buildBinaries } from "../../scripts/build.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { type Ended, ReachableHost, until } from "./reachable-host.ts";

const missing = missingForKernelTests([
  ...["ip", "bridge", "tc", "sysctl", "ipset", "nft", "flock", "setpriv"],
  ...["iptables-nft-restore", "iptables-legacy-restore"],
]);

/** How long a busy machine may take to start `calicoctl` and to change a host. */
const PATIENCE = 60;
const LONG = 4 * PATIENCE * 1000;

let directory = "";
let calicoctl = "";
let host: ReachableHost;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "calicoctl-"));
  // As it is shipped: the watchdog is the same program once more.
  await buildBinaries(directory);
  calicoctl = join(directory, "calicoctl.js");
}, LONG);
afterAll(() => rm(directory, { recursive: true, force: true }));

async function ok({ ended }: { readonly ended: Promise<Ended> }): Promise<string> {
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return stdout;
}

/** A host that lets everybody in, for each of the tests around. */
function openHost(variant: "nft" | "legacy"): void {
  let features = DEFAULT_FEATURES;
  beforeAll(async () => {
    features = await detectFeatures(variant);
  });
  beforeEach(async () => {
    host = await ReachableHost.create(variant, features, calicoctl);
    await ok(host.apply("open"));
    expect(await host.answers()).toBe(true);
  }, LONG);
  afterEach(() => host.close());
}

async function isBack(): Promise<void> {
  await until("the watchdog has gone back", PATIENCE, () => !host.waits());
  expect(host.watchdogs().log).toMatch(
    /not confirmed in time and has been taken back: policy 1 of the history/,
  );
  expect(await host.answers()).toBe(true);
  expect(await ok(host.calicoctl("drift"))).toBe("no drift from the bundle of node n1\n");
}

describe.skipIf(missing !== undefined).each(["nft", "legacy"] as const)(
  `a change that nobody confirms, %s${missing === undefined ? "" : ` (${missing})`}`,
  (variant) => {
    openHost(variant);

    test(
      "goes by itself where nobody can open a connection to the host any more",
      async () => {
        const stdout = await ok(host.apply("closed", "--confirm-timeout", "3"));
        expect(stdout).toMatch(/\n'calicoctl confirm' within 3 s keeps it; else it is taken back\n$/);
        expect([await host.answers(), host.waits()]).toEqual([false, true]);
        await isBack();
        const { code, stderr } = await host.calicoctl("confirm").ended;
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /no change of this host waits .* says: \S+ \d+ the change was not confirmed in time/,
        );
      },
      LONG,
    );

    test(
      "goes by itself where it cuts the connection that is there, which then goes on",
      async () => {
        const talk = host.talk();
        await until("somebody answers", PATIENCE, () => talk.heard() > 3);
        await ok(host.apply("untracked", "--confirm-timeout", "3"));
        await sleep(300);
        const before = talk.heard();
        await sleep(1000);
        expect([talk.heard(), talk.ended(), host.waits()]).toEqual([before, false, true]);
        await isBack();
        await until("the connection goes on", PATIENCE, () => talk.heard() > before + 5);
        expect(talk.ended()).toBe(false);
      },
      LONG,
    );

    test(
      "goes by itself when the applier was killed right after the switch",
      async () => {
        await host.applyAndDie("closed", "switched.json", 2);
        expect([await host.answers(), host.waits()]).toEqual([false, true]);
        await isBack();
      },
      LONG,
    );

    test(
      "goes by itself when the applier was killed in the middle, and a connection outlives that",
      async () => {
        const talk = host.talk();
        await until("somebody answers", PATIENCE, () => talk.heard() > 3);
        await host.applyAndDie("untracked", "journal.json", 2);
        await isBack();
        const before = talk.heard();
        await until("the connection goes on", PATIENCE, () => talk.heard() > before + 5);
        expect(talk.ended()).toBe(false);
      },
      LONG,
    );
  },
);

describe.skipIf(missing !== undefined)(
  `a change that waits to be confirmed${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    openHost("nft");

    test(
      "stays when it is confirmed in time, and can be rolled back",
      async () => {
        await ok(host.apply("closed", "--confirm-timeout", "60"));
        const refused = await host.apply("open").ended;
        expect(refused).toMatchObject({ code: 1, stdout: "" });
        expect(refused.stderr).toMatch(/waits to be confirmed .*This host enforces what it did before/s);
        expect(await ok(host.calicoctl("confirm"))).toBe(
          "confirmed: the bundle of node n1 is in force, policy 2 of the history\n",
        );
        await until("the watchdog ends", PATIENCE, () =>
          host.watchdogs().log.includes("does not wait any more"),
        );
        expect([await host.answers(), host.waits()]).toEqual([false, false]);
        expect(await ok(host.calicoctl("history"))).toMatch(
          /^ {2}1 .*\n\* 2 .*\n {6}\+ FelixConfiguration default\n {6}\+ GlobalNetworkPolicy closed\n {6}- GlobalNetworkPolicy open\n\* is in force\n$/,
        );
        expect(await ok(host.calicoctl("rollback", "--accept-window"))).toMatch(
          /\nwent back to policy 1 of the history, compiled against the inventory of today\n$/,
        );
        expect(await host.answers()).toBe(true);
        expect(await ok(host.calicoctl("rollback", "1"))).toContain("no change: this host is at policy 1");
      },
      LONG,
    );

    test(
      "goes at the next command when its watchdog was killed; a confirmation then comes too late",
      async () => {
        await ok(host.apply("closed", "--confirm-timeout", "2"));
        process.kill(host.watchdogs().last, "SIGKILL");
        await sleep(2500);
        expect([await host.answers(), host.waits()]).toEqual([false, true]);
        const drift = await host.calicoctl("drift").ended;
        expect(drift).toMatchObject({ code: 0, stdout: "no drift from the bundle of node n1\n" });
        expect(drift.stderr).toContain(
          "the last change was not confirmed in time and has been taken back: policy 1",
        );
        expect([await host.answers(), host.waits()]).toEqual([true, false]);

        await ok(host.apply("closed", "--confirm-timeout", "2"));
        process.kill(host.watchdogs().last, "SIGKILL");
        await sleep(2500);
        const late = await host.calicoctl("confirm").ended;
        expect(late).toMatchObject({ code: 1, stdout: "" });
        expect(late.stderr).toMatch(/too late: .* taken back now: policy 3 of the history/);
        expect([await host.answers(), host.waits()]).toEqual([true, false]);
      },
      LONG,
    );
  },
);
