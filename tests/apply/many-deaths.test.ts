import { expect, test } from "vitest";
import { recover } from "../../runtime/apply/recover.ts";
import { foreignState, machineAt } from "./fake-machine.ts";
import { attempt, callsOf, DEATHS, faultsAt, JOURNAL, Outcomes, stateOf } from "./faults.ts";
import { manyPlans } from "./many-plans.ts";
import { type PlanCase, planCases } from "./plans.ts";

/** `DEATHS_PAIRS=all`: with every fixture becoming the next one; else the small changes, and so many of those. */
const { DEATHS_PAIRS = "1", DEATHS_SEED = "20261126" } = process.env;
const PLANS = chosen(manyPlans(Number(DEATHS_SEED)));

function chosen({ pairs, random }: ReturnType<typeof manyPlans>): readonly PlanCase[] {
  return [...(DEATHS_PAIRS === "all" ? pairs : pairs.slice(0, Number(DEATHS_PAIRS))), ...random];
}

test("there are thirty plans and more, with those of other tests", () => {
  expect(PLANS.length + planCases().length).toBeGreaterThan(30);
});

test.each(PLANS)(
  "killed at each call, the next start ends in the old state or in the new one: $name",
  async (plan) => {
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
        const state = await stateOf(machine, plan);
        expect(`${found}, ${state}`, what).toMatch(
          /^(nothing to do, (old|new)|went back, old|went on, new)$/,
        );
        seen.add(`${found}, ${state}`);
        expect(machine.files.has(JOURNAL), what).toBe(false);
        expect(await foreignState(machine), what).toEqual(foreign);
      }
    process.stdout.write(`${plan.name}: ${calls.length} calls, deaths: ${seen}\n`);
    expect(seen.count("went back, old")).toBeGreaterThan(0);
    expect(seen.count("went on, new")).toBeGreaterThan(0);
  },
  300_000,
);
