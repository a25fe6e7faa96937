import { describe, expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import { ApplyError } from "../../runtime/apply/errors.ts";
import { recover } from "../../runtime/apply/recover.ts";
import type { FakeMachine, Fault } from "../../runtime/host/fake/fake-host.ts";
import { addDevices, distance, foreignState, kernelChains, machineAt } from "./fake-machine.ts";
import { type PlanCase, planCases } from "./plans.ts";

const FAILURES: readonly Fault[] = ["fail", "half", "hang", "late", "garbage"];
const DEATHS: readonly Fault[] = ["kill-before", "kill-half", "kill-after"];

/** A call that only asks has no halves, and nothing that it could have done. */
function faultsAt(name: string, faults: readonly Fault[]): readonly Fault[] {
  const onlyAsks = /^read |-save|^ipset save|^nft list| show|^sysctl -a/.test(name);
  return onlyAsks ? faults.filter((fault) => /^(fail|garbage|kill-before)$/.test(fault)) : faults;
}

const JOURNAL = "/state/journal.json";

/** What the applier calls when nothing fails; a fault is injected at each of them. */
async function callsOf(start: FakeMachine, plan: PlanCase): Promise<readonly string[]> {
  const host = start.copy().host();
  await apply(host, plan.to, { acceptWindow: true });
  return host.calls;
}

/** Which of the two states the machine is in, whole; `neither` tells what is missing. */
async function stateOf(machine: FakeMachine, { from, to }: PlanCase): Promise<string> {
  const toNew = await distance(machine, to);
  if (toNew.length === 0) return "new";
  const toOld = await distance(machine, from);
  return toOld.length === 0 ? "old" : `neither; to new: ${toNew.join(", ")}; to old: ${toOld.join(", ")}`;
}

function report(seen: ReadonlyMap<string, number>): string {
  return [...seen].map(([outcome, count]) => `${count} ${outcome}`).join("; ");
}

interface Attempt {
  readonly machine: FakeMachine;
  /** `undefined` = it went well. */
  readonly error: unknown;
}

async function attempt(start: FakeMachine, plan: PlanCase, call: number, fault: Fault): Promise<Attempt> {
  const machine = start.copy();
  const host = machine.host({ call, fault });
  try {
    await apply(host, plan.to, { acceptWindow: true });
    return { machine, error: undefined };
  } catch (error) {
    return { machine, error };
  } finally {
    expect(host.faulted).toBe(true);
  }
}

describe.each(planCases())("$name", (plan) => {
  test("whatever fails: all of the old state or all of the new one, and the error says which", async () => {
    const start = await machineAt(plan);
    const foreign = await foreignState(start);
    const hooks = await kernelChains(start);
    const calls = await callsOf(start, plan);
    const seen = new Map<string, number>();
    for (const [call, name] of calls.entries())
      for (const fault of faultsAt(name, FAILURES)) {
        const what = `${fault} at call ${call}: ${name}`;
        const { machine, error } = await attempt(start, plan, call, fault);
        const state = await stateOf(machine, plan);
        if (error === undefined) expect(state, what).toBe("new");
        else if (!(error instanceof ApplyError)) throw error;
        else if (error.outcome !== "unfinished") expect(state, what).toBe("old");
        const outcome = error === undefined ? "new" : error.outcome;
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        expect(machine.files.has(JOURNAL), what).toBe(outcome === "unfinished");
        if (outcome === "unfinished") {
          await recover(machine.host());
          expect(await stateOf(machine, plan), what).toMatch(/^(old|new)$/);
          expect(machine.files.has(JOURNAL), what).toBe(false);
        }
        if (outcome === "untouched" || outcome === "restored")
          expect(await kernelChains(machine), what).toEqual(hooks);
        expect(machine.lockHolders.size, what).toBe(0);
        expect(await foreignState(machine), what).toEqual(foreign);
      }
    process.stdout.write(`${plan.name}: ${calls.length} calls, failures: ${report(seen)}\n`);
    expect(seen.get("restored") ?? 0).toBeGreaterThan(0);
    expect(seen.get("untouched") ?? 0).toBeGreaterThan(0);
  }, 120_000);

  test("whenever the applier is killed: the next start ends in the old state or in the new one", async () => {
    const start = await machineAt(plan);
    const foreign = await foreignState(start);
    const calls = await callsOf(start, plan);
    const seen = new Map<string, number>();
    for (const [call, name] of calls.entries())
      for (const fault of faultsAt(name, DEATHS)) {
        const what = `${fault} at call ${call}: ${name}`;
        const { machine, error } = await attempt(start, plan, call, fault);
        expect(error, what).toBeInstanceOf(Error);
        const found = await recover(machine.host());
        const state = await stateOf(machine, plan);
        expect(state, what).toMatch(/^(old|new)$/);
        if (found === "went back") expect(state, what).toBe("old");
        if (found === "went on") expect(state, what).toBe("new");
        seen.set(`${found}, ${state}`, (seen.get(`${found}, ${state}`) ?? 0) + 1);
        expect(machine.files.has(JOURNAL), what).toBe(false);
        expect(await foreignState(machine), what).toEqual(foreign);
      }
    process.stdout.write(`${plan.name}: ${calls.length} calls, deaths: ${report(seen)}\n`);
    expect(seen.get("went back, old") ?? 0).toBeGreaterThan(0);
    expect(seen.get("went on, new") ?? 0).toBeGreaterThan(0);
  }, 120_000);

  test("killed again while it recovers: the one after it ends the work", async () => {
    const start = await machineAt(plan);
    const calls = await callsOf(start, plan);
    const switches = [...calls.entries()].filter(([, name]) =>
      /^write .*journal|^bird|-restore|restore$/.test(name),
    );
    let deaths = 0;
    for (const [first] of switches) {
      const { machine } = await attempt(start, plan, first, "kill-after");
      const probe = machine.copy();
      const host = probe.host();
      await recover(host);
      const end = await stateOf(probe, plan);
      const seconds = [...host.calls.entries()].filter(([, name]) => faultsAt(name, DEATHS).length > 1);
      for (const [second, name] of seconds) {
        const what = `killed after ${calls[first]}, then after ${name}`;
        const again = machine.copy();
        await expect(recover(again.host({ call: second, fault: "kill-after" })), what).rejects.toThrow();
        await recover(again.host());
        expect(await stateOf(again, plan), what).toBe(end);
        expect(again.files.has(JOURNAL), what).toBe(false);
        deaths++;
      }
    }
    process.stdout.write(`${plan.name}: ${deaths} second deaths\n`);
    expect(deaths).toBeGreaterThan(3);
  }, 120_000);

  test("after a power cut the last committed state is installed, but for what waits for its devices", async () => {
    const start = await machineAt(plan);
    const calls = await callsOf(start, plan);
    const writes = [...calls.entries()].filter(([, name]) => faultsAt(name, DEATHS).length > 1);
    for (const [call, name] of writes) {
      const { machine } = await attempt(start, plan, call, "kill-after");
      const isUnderWay = machine.files.has(JOURNAL);
      machine.reboot();
      machine.kernel.bird.running = false;
      for (const device of ["lo", "eth0"]) machine.kernel.routing.addDevice(device);
      await recover(machine.host());
      expect(machine.files.has(JOURNAL), name).toBe(false);
      if (isUnderWay) expect(await stateOf(machine, plan), name).toMatch(/^(old|new)$/);
      addDevices(machine, plan);
      machine.kernel.startBird();
      await apply(machine.host(), plan.to, { acceptWindow: true });
      expect(await stateOf(machine, plan), name).toBe("new");
    }
    expect(writes.length).toBeGreaterThan(3);
  }, 120_000);
});
