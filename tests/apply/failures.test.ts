import { describe, expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import { ApplyError } from "../../runtime/apply/errors.ts";
import { recover } from "../../runtime/apply/recover.ts";
import { addDevices, foreignState, kernelChains, machineAt } from "./fake-machine.ts";
import {
  attempt,
  callsOf,
  DEATHS,
  expectOldOrNewAfterEachDeath,
  FAILURES,
  faultsAt,
  JOURNAL,
  Outcomes,
  stateOf,
} from "./faults.ts";
import { planCases } from "./plans.ts";

describe.each(planCases())("$name", (plan) => {
  test("whatever fails: all of the old state or all of the new one, and the error says which", async () => {
    const start = await machineAt(plan);
    const foreign = await foreignState(start);
    const hooks = await kernelChains(start);
    const calls = await callsOf(start, plan);
    const seen = new Outcomes();
    for (const [call, name] of calls.entries())
      for (const fault of faultsAt(name, FAILURES)) {
        const what = `${fault} at call ${call}: ${name}`;
        const { machine, error } = await attempt(start, plan, call, fault);
        const state = await stateOf(machine, plan);
        if (error === undefined) expect(state, what).toBe("new");
        else if (!(error instanceof ApplyError)) throw error;
        else if (error.outcome !== "unfinished") expect(state, what).toBe("old");
        const outcome = error === undefined ? "new" : error.outcome;
        seen.add(outcome);
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
    process.stdout.write(`${plan.name}: ${calls.length} calls, failures: ${seen}\n`);
    expect(seen.count("restored")).toBeGreaterThan(0);
    expect(seen.count("untouched")).toBeGreaterThan(0);
  }, 120_000);

  test("whenever the applier is killed: the next start ends in the old state or in the new one", async () => {
    await expectOldOrNewAfterEachDeath(plan);
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
