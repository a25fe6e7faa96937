import { expect, test } from "vitest";
import { expectOldOrNewAfterEachDeath } from "./faults.ts";
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
  expectOldOrNewAfterEachDeath,
  300_000,
);
