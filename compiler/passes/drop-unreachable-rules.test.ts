import { describe, expect, test } from "vitest";
import type { NodeIr, PolicyProgram, Rule } from "../ir/node-ir.ts";
import { dropUnreachableRules } from "./drop-unreachable-rules.ts";

const origin = { file: "policy.yaml", document: 0, path: [] };
const tcp: Rule["matches"] = [{ kind: "protocol", protocol: 6, negated: false }];
const rule = (part: Partial<Rule>): Rule => ({
  action: "allow",
  ipVersion: undefined,
  matches: [],
  annotations: [],
  origin,
  ...part,
});

function ingressAfter(ingress: readonly Rule[]): readonly Rule[] {
  const policy = { ingress, egress: [] } as unknown as PolicyProgram;
  return dropUnreachableRules.run({ policies: [policy], profiles: [] } as unknown as NodeIr).policies[0]!
    .ingress;
}

describe("drop-unreachable-rules", () => {
  test("rules after an unconditional verdict go", () => {
    const all = rule({ action: "deny" });
    expect(ingressAfter([rule({ matches: tcp }), all, rule({}), rule({ matches: tcp })])).toEqual([
      rule({ matches: tcp }),
      all,
    ]);
  });

  test.each([
    ["log goes on", rule({ action: "log" })],
    ["one family only", rule({ ipVersion: 4 })],
    ["a condition", rule({ matches: tcp })],
  ])("%s: the rules behind it stay", (_, first) => {
    const rules = [first, rule({ action: "deny", ipVersion: 6 })];
    expect(ingressAfter(rules)).toBe(rules);
  });

  test("a program without dead rules keeps its identity, so that what was rendered for it can be reused", () => {
    const policy = { ingress: [rule({})], egress: [] } as unknown as PolicyProgram;
    const ir = { policies: [policy], profiles: [] } as unknown as NodeIr;
    expect(dropUnreachableRules.run(ir).policies[0]).toBe(policy);
  });
});
