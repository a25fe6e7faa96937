import { expect, test } from "vitest";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseIptables, } from "../backends/iptables/parse.ts";
import { printMember } from "../backends/iptables/set-members.ts";
import { compile } from "../compile.ts";
import { Engine } from "../engine/engine.ts";
import { createPrinters } from "../backends/index.ts";
import { DEFAULT_FEATURES } from "../dataplane/features.ts";
import { SelectorFolder } from "../syntax/selector/folder.ts";
import { foldRuleSelector } from "../syntax/selector/fold.ts";
import * as make from "../ir/testing/objects.ts";

test("port out of range", () => {
  const text = "# x\ncreate cali40a hash:ip,port family inet maxelem 10\nadd cali40a 10.0.0.1,tcp:99999\n";
  let out: unknown;
  try { out = parseIptables([{ path: "ipset.restore", text }]).ipSets.sets[0]?.members.map(printMember); } catch (e) { out = String(e); }
  console.log("PORT", out);
});

test("builtin-named file", () => {
  const a = "apiVersion: v1\nkind: Node\nmetadata: {name: n1}\n";
  const b = "apiVersion: projectcalico.org/v3\nkind: Node\nmetadata: {name: n1}\nspec: {}\n";
  for (const path of ["a.yaml", "<built-in>"]) {
    const c = compile([{ path, text: a }, { path: "b.yaml", text: b }], { features: DEFAULT_FEATURES } as never);
    console.log("BUILTIN", path, c.diagnostics.map((d) => d.code));
  }
  const tier = "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: {name: default}\nspec: {order: 1000000}\n";
  const c = compile([{ path: "x.yaml", text: tier }, { path: "y.yaml", text: tier }], { features: DEFAULT_FEATURES } as never);
  console.log("TIER TWICE", c.diagnostics.map((d) => d.code));
});

test("no selector", () => {
  for (const policyNamespace of ["", "ns"]) for (const s of [undefined, ""]) for (const sa of [undefined]) {
    const inp = { policyNamespace, selector: s, notSelector: s, namespaceSelector: s, serviceAccounts: sa };
    expect(new SelectorFolder().rule(inp)).toEqual(foldRuleSelector(inp));
  }
});

test("fixtures: shared vs fresh", () => {
  let n = 0, diff = 0;
  for (const dir of readdirSync("fixtures")) {
    const files: { path: string; text: string }[] = [];
    for (const f of readdirSync(join("fixtures", dir), { recursive: true }) as string[])
      if (/\.(yaml|json)$/.test(f)) files.push({ path: f, text: readFileSync(join("fixtures", dir, f), "utf8") });
    const all = compile(files, { features: DEFAULT_FEATURES } as never);
    const shared = createPrinters();
    for (const { ir } of all.nodes) {
      const print = (ps: ReturnType<typeof createPrinters>) => { const r: unknown[] = []; const a = ps.flatMap((p) => p(ir, { features: DEFAULT_FEATURES, report: (...x: unknown[]) => void r.push(x) } as never)); return [a, r]; };
      n++;
      try { expect(print(shared)).toEqual(print(createPrinters())); } catch (e) { diff++; console.log(dir, ir.node, String(e).slice(0, 300)); }
    }
  }
  console.log("NODES", n, "DIFF", diff);
});

test("touched grows", () => {
  const engine = new Engine();
  engine.nodeIr("n");
  const use = () => { globalThis.gc?.(); return process.memoryUsage().heapUsed / 1e6; };
  const before = use();
  for (let i = 0; i < 2_000_000; i++) {
    const value = { ...make.workload("default/a"), labels: { i: String(i) } } as never;
    engine.update([{ kind: "workload-endpoint", key: `k${i % 10}`, value }]);
  }
  console.log("HEAP MB", before.toFixed(0), use().toFixed(0));
}, 120000);
