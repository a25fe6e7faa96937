import { describe, expect, test } from "vitest";
import { fixtureSteps } from "../../tests/fixtures.ts";
import { compile } from "../compile.ts";
import { DEFAULT_FEATURES } from "../dataplane/features.ts";
import type { SourceFile } from "../syntax/source.ts";
import { diffDataplane } from "./diff.ts";
import { disturbancesBetween } from "./disturbances.ts";
import { readDataplane } from "./state.ts";
import { type NodeChanges, summarise, totalsOf } from "./summary.ts";

function fixture(name: string): readonly SourceFile[] {
  return fixtureSteps().find((step) => step.name === name)!.files;
}

function changes(before: readonly SourceFile[], after: readonly SourceFile[]): readonly NodeChanges[] {
  const compiled = (files: readonly SourceFile[]) => {
    const { nodes } = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
    return new Map(nodes.map(({ node, artifacts }) => [node, readDataplane(artifacts!)]));
  };
  const olds = compiled(before);
  return [...compiled(after)].map(([node, state]) => {
    const old = olds.get(node)!;
    return { node, before: old, after: state, places: diffDataplane(old, state) };
  });
}

function replaced(files: readonly SourceFile[], was: string, is: string): readonly SourceFile[] {
  const made = files.map((file) => ({ ...file, text: file.text.replaceAll(was, is) }));
  expect(made).not.toEqual(files);
  return made;
}

describe("a summary by resource", () => {
  test("counts what is alike on several nodes once, and names the endpoints that rules lead from", () => {
    const [summary, ...others] = summarise(changes(fixture("quickstart/1"), fixture("quickstart/2")));
    expect(others).toEqual([]);
    expect(summary).toMatchObject({
      resource: "NetworkPolicy demo/allow-api",
      endpoints: ["Workload demo/backend-0", "Workload demo/backend-1"],
      nodes: ["node-1", "node-2"],
    });
    expect([...summary!.counts]).toEqual([["rule", { add: 2, remove: 0, change: 0, move: 0 }]]);
  });

  test("gives the jumps to a policy that goes, and what stands around them, to that policy", () => {
    const without = replaced(
      fixture("quickstart/1"),
      "selector: app == 'backend'\n",
      "selector: app == 'nobody'\n",
    );
    const found = summarise(changes(fixture("quickstart/1"), without));
    expect(found.map(({ resource }) => resource)).toEqual(["NetworkPolicy demo/allow-api"]);
  });

  test("gives rules that stand in the kernel's chains, and settings without a resource, names of their own", () => {
    const [node] = changes(fixture("quickstart/1"), fixture("quickstart/1"));
    const before = readDataplane([]);
    const after = node!.after;
    const all = { node: "node-1", before, after, places: diffDataplane(before, after) };
    const names = summarise([all]).map(({ resource }) => resource);
    expect(names).toContain("Hooks in the kernel's own chain");
    expect(names).toContain("Felix setting ipForwarding");
    expect(names).not.toContain("not in the resources");
  });

  test("follows a set to the endpoints whose policies ask it", () => {
    const files = fixture("quickstart/1");
    const moved = replaced(files, "app: frontend", "app: other");
    const found = summarise(changes(files, moved));
    const set = found.find(({ resource }) => resource.startsWith("addresses of "));
    expect(set?.endpoints).toEqual(["Workload demo/backend-0", "Workload demo/backend-1"]);
    expect(totalsOf(changes(files, moved)).sets).toBeGreaterThan(0);
  });
});

describe("disturbances", () => {
  test("name the sessions that are new, and those that restart", () => {
    const plans = changes(fixture("bgp-mesh/1"), fixture("bgp-mesh/2"));
    const found = plans.flatMap(({ before, after }) => disturbancesBetween(before, after));
    expect(found).toEqual([
      { kind: "bgp-session", name: "Node_172_31_0_1", op: "add", effect: "restart", options: [] },
    ]);
  });

  test("say that a tunnel device is made anew with all that stands on it", () => {
    const files = fixture("dual-stack-vxlan");
    const text = [
      "apiVersion: projectcalico.org/v3",
      "kind: FelixConfiguration",
      "metadata: { name: node.alpha }",
      "spec: { vxlanVNI: 77 }",
    ].join("\n");
    const plans = changes(files, [...files, { path: "felix.yaml", text }]);
    const { before, after, places } = plans.find(({ node }) => node === "alpha")!;
    const found = disturbancesBetween(before, after).filter(({ kind }) => kind === "device-recreated");
    expect(found.map((each) => each.kind === "device-recreated" && each.device)).toEqual([
      "vxlan-v6.calico",
      "vxlan.calico",
    ]);
    // What comes back as it was is no change of its own.
    const devices = places.filter(({ kind }) => kind === "device");
    expect(devices.flatMap(({ items }) => items.filter(({ op }) => op !== "same"))).toHaveLength(2);
  });
});
