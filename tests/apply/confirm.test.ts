import { beforeEach, describe, expect, test } from "vitest";
import type { Applied } from "../../runtime/apply/apply.ts";
import { applyRecord } from "../../runtime/apply/apply-bundle.ts";
import { type AppliedRecord, readRecord } from "../../runtime/apply/record.ts";
import { uninstall } from "../../runtime/apply/uninstall.ts";
import {
  type Changer,
  type Confirmation,
  changeHost,
  confirm,
  settleConfirmation,
  takeBack,
} from "../../runtime/confirm/change.ts";
import { readPending } from "../../runtime/confirm/pending.ts";
import { watch } from "../../runtime/confirm/watchdog.ts";
import { compiledBy } from "../../runtime/history/compiled-by.ts";
import { readHistory } from "../../runtime/history/history.ts";
import { type FakeHost, FakeMachine, type Fault } from "../../runtime/host/fake/fake-host.ts";
import { distance } from "./fake-machine.ts";
import { workloadDevices } from "./hosts.ts";
import { allowing, recordOf, SERVER, smallCluster } from "./small-cluster.ts";

const WEB = { name: "web", ip: "10.65.0.2" };
const ONE = recordOf(smallCluster(allowing("web"), [SERVER, WEB]));
const TWO = recordOf(smallCluster(allowing("web", "batch"), [SERVER, WEB]));
/** The policy of `TWO` and other pods. */
const MOVED = recordOf(
  smallCluster(allowing("web", "batch"), [
    SERVER,
    { name: "web", ip: "10.65.0.7" },
    { ...WEB, name: "other" },
  ]),
);
/** The policy of `ONE` with the pods of `MOVED`. */
const ONE_MOVED = recordOf(
  smallCluster(allowing("web"), [SERVER, { name: "web", ip: "10.65.0.7" }, { ...WEB, name: "other" }]),
);
const START = 1000;
const SECONDS = 60;

let machine: FakeMachine;
let started: string[];
let told: string[];
const changer: Changer = { compilerVersion: "test", tell: (line) => void told.push(line) };
const confirmation: Confirmation = {
  seconds: SECONDS,
  startWatchdog: async (token) => void started.push(token),
};

function setUptime(seconds: number, on = machine): void {
  on.files.set("/proc/uptime", `${seconds.toFixed(2)} 1.00\n`);
}

function apply(record: AppliedRecord, waiting?: Confirmation, host = machine.host()): Promise<Applied> {
  return changeHost(host, changer, waiting, () => applyRecord(host, record, true));
}

async function isAt(record: AppliedRecord, on = machine): Promise<boolean> {
  const host = on.host();
  const last = await readRecord(host, "last");
  const isOnRecord =
    last !== undefined &&
    compiledBy(last.artifacts)?.policyDigest === compiledBy(record.artifacts)?.policyDigest;
  return isOnRecord && (await distance(on, record)).length === 0;
}

beforeEach(() => {
  machine = new FakeMachine();
  for (const name of ["lo", "eth0", ...workloadDevices([...TWO.artifacts, ...MOVED.artifacts])])
    machine.kernel.routing.addDevice(name);
  setUptime(START);
  started = [];
  told = [];
});

describe("a change that waits to be confirmed", () => {
  test("is on the disk, and has its watchdog, before anything is changed", async () => {
    await apply(ONE);
    const seen: string[] = [];
    const host = machine.host();
    await apply(
      TWO,
      {
        seconds: SECONDS,
        startWatchdog: async (token) => {
          const pending = await readPending(machine.host());
          expect(pending).toMatchObject({ token, boot: "boot-1", deadline: START + SECONDS, policy: 1 });
          expect(pending?.before?.artifacts).toEqual(ONE.artifacts);
          expect(await isAt(ONE)).toBe(true);
          seen.push(...host.calls);
        },
      },
      host,
    );
    expect(seen.some((call) => /restore|^write .*(journal|intended)/.test(call))).toBe(false);
    expect(await isAt(TWO)).toBe(true);
  });

  test("keeps others away until it is confirmed", async () => {
    await apply(ONE);
    await apply(TWO, confirmation);
    setUptime(START + 17);
    await expect(apply(ONE)).rejects.toThrow(
      /waits to be confirmed \(43 s left\): 'calicoctl confirm' keeps it, 'calicoctl rollback' takes it back/,
    );
    await expect(apply(MOVED, confirmation)).rejects.toMatchObject({ outcome: "untouched" });
    expect(await isAt(TWO)).toBe(true);
    expect(await confirm(machine.host(), changer)).toEqual({ outcome: "kept" });
    expect(await confirm(machine.host(), changer)).toEqual({ outcome: "nothing waits" });
    setUptime(START + 3600);
    await apply(ONE);
    expect([told, await isAt(ONE)]).toEqual([[], true]);
  });

  test("has its whole time from when it is done", async () => {
    await apply(ONE);
    await apply(TWO, { seconds: SECONDS, startWatchdog: async () => setUptime(START + 500) });
    expect((await readPending(machine.host()))?.deadline).toBe(START + 500 + SECONDS);
  });

  test("does not wait where it changes nothing, or fails, or its watchdog does not start", async () => {
    await apply(ONE);
    expect((await apply(ONE, confirmation)).steps).toEqual([]);
    expect(await readPending(machine.host())).toBeUndefined();
    await expect(apply({ ...TWO, resources: ONE.resources }, confirmation)).rejects.toThrow(
      "other resources",
    );
    expect(await readPending(machine.host())).toBeUndefined();
    const broken = { seconds: SECONDS, startWatchdog: () => Promise.reject(new Error("no memory")) };
    await expect(apply(TWO, broken)).rejects.toThrow(
      "Nothing was changed: the watchdog could not be started: no memory",
    );
    expect(await readPending(machine.host())).toBeUndefined();
    expect(await isAt(ONE)).toBe(true);
  });

  test("is taken back at once when asked", async () => {
    await apply(ONE);
    expect(await takeBack(machine.host(), changer)).toBeUndefined();
    await apply(TWO, confirmation);
    expect(await takeBack(machine.host(), changer)).toMatch(/^policy 1 of the history is in force/);
    expect(await isAt(ONE)).toBe(true);
    expect(await readPending(machine.host())).toBeUndefined();
  });

  test("goes with everything of ours", async () => {
    await apply(ONE);
    await apply(TWO, confirmation);
    await uninstall(machine.host(), ONE.bird);
    expect(await readPending(machine.host())).toBeUndefined();
  });

  test("whose file cannot be read keeps others away", async () => {
    await apply(ONE);
    for (const text of ["{", "{}", '{"format":2}']) {
      machine.files.set("/state/confirm.json", text);
      await expect(apply(TWO)).rejects.toMatchObject({ outcome: "untouched" });
    }
    expect(await isAt(ONE)).toBe(true);
  });
});

describe("what is gone back to", () => {
  const expire = async (): Promise<void> => {
    setUptime(START + SECONDS + 1);
    await settleConfirmation(machine.host(), changer);
    expect(await readPending(machine.host())).toBeUndefined();
  };

  test("the policy before, compiled against the inventory of today", async () => {
    await apply(ONE);
    await apply(MOVED, confirmation);
    await expire();
    expect(await isAt(ONE_MOVED)).toBe(true);
    expect(told).toEqual([
      "the last change was not confirmed in time and has been taken back: policy 1 of the history is in force, compiled against the inventory of today",
    ]);
    expect((await readHistory(machine.host())).map(({ number }) => number)).toEqual([1, 2, 3]);
  });

  test("the bundle before, where its policy is not known", async () => {
    const { resources, ...bare } = ONE;
    await apply(bare);
    await apply(MOVED, confirmation);
    await expire();
    expect(await isAt(ONE)).toBe(true);
    expect(told[0]).toContain("the bundle of node n1 from before is in force (not its policy");
  });

  test("the bundle before, where its policy has errors today or cannot be applied", async () => {
    await apply(ONE);
    await apply(TWO, confirmation);
    machine.files.set("/state/inventory-last.json", TWO.resources.inventory.replaceAll('"n1"', '"n9"'));
    await expire();
    expect(await isAt(ONE)).toBe(true);
    expect(told[0]).toMatch(/the bundle of node n1 from before is in force .*it has errors: .*n1/);
  });

  test("nothing of ours, where nothing was", async () => {
    await apply(ONE, confirmation);
    expect(await isAt(ONE)).toBe(true);
    await expire();
    expect(await readRecord(machine.host(), "last")).toBeUndefined();
    expect((await machine.host().run("iptables-nft-save", [])).stdout).not.toContain("cali");
  });
});

describe("who goes back", () => {
  beforeEach(async () => {
    await apply(ONE);
    await apply(TWO, confirmation);
  });

  test("the next change, once the time is over", async () => {
    setUptime(START + SECONDS);
    expect((await apply(ONE)).steps).toEqual([]);
    expect(told).toHaveLength(1);
    expect(await isAt(ONE)).toBe(true);
  });

  test("a confirmation that comes too late", async () => {
    setUptime(START + SECONDS);
    expect(await confirm(machine.host(), changer)).toMatchObject({
      outcome: "too late",
      done: expect.stringContaining("policy 1"),
    });
    expect(await isAt(ONE)).toBe(true);
  });

  test("whoever comes after a boot, however soon", async () => {
    machine.reboot();
    setUptime(1);
    for (const name of ["lo", "eth0", ...workloadDevices(TWO.artifacts)])
      machine.kernel.routing.addDevice(name);
    expect((await confirm(machine.host(), changer)).outcome).toBe("too late");
    expect(await isAt(ONE)).toBe(true);
  });

  test("nobody before: a clock that is set does not count", async () => {
    await settleConfirmation(machine.host(), changer);
    expect([await isAt(TWO), told]).toEqual([true, []]);
  });
});

describe("the watchdog", () => {
  const log: string[] = [];
  const run = (token: string, on: FakeHost = machine.host()) =>
    watch(on, { token, compilerVersion: "test", log: (line) => void log.push(line) });
  beforeEach(async () => {
    log.length = 0;
    await apply(ONE);
    await apply(TWO, confirmation);
  });
  const token = (): string => started.at(-1) ?? "";

  test("goes back at the deadline", async () => {
    setUptime(START + SECONDS - 0.05);
    const running = run(token());
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await isAt(TWO)).toBe(true);
    setUptime(START + SECONDS);
    await running;
    expect(await isAt(ONE)).toBe(true);
    expect(log).toEqual([expect.stringMatching(/^the change was not confirmed in time .*policy 1/)]);
  });

  test("leaves a confirmed change alone, and the next one, too", async () => {
    const old = token();
    await confirm(machine.host(), changer);
    setUptime(START + SECONDS + 1);
    await run(old);
    await apply(ONE, confirmation);
    setUptime(START + 2 * SECONDS + 2);
    await run(old);
    expect(log).toEqual(Array(2).fill("the change does not wait any more"));
    expect(await isAt(ONE)).toBe(true);
    await run(token());
    expect(await isAt(TWO)).toBe(true);
  });

  test("waits for whoever holds the lock", async () => {
    setUptime(START + SECONDS);
    const lock = await machine.host().lock("/state/records.lock");
    const running = run(token());
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await isAt(TWO)).toBe(true);
    await lock?.release();
    await running;
    expect(log[0]).toContain("not yet taken back: Another process is changing this host");
    expect(await isAt(ONE)).toBe(true);
  });

  test("tries again after a failure", async () => {
    setUptime(START + SECONDS);
    // The first restore fails, and with it the whole step.
    const probe = machine.copy().host();
    await watch(probe, { token: token(), compilerVersion: "test", log: () => undefined });
    const call = probe.calls.findIndex((line) => line.includes("restore"));
    expect(call).toBeGreaterThan(0);
    await run(token(), machine.host({ call, fault: "fail" }));
    expect(await isAt(ONE)).toBe(true);
  });
});

/** Kills whoever changes the host at each call; then the deadline passes. */
test.each<Fault>(["kill-before", "kill-half", "kill-after"])(
  "an applier that is killed anywhere (%s): the host goes back",
  async (fault) => {
    await apply(ONE);
    let switched = 0;
    let waited = 0;
    for (let call = 0; ; call++) {
      const world = machine.copy();
      const host = world.host({ call, fault });
      await apply(TWO, confirmation, host).catch(() => undefined);
      if (!host.faulted) break;
      const what = `call ${call}: ${host.calls[call]}`;
      if ((await distance(world, TWO)).length === 0) switched++;
      const pending = await readPending(world.host());
      if (pending !== undefined) waited++;
      setUptime(START + 2 * SECONDS + 1, world);
      const token = pending?.token ?? "none";
      await watch(world.host(), { token, compilerVersion: "test", log: () => undefined });
      expect(await readPending(world.host()), what).toBeUndefined();
      // Whatever the crash has left, the next command ends it.
      await changeHost(world.host(), changer, undefined, async () => ({
        steps: [],
        windows: [],
        publicKeys: [],
        birdWaits: false,
      }));
      expect(await isAt(ONE, world), what).toBe(true);
    }
    expect(waited).toBeGreaterThan(10);
    expect(switched).toBeGreaterThan(3);
  },
  120_000,
);

/** Kills the watchdog at each call; then another command comes. */
test.each<Fault>(["kill-before", "kill-half", "kill-after"])(
  "a watchdog that is killed anywhere (%s): the next command goes back",
  async (fault) => {
    await apply(ONE);
    await apply(TWO, confirmation);
    setUptime(START + SECONDS);
    for (let call = 0; ; call++) {
      const world = machine.copy();
      const host = world.host({ call, fault });
      const token = started.at(-1) ?? "";
      await watch(host, { token, compilerVersion: "test", log: () => undefined, tries: 1 });
      if (!host.faulted) break;
      await changeHost(world.host(), changer, undefined, async () => ({
        steps: [],
        windows: [],
        publicKeys: [],
        birdWaits: false,
      }));
      const what = `call ${call}: ${host.calls[call]}`;
      expect(await isAt(ONE, world), what).toBe(true);
      expect(await readPending(world.host()), what).toBeUndefined();
    }
  },
  120_000,
);
