import { expect, test } from "vitest";
import { lookupIn } from "./match.ts";

test("the first source that has a label gives its value, an empty one too", () => {
  const lookup = lookupIn({ app: "web", tier: "" }, { tier: "front", team: "pay" });
  expect(["app", "tier", "team", "zone"].map(lookup)).toEqual(["web", "", "pay", undefined]);
});

test("what every JavaScript object has is no label", () => {
  expect(["constructor", "toString", "__proto__"].map(lookupIn({}))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});
