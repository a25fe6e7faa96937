import { describe, expect, test } from "vitest";
import { apply } from "../../runtime/apply/apply.ts";
import { distance, foreignState, machineAt } from "./fake-machine.ts";
import { planCases } from "./plans.ts";

describe.each(planCases())("$name", (plan) => {
  test("is applied, and then there is nothing left to do", async () => {
    const machine = await machineAt(plan);
    const foreign = await foreignState(machine);
    expect(foreign.length).toBeGreaterThan(10);
    expect(await distance(machine, plan.from)).toEqual([]);
    expect(await distance(machine, plan.to)).not.toEqual([]);
    const { steps } = await apply(machine.host(), plan.to, { acceptWindow: true });
    expect(steps).not.toEqual([]);
    expect(await distance(machine, plan.to)).toEqual([]);
    expect((await apply(machine.host(), plan.to)).steps).toEqual([]);
    await apply(machine.host(), plan.from, { acceptWindow: true });
    expect(await distance(machine, plan.from)).toEqual([]);
    expect(await foreignState(machine)).toEqual(foreign);
  });
});
