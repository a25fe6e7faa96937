import { describe, expect, test } from "vitest";
import { lowered, readResource } from "../network/testing/read.ts";

function findings(name: string, spec: Readonly<Record<string, unknown>>): readonly string[] {
  return readResource("Tier", { metadata: { name }, spec }).findings;
}

test("a tier", () => {
  const spec = { order: -2.5, defaultAction: "Pass" };
  expect(lowered("Tier", { metadata: { name: "net-sec" }, spec })).toMatchObject({
    kind: "tier",
    key: "net-sec",
    name: "net-sec",
    order: -2.5,
    defaultAction: "pass",
    source: "policy",
  });
});

test("defaults: the order of the default tier, and Deny", () => {
  expect(lowered("Tier", { metadata: { name: "t" }, spec: {} })).toMatchObject({
    order: 1_000_000,
    defaultAction: "deny",
  });
});

describe("built-in tiers", () => {
  test.each([
    ["kube-admin", 1_000, "Pass"],
    ["default", 1_000_000, "Deny"],
    ["kube-baseline", 10_000_000, "Pass"],
  ])("%s has order %s and action %s", (name, order, defaultAction) => {
    const other = defaultAction === "Pass" ? "Deny" : "Pass";
    expect(findings(name, { order, defaultAction })).toEqual([]);
    expect(findings(name, { order, defaultAction: other })).toEqual([
      "policy/tier-default-action spec.defaultAction",
    ]);
    expect(findings(name, { order: order + 1, defaultAction })).toEqual(["policy/tier-order spec.order"]);
  });

  test("may be written without what they have by default", () => {
    expect(findings("default", {})).toEqual([]);
    expect(findings("kube-admin", {})).toEqual([
      "policy/tier-default-action spec.defaultAction",
      "policy/tier-order spec.order",
    ]);
  });
});

test.each([
  ["a.b", "policy/name-invalid metadata.name"],
  ["a".repeat(64), "policy/name-too-long metadata.name"],
])("%s is no name", (name, finding) => {
  expect(findings(name, {})).toEqual([finding]);
});

test("63 characters are a name", () => {
  expect(findings("a".repeat(63), {})).toEqual([]);
});

test("only Pass and Deny end a tier", () => {
  expect(findings("t", { defaultAction: "Allow" })).toEqual(["resource/enum spec.defaultAction"]);
});
