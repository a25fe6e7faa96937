import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ParseError } from "../backend.ts";
import { canonicalState } from "./canonical.ts";
import { parseIptables } from "./parse.ts";
import { printIptables } from "./print.ts";
import { printRule } from "./print-rule.ts";
import { everythingIr } from "./sample.ts";
import {
  emit,
  makeHostEndpoint,
  makeIr,
  makePolicy,
  makeProfile,
  makeRule,
  makeSet,
  makeWorkload,
  match,
  tier,
  use,
} from "./testing.ts";

test("what is printed reads back as what was emitted, and loses nothing", () => {
  const { state, diagnostics } = emit(everythingIr());
  expect(diagnostics).toEqual([]);
  expect(parseIptables(printIptables(state, "n1"))).toEqual(canonicalState(state));
});

test("emitted rules are canonical already", () => {
  const { state } = emit(everythingIr());
  const bodies = (s: typeof state) =>
    s.rulesets.flatMap(({ tables, version }) =>
      tables.flatMap(({ chains }) =>
        chains.flatMap(({ rules }) => rules.map((rule) => printRule(rule, version))),
      ),
    );
  expect(bodies(canonicalState(state)).sort()).toEqual(bodies(state).sort());
});

test("no two rules of a chain share an id", () => {
  const { state } = emit(everythingIr());
  for (const { tables } of state.rulesets)
    for (const { chains } of tables)
      for (const { rules } of chains) expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
});

test("every chain that a rule leads to exists, and every chain is led to", () => {
  for (const { text } of printIptables(emit(everythingIr()).state, "n1").filter(({ path }) =>
    path.includes("tables"),
  ))
    for (const table of text.split("COMMIT")) {
      const declared = new Set([...table.matchAll(/^:(\S+)/gm)].map(([, name]) => name));
      const used = new Set([...table.matchAll(/ -[jg] (cali-\S+)/g)].map(([, name]) => name));
      expect([...used].sort()).toEqual([...declared].sort());
    }
});

describe("nothing that a resource is called can leave its place", () => {
  const wild = fc.oneof(
    fc.string({ unit: "binary", maxLength: 300 }),
    fc.constantFrom(
      '"; -j ACCEPT',
      "x\nCOMMIT\n*filter\n-A FORWARD -j ACCEPT",
      "a\\",
      '\\" -j ACCEPT #',
      "cali:AAAAAAAAAAAAAAAA",
      "-m",
      "--comment",
      " ",
      "",
      "#",
      "-t nat",
      "%",
      "x".repeat(300),
      "\u2028-A",
    ),
  );

  test("policies, profiles, tiers, endpoints, annotations, prefixes, the node itself", () => {
    fc.assert(
      fc.property(fc.array(wild, { minLength: 8, maxLength: 8 }), (names) => {
        const [
          policy = "",
          profile = "",
          tierName = "",
          workload = "",
          key = "",
          value = "",
          prefix = "",
          node = "",
        ] = names;
        const id = `np/${policy}/${profile}`;
        const program = makePolicy(id, {
          namespace: policy,
          name: profile,
          tier: tierName,
          ingress: [
            makeRule("allow", [match.protocol(6)], { annotations: [[key, value]] }),
            makeRule("log"),
            makeRule("deny"),
          ],
        });
        const lists = { ingress: [tier([use(id, value)], { tier: tierName })], egress: [] };
        const ir = makeIr({
          node,
          settings: { logPrefix: prefix },
          policies: [program],
          profiles: [makeProfile(profile)],
          workloads: [makeWorkload("cali1", { workload, policies: lists, profiles: [profile] })],
          hostEndpoints: [makeHostEndpoint("eth0", { name: workload, normal: lists })],
        });
        const { state } = emit(ir);
        const artifacts = printIptables(state, node);
        expect(parseIptables(artifacts)).toEqual(canonicalState(state));
        for (const { path, text } of artifacts)
          expect(text.split("\n").filter((line) => !isExpected(line, path))).toEqual([]);
        // One line a rule: nothing added any.
        const rules = state.rulesets.flatMap(({ tables }) =>
          tables.flatMap((t) => [...t.hooks, ...t.chains.flatMap((chain) => chain.rules)]),
        );
        const lines = artifacts
          .flatMap(({ text }) => text.split("\n"))
          .filter((line) => /^-[AI] /.test(line));
        expect(lines).toHaveLength(rules.length);
      }),
      { numRuns: 100, seed: 7 },
    );
  });

  test("an impossible interface name is an error, and reaches no file", () => {
    for (const name of ['cali"1', "cali 1", "-j", "", "cali1\n-A", "cali1234567890123", "c+"]) {
      const { state, diagnostics } = emit(
        makeIr({ workloads: [makeWorkload(name)], hostEndpoints: [makeHostEndpoint(name || "/")] }),
      );
      expect(diagnostics.map(({ code }) => code)).toContain("iptables/interface-name");
      expect(JSON.stringify(state)).not.toContain(JSON.stringify(name).slice(1, -1) || "/");
    }
  });
});

describe("sets", () => {
  const ir = makeIr({
    ipSets: [
      makeSet("s:a", "hash:net", ["128.0.0.0/1", "10.0.0.1", "0.0.0.0/1", "10.0.0.1"]),
      makeSet("s:unused"),
    ],
    policies: [
      makePolicy("gnp/p", { ingress: [makeRule("deny", [match.fromSet("s:a")])], neededEverywhere: true }),
    ],
  });

  test("members are sorted, each once; unused sets are not made", () => {
    const text = printIptables(emit(ir).state, "n1").find(({ path }) => path === "ipset.restore")?.text;
    expect(text?.split("\n").filter((line) => line.includes("cali40"))).toEqual([
      "create cali40s:a hash:net family inet maxelem 1048576",
      "add cali40s:a 0.0.0.0/1",
      "add cali40s:a 10.0.0.1",
      "add cali40s:a 128.0.0.0/1",
    ]);
  });

  test("a set that the IR does not define is a defect", () => {
    const broken = makeIr({
      policies: [
        makePolicy("gnp/p", {
          ingress: [makeRule("deny", [match.fromSet("s:none")])],
          neededEverywhere: true,
        }),
      ],
    });
    expect(() => emit(broken)).toThrow(/cali40s:none, which the IR does not define/);
  });
});

describe("unreadable text", () => {
  const read = (path: string, text: string) => () => parseIptables([{ path, text }]);
  test.each([
    ["iptables.restore", '*filter\n-A FORWARD -m comment --comment "x\n', "iptables.restore:2"],
    ["iptables.restore", "*filter\nhello\n", "iptables.restore:2"],
    ["ipset.restore", "create cali40s:a hash:mac\n", "ipset.restore:1"],
    ["ipset.restore", "add cali40s:a 10.0.0.1\n", "ipset.restore:1"],
    ["ipset.restore", "create cali40s:a hash:net family inet\nadd cali40s:a zzz\n", "ipset.restore:2"],
    [
      "ipset.restore",
      "create cali40n:a hash:ip,port family inet\nadd cali40n:a 10.0.0.1,tcp:65536\n",
      "ipset.restore:2",
    ],
  ])("%s: %j", (path, text, place) => {
    expect(read(path, text)).toThrow(ParseError);
    expect(read(path, text)).toThrow(place);
  });
});

/** Only printable ASCII, and in a rules file only the lines that it is made of. */
function isExpected(line: string, path: string): boolean {
  if (!/^[\t\x20-\x7e]*$/.test(line)) return false;
  return !path.includes("tables") || /^(#|$|\*|COMMIT$|:cali-\S+ - -$|-[AI] \S+ )/.test(line);
}
