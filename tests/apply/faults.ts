import { expect } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import { recover } from "../../runtime/apply/recover.ts";
import type { FakeMachine, Fault } from "../../runtime/host/fake/fake-host.ts";
import { distance, foreignState, machineAt } from "./fake-machine.ts";
import type { PlanCase } from "./plans.ts";

export const FAILURES: readonly Fault[] = ["fail", "half", "hang", "late", "garbage"];
export const DEATHS: readonly Fault[] = ["kill-before", "kill-half", "kill-after"];

export const JOURNAL = "/state/journal.json";

/** A call that only asks has no halves, and nothing that it could have done. */
export function faultsAt(name: string, faults: readonly Fault[]): readonly Fault[] {
  const onlyAsks = /^read |-save|^ipset save|^nft list| show|^sysctl -a/.test(name);
  return onlyAsks ? faults.filter((fault) => /^(fail|garbage|kill-before)$/.test(fault)) : faults;
}

/** What the applier calls when nothing fails; a fault is injected at each of them. */
export async function callsOf(start: FakeMachine, plan: PlanCase): Promise<readonly string[]> {
  const host = start.copy().host();
  await apply(host, plan.to, { acceptWindow: true });
  return host.calls;
}

/** Which of the two states the machine is in, whole; `neither` tells what is missing. */
export async function stateOf(machine: FakeMachine, { from, to }: PlanCase): Promise<string> {
  const toNew = await distance(machine, to);
  if (toNew.length === 0) return "new";
  const toOld = await distance(machine, from);
  return toOld.length === 0 ? "old" : `neither; to new: ${toNew.join(", ")}; to old: ${toOld.join(", ")}`;
}

export interface Attempt {
  readonly machine: FakeMachine;
  /** `undefined` = it went well. */
  readonly error: unknown;
}

export async function attempt(
  start: FakeMachine,
  plan: PlanCase,
  call: number,
  fault: Fault,
): Promise<Attempt> {
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

/** Kills the applier before, in and after each of its calls: the next start ends in one of the two states, whole. */
export async function expectOldOrNewAfterEachDeath(plan: PlanCase): Promise<void> {
  const start = await machineAt(plan);
  const foreign = await foreignState(start);
  const calls = await callsOf(start, plan);
  const seen = new Outcomes();
  for (const [call, name] of calls.entries())
    for (const fault of faultsAt(name, DEATHS)) {
      const what = `${fault} at call ${call}: ${name}`;
      const { machine, error } = await attempt(start, plan, call, fault);
      expect(error, what).toBeInstanceOf(Error);
      const found = await recover(machine.host());
      const outcome = `${found}, ${await stateOf(machine, plan)}`;
      expect(outcome, what).toMatch(/^(nothing to do, (old|new)|went back, old|went on, new)$/);
      seen.add(outcome);
      expect(machine.files.has(JOURNAL), what).toBe(false);
      expect(await foreignState(machine), what).toEqual(foreign);
    }
  process.stdout.write(`${plan.name}: ${calls.length} calls, deaths: ${seen}\n`);
  expect(seen.count("went back, old")).toBeGreaterThan(0);
  expect(seen.count("went on, new")).toBeGreaterThan(0);
}

/** How often what came of it. */
export class Outcomes {
  readonly #counts = new Map<string, number>();

  add(outcome: string): void {
    this.#counts.set(outcome, this.count(outcome) + 1);
  }

  count(outcome: string): number {
    return this.#counts.get(outcome) ?? 0;
  }

  toString(): string {
    return [...this.#counts].map(([outcome, count]) => `${count} ${outcome}`).join("; ");
  }
}
