import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fixtureSteps } from "../../tests/fixtures.ts";
import type { Artifact } from "../backends/backend.ts";
import { compile } from "../compile.ts";
import { DEFAULT_FEATURES } from "../dataplane/features.ts";
import type { SourceFile } from "../syntax/source.ts";
import { changesOf, type PlaceDiff, type PlannedChange } from "./change.ts";
import { diffDataplane } from "./diff.ts";
import { readDataplane } from "./state.ts";

function bundles(files: readonly SourceFile[]): ReadonlyMap<string, readonly Artifact[]> {
  const { nodes } = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
  return new Map(nodes.map(({ node, artifacts = [] }) => [node, artifacts]));
}

const steps = fixtureSteps().map(({ name, files }) => ({ name, nodes: bundles(files) }));
const allBundles = steps.flatMap(({ name, nodes }) =>
  [...nodes].map(([node, artifacts]) => ({ name: `${name} ${node}`, artifacts })),
);

function plan(before: readonly Artifact[], after: readonly Artifact[]): readonly PlaceDiff[] {
  return diffDataplane(readDataplane(before), readDataplane(after));
}

/** A file's lines with content, each with its artifact: no comment, nothing that only frames others. */
function linesOf(artifacts: readonly Artifact[]): readonly string[] {
  return artifacts.flatMap(({ path, text }) =>
    path === "manifest.json"
      ? []
      : text
          .split("\n")
          .map((line) => (path === "bird.conf" ? line.replace(/ # [^"]*$/, "") : line).trim())
          .filter((line) => line !== "" && !/^(#|\*|COMMIT$)/.test(line))
          .filter((line) => path !== "arp.nft" || line.startsWith('"'))
          .map((line) => `${path}: ${line.replace(/^-I /, "-A ")}`),
  );
}

function apply(lines: readonly string[], changes: readonly PlannedChange[]): readonly string[] {
  const left = [...lines];
  const named = (artifact: string, of: readonly string[]) => of.map((line) => `${artifact}: ${line.trim()}`);
  for (const { artifact, was } of changes)
    for (const line of named(artifact, was)) {
      const at = left.indexOf(line);
      expect({ line, isThere: at !== -1 }).toEqual({ line, isThere: true });
      left.splice(at, 1);
    }
  return [...left, ...changes.flatMap(({ artifact, lines: come }) => named(artifact, come))].sort();
}

/** The rules of every chain and hook, in order. */
function orderedRules(artifacts: readonly Artifact[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { path, text } of artifacts.filter((artifact) => artifact.path.endsWith("tables.restore"))) {
    let table = "";
    for (const line of text.split("\n")) {
      if (line.startsWith("*")) table = line.slice(1);
      const [, chain] = /^-A (cali-\S+)/.exec(line) ?? [];
      if (chain === undefined) continue;
      const key = `${path} ${table} ${chain}`;
      found.set(key, [...(found.get(key) ?? []), line]);
    }
  }
  return found;
}

function applyInOrder(before: readonly string[], changes: readonly PlannedChange[]): readonly string[] {
  const gone = new Set(changes.flatMap(({ op, from }) => (op === "add" ? [] : (from ?? []))));
  const rules = before.filter((_, i) => !gone.has(i));
  const come = changes
    .filter(({ op }) => op !== "remove")
    .filter(({ lines }) => lines.every((line) => line.startsWith("-A")));
  for (const { to, lines } of come.toSorted((a, b) => (a.to ?? 0) - (b.to ?? 0)))
    rules.splice(to ?? 0, 0, ...lines);
  return rules;
}

function expectLossless(before: readonly Artifact[], after: readonly Artifact[]): void {
  const places = plan(before, after);
  const changes = changesOf(places);
  expect(apply(linesOf(before), changes)).toEqual(linesOf(after).toSorted());
  const old = orderedRules(before);
  const now = orderedRules(after);
  for (const { artifact, kind, name, items } of places.filter((place) => place.kind === "chain")) {
    const key = `${artifact} ${name}`;
    const own = changesOf([{ artifact, kind, name, heading: "", items }]);
    expect(applyInOrder(old.get(key) ?? [], own)).toEqual(now.get(key) ?? []);
  }
  // Nothing is said to go that comes back in the same place, unless it moves.
  for (const { kind, items, ...place } of places.filter((each) => each.kind !== "bird")) {
    const own = changesOf([{ kind, items, ...place }]).filter(({ op }) => op !== "move");
    const gone = new Set(own.flatMap(({ was }) => was));
    expect(own.flatMap(({ lines }) => lines).filter((line) => gone.has(line))).toEqual([]);
  }
}

describe("a plan", () => {
  test.each(allBundles)("of $name and itself is empty", ({ artifacts }) => {
    expect(plan(artifacts, artifacts)).toEqual([]);
  });

  test.each(allBundles)("from nothing to $name and back holds every line once", ({ artifacts }) => {
    expectLossless([], artifacts);
    expectLossless(artifacts, []);
  });

  const pairs = allBundles.flatMap((from, i) =>
    [1, 5, 11].map((step) => ({ from, to: allBundles[(i + step) % allBundles.length]! })),
  );
  test.each(pairs)("from $from.name to $to.name leads from one's lines to the other's", ({ from, to }) => {
    expectLossless(from.artifacts, to.artifacts);
  });

  test("of the quickstart's edit is its two rules, with their reason", () => {
    const node = (name: string) => steps.find((step) => step.name === name)!.nodes.get("node-1")!;
    const changes = changesOf(plan(node("quickstart/1"), node("quickstart/2")));
    expect(changes).toMatchObject([
      { op: "add", to: 1, was: [], lines: [expect.stringContaining("-j RETURN")] },
      { op: "add", to: 2, was: [], lines: [expect.stringContaining("--dports 9090")] },
    ]);
    for (const change of changes)
      expect(change).toMatchObject({
        artifact: "iptables.restore",
        kind: "chain",
        name: "filter cali-pi-np/demo/allow-api",
        reason: {
          heading: "Policy NetworkPolicy demo/allow-api ingress, tier default",
          resource: "NetworkPolicy demo/allow-api",
        },
      });
  });

  const { files: shop } = fixtureSteps().find(({ name }) => name === "shop")!;
  const denying = (ports: readonly number[]) => ({
    path: "ordered.yaml",
    text: [
      "apiVersion: projectcalico.org/v3",
      "kind: GlobalNetworkPolicy",
      "metadata: { name: ordered }",
      "spec:",
      "  selector: all()",
      "  types: [Ingress]",
      "  ingress:",
      "  - { action: Pass, protocol: TCP, destination: { ports: [9] } }",
      ...ports.map((port) => `  - { action: Deny, protocol: TCP, destination: { ports: [${port}] } }`),
    ].join("\n"),
  });

  test("of rules in another order moves them, and names no rule of another place", () => {
    const [before, after] = [
      [1, 2, 3, 4],
      [1, 4, 2, 3],
    ].map((ports) => bundles([...shop, denying(ports)]));
    for (const [node, artifacts] of before!) {
      const moved = changesOf(plan(artifacts, after!.get(node)!));
      expect(moved.length).toBeGreaterThan(0);
      for (const change of moved)
        expect(change).toMatchObject({
          op: "move",
          from: 5,
          to: 3,
          reason: { resource: "GlobalNetworkPolicy ordered" },
        });
      expectLossless(artifacts, after!.get(node)!);
    }
  });

  test("of any rules in any order, some of them twice, leads from one's lines to the other's", () => {
    const { files } = fixtureSteps().find(({ name }) => name === "quickstart/1")!;
    const made = (ports: readonly number[]) => bundles([...files, denying(ports)]).get("node-1")!;
    const ports = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 8 });
    fc.assert(
      fc.property(ports, ports, (before, after) => expectLossless(made(before), made(after))),
      { numRuns: 30, seed: 7 },
    );
  });
});
