import { describe, expect, test } from "vitest";
import type { EntityMatch, PolicyRule } from "../ir/cluster-model.ts";
import type { Match } from "../ir/node-ir.ts";
import { cidr, entity, rule, selector } from "../ir/testing/objects.ts";
import { lowerRules } from "./rules.ts";

function lower(given: Partial<PolicyRule>) {
  const { rules, sets } = lowerRules([rule(given)]);
  return { matches: rules[0]?.matches ?? [], sets };
}

function from(source: Partial<EntityMatch>, given: Partial<PolicyRule> = {}) {
  return lower({ source: entity(source), ...given });
}

const A = selector("has(a)");
const HTTP = { ranges: [], names: ["http"] };
const BOTH = { ranges: [{ first: 80, last: 90 }], names: ["http"] };

function kinds(matches: readonly Match[]): readonly string[] {
  return matches.map((match) => `${"side" in match ? `${match.side} ` : ""}${match.kind}`);
}

describe("sets of a rule", () => {
  test("have Calico's ids", () => {
    expect(from({ selector: A }).sets.map(({ id }) => id)).toEqual([
      "s:JpRGrxZ4kdS6g7WoF-uG_g7qlh2ipw2zGYBMpQ",
    ]);
    expect(from({ ports: HTTP }, { protocol: 6 }).sets.map(({ id }) => id)).toEqual([
      "n:cl9_Kgeu4H0OGLbhovVR3NBLUOZscKeMK1Mu4A",
    ]);
    const service = { namespace: "ns", name: "svc" };
    expect(from({ service }).sets.map(({ id }) => id)).toEqual([
      "svcnoport:o20v9Z90g7cSdZt6cjiJGBK33w4kLt5wX2w2Ew",
    ]);
    expect(lower({ destination: entity({ service }) }).sets.map(({ id }) => id)).toEqual([
      "svc:nQq_FInms4yaYiSGfOtwv_HYadEjNEQ5U6jcug",
    ]);
  });

  test("named ports alone carry the selector; with a number beside them it needs a set of its own", () => {
    const named = from({ selector: A, ports: HTTP });
    expect(named.sets.map(({ definition }) => definition)).toEqual([
      { kind: "named-port", selector: A, protocol: "any", port: "http" },
    ]);
    expect(kinds(named.matches)).toEqual(["source ports"]);
    expect(kinds(from({ selector: A, ports: BOTH }).matches)).toEqual(["source ip-set", "source ports"]);
  });

  test("negated named ports are those of the positive selector too", () => {
    const { matches, sets } = from({ selector: A, notPorts: HTTP });
    expect(kinds(matches)).toEqual(["source ip-set", "source ports"]);
    expect(sets[1]?.definition).toMatchObject({ kind: "named-port", selector: A });
  });

  test("a negated selector is a set of its own only without a positive one", () => {
    const negated = from({ notSelector: A });
    expect(negated.matches).toEqual([
      { kind: "ip-set", side: "source", set: negated.sets[0]?.id, negated: true },
    ]);
    const both = from({ selector: A, notSelector: selector("b == 'x'") });
    expect(both.sets.map(({ definition }) => definition)).toMatchObject([
      { kind: "selector", selector: { canonical: '(has(a) && !b == "x")' } },
    ]);
    expect(both.matches).toMatchObject([{ kind: "ip-set", negated: false }]);
  });

  test.each([
    [undefined, "any"],
    [6, "tcp"],
    [17, "udp"],
    [132, "sctp"],
    [1, "tcp"],
  ])("named ports under protocol %s are those of %s", (protocol, expected) => {
    expect(from({ ports: HTTP }, { protocol }).sets[0]?.definition).toMatchObject({ protocol: expected });
  });

  test("are listed once however often rules refer to them", () => {
    const twice = rule({ source: entity({ selector: A }), destination: entity({ selector: A }) });
    expect(lowerRules([twice, twice]).sets).toHaveLength(1);
  });
});

test("matches are in the fixed order: positive before negated, source before destination", () => {
  const side = entity({
    nets: [cidr("10.0.0.0/8")],
    notNets: [cidr("10.1.0.0/16")],
    selector: A,
    ports: BOTH,
    notPorts: { ranges: [{ first: 1, last: 1 }], names: [] },
  });
  const { matches } = lower({
    protocol: 6,
    notProtocol: 17,
    icmp: { type: 8, code: undefined },
    notIcmp: { type: 0, code: 1 },
    source: side,
    destination: side,
  });
  expect(kinds(matches)).toEqual([
    "protocol",
    "source nets",
    "source ip-set",
    "source ports",
    "destination nets",
    "destination ip-set",
    "destination ports",
    "icmp",
    "protocol",
    "source nets",
    "source ports",
    "destination nets",
    "destination ports",
    "icmp",
  ]);
  const negated = matches.map((match) => "negated" in match && match.negated);
  expect(negated.indexOf(true)).toBe(8);
  expect(negated.slice(8).every(Boolean)).toBe(true);
});

test("an empty rule matches everything", () => {
  expect(lower({})).toEqual({ matches: [], sets: [] });
});
