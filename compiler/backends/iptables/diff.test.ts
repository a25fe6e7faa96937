import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { XtHook, XtRule } from "../../dataplane/xtables.ts";
import type { NodeIr } from "../../ir/node-ir.ts";
import { canonicalState } from "./canonical.ts";
import { diffIptables, longestIncreasing } from "./diff.ts";
import { everythingIr } from "./sample.ts";
import { EMPTY_STATE, type IptablesState } from "./state.ts";
import {
  cidr,
  emit,
  makeIr,
  makePolicy,
  makeRule,
  makeSet,
  makeWorkload,
  match,
  tier,
  use,
} from "./testing.ts";

function shop(nets: readonly string[], members: readonly string[] = ["10.0.0.1"]): NodeIr {
  return makeIr({
    ipSets: [makeSet("s:a", "hash:net", members)],
    policies: [
      makePolicy("gnp/p", {
        directions: ["ingress"],
        ingress: [
          ...nets.map((net) => makeRule("deny", [match.from(net)])),
          makeRule("deny", [match.fromSet("s:a")]),
        ],
      }),
    ],
    workloads: [makeWorkload("cali1", { policies: { ingress: [tier([use("gnp/p")])], egress: [] } })],
  });
}

const state = (ir: NodeIr) => emit(ir).state;
const kinds = (from: IptablesState, to: IptablesState) => diffIptables(from, to).map(({ kind }) => kind);

test("equal states have no difference, read back or not", () => {
  const all = state(everythingIr());
  expect(diffIptables(all, all)).toEqual([]);
  expect(diffIptables(canonicalState(all), all)).toEqual([]);
});

test("from nothing, everything is added, sets first", () => {
  const changes = kinds(EMPTY_STATE, state(everythingIr()));
  expect(new Set(changes)).toEqual(new Set(["set-added", "chain-added", "hook-added", "arp-address-added"]));
  expect(changes.lastIndexOf("set-added")).toBeLessThan(changes.indexOf("chain-added"));
  const back = kinds(state(everythingIr()), EMPTY_STATE);
  expect(new Set(back)).toEqual(
    new Set(["set-removed", "chain-removed", "hook-removed", "arp-address-removed"]),
  );
});

describe("rules", () => {
  const v4 = (from: IptablesState, to: IptablesState) =>
    diffIptables(from, to).filter((change) => "version" in change && change.version === 4);

  test("an inserted rule is one change; the first rule's comment moves with its place", () => {
    const changes = v4(
      state(shop(["10.1.0.0/16", "10.3.0.0/16"])),
      state(shop(["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"])),
    );
    expect(changes).toMatchObject([{ kind: "rule-inserted", chain: "cali-pi-gnp/p", to: 1 }]);
  });

  test("a removed rule", () => {
    const changes = v4(state(shop(["10.1.0.0/16", "10.2.0.0/16"])), state(shop(["10.1.0.0/16"])));
    expect(changes).toMatchObject([{ kind: "rule-removed", from: 1 }]);
  });

  test("a moved rule is told from its unmoved neighbours", () => {
    const nets = ["10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16"];
    const changed = ["10.1.0.0/16", "10.4.0.0/16", "10.2.0.0/16", "10.3.0.0/16"];
    expect(v4(state(shop(nets)), state(shop(changed)))).toMatchObject([
      { kind: "rule-moved", from: 3, to: 1 },
    ]);
  });

  test("a rule altered under its id is found", () => {
    const desired = state(shop(["10.1.0.0/16"]));
    const tampered = mapRules(desired, (rule) =>
      rule.matches.some((m) => m.kind === "address") ? { ...rule, target: { kind: "accept" } } : rule,
    );
    expect(diffIptables(tampered, desired)).toMatchObject([
      { kind: "rule-altered", was: { target: { kind: "accept" } }, rule: { target: { kind: "drop" } } },
    ]);
  });

  test("a foreign rule in our chain is removed, a repeated one too", () => {
    const desired = state(shop(["10.1.0.0/16"]));
    const foreign: XtRule = { id: "", comments: [], matches: [], target: { kind: "accept" } };
    const dirty = mapChains(desired, (rules) => [...rules, foreign, ...rules.slice(0, 1)]);
    const expected = desired.rulesets.flatMap(({ tables }) =>
      tables.flatMap(({ chains }) => chains.map(({ rules }) => (rules.length === 0 ? 1 : 2))),
    );
    const changes = diffIptables(dirty, desired);
    expect(new Set(changes.map(({ kind }) => kind))).toEqual(new Set(["rule-removed"]));
    expect(changes).toHaveLength(expected.reduce((sum, n) => sum + n, 0));
  });
});

describe("hooks", () => {
  const desired = state(makeIr());
  const withHooks = (edit: (hooks: readonly XtHook[]) => typeof hooks): IptablesState => ({
    ...desired,
    rulesets: desired.rulesets.map((ruleset) => ({
      ...ruleset,
      tables: ruleset.tables.map((table) =>
        table.name === "filter" && ruleset.version === 4 ? { ...table, hooks: edit(table.hooks) } : table,
      ),
    })),
  });

  test("a missing one is added", () => {
    expect(
      diffIptables(
        withHooks((hooks) => hooks.slice(1)),
        desired,
      ),
    ).toMatchObject([{ kind: "hook-added", hook: { chain: "INPUT", position: "top" } }]);
  });

  test("a foreign terminal rule before it matters at the top, not at the bottom", () => {
    const hidden = withHooks((hooks) => hooks.map((hook) => ({ ...hook, precededBy: "-A FORWARD -j DROP" })));
    const changes = diffIptables(hidden, desired);
    expect(changes.map((change) => "hook" in change && change.hook.chain)).toEqual([
      "INPUT",
      "FORWARD",
      "OUTPUT",
    ]);
    expect(changes[0]).toMatchObject({ kind: "hook-misplaced", precededBy: "-A FORWARD -j DROP" });
  });

  describe("at the other end of the kernel's chain", () => {
    const place = (position: "top" | "bottom", others?: XtHook["others"]): IptablesState =>
      withHooks((hooks) =>
        hooks.map((hook, i) => ({
          ...hook,
          position: hooks.findIndex(({ chain }) => chain === hook.chain) === i ? position : "bottom",
          ...(others === undefined ? {} : { others }),
        })),
      );
    const moved = (from: IptablesState, to: IptablesState) =>
      diffIptables(from, to).map((change) => "hook" in change && `${change.kind} ${change.hook.chain}`);
    const ALL = ["INPUT", "FORWARD", "OUTPUT"].map((chain) => `hook-misplaced ${chain}`);

    test("files say where a hook shall be", () => {
      expect(moved(place("top"), place("bottom"))).toEqual(ALL);
      expect(moved(place("bottom"), place("top"))).toEqual(ALL);
      expect(moved(place("bottom"), place("bottom"))).toEqual([]);
    });

    test("a host shows it by the rules of others", () => {
      expect(moved(place("bottom", "above"), place("top"))).toEqual(ALL);
      expect(moved(place("top", "below"), place("bottom"))).toEqual(ALL);
      expect(moved(place("top", "below"), place("top"))).toEqual([]);
      expect(moved(place("bottom", "above"), place("bottom"))).toEqual([]);
    });

    test.each(["none", "around"] as const)("a host does not show it where others are: %s", (others) => {
      for (const from of ["top", "bottom"] as const)
        for (const to of ["top", "bottom"] as const)
          expect(moved(place(from, others), place(to))).toEqual([]);
    });
  });

  test("a doubled one is removed once", () => {
    expect(
      diffIptables(
        withHooks((hooks) => [...hooks, ...hooks.slice(0, 1)]),
        desired,
      ),
    ).toMatchObject([{ kind: "hook-removed", hook: { chain: "INPUT" } }]);
  });

  test("a wrong order is told", () => {
    expect(
      kinds(
        withHooks((hooks) => hooks.toReversed()),
        desired,
      ),
    ).toContain("hook-misplaced");
  });
});

describe("sets", () => {
  test("members that come and go", () => {
    expect(
      diffIptables(state(shop([], ["10.0.0.1", "10.0.0.2"])), state(shop([], ["10.0.0.2", "10.0.0.3"]))),
    ).toMatchObject([
      {
        kind: "members-changed",
        added: [{ cidr: cidr("10.0.0.3") }],
        removed: [{ cidr: cidr("10.0.0.1") }],
      },
    ]);
  });

  test("another size needs another set", () => {
    const smaller = { ...shop([]), settings: { ...shop([]).settings, maxIpsetSize: 1000 } };
    expect(kinds(state(shop([])), state(smaller))).toEqual(["set-recreated", "set-recreated"]);
  });
});

test("longestIncreasing is increasing, part of the input, and longest", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(20), { maxLength: 9 }), (values) => {
      const run = longestIncreasing(values);
      expect(run).toEqual(run.toSorted((a, b) => a - b));
      expect(values.filter((value) => run.includes(value))).toEqual(run);
      expect(run.length).toBe(longestByTrying(values));
    }),
    { seed: 3 },
  );
});

function longestByTrying(values: readonly number[]): number {
  let best = 0;
  for (let mask = 0; mask < 2 ** values.length; mask++) {
    const chosen = values.filter((_, index) => (mask >> index) & 1);
    if (chosen.every((value, index) => index === 0 || value > (chosen[index - 1] ?? 0)))
      best = Math.max(best, chosen.length);
  }
  return best;
}

function mapChains(
  from: IptablesState,
  edit: (rules: readonly XtRule[]) => readonly XtRule[],
): IptablesState {
  return {
    ...from,
    rulesets: from.rulesets.map((ruleset) => ({
      ...ruleset,
      tables: ruleset.tables.map((table) => ({
        ...table,
        chains: table.chains.map((chain) => ({ ...chain, rules: edit(chain.rules) })),
      })),
    })),
  };
}

function mapRules(from: IptablesState, edit: (rule: XtRule) => XtRule): IptablesState {
  return mapChains(from, (rules) => rules.map(edit));
}
