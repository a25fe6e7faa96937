import { describe, expect, test } from "vitest";
import { fixtureSteps } from "../tests/fixtures.ts";
import { crossingOf, type ExplainedNode, explain, notCovered, traceCounterexample } from "./explain.ts";
import { type Compilation, compile, DEFAULT_FEATURES, type SourceFile } from "./index.ts";
import type { ClusterModel } from "./ir/cluster-model.ts";
import { DEFAULT_FELIX_SETTINGS } from "./ir/felix-config.ts";
import { verifyFiles } from "./verify.ts";

function compiled(files: readonly SourceFile[]): Compilation {
  return compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
}

function nodesOf({ model, nodes }: Compilation): readonly ExplainedNode[] {
  return nodes.map(({ ir, artifacts }) => ({ model, ir, files: artifacts! }));
}

const tcpTo = (destinationPort: number) => ({
  protocol: 6,
  sourcePort: 40_000,
  destinationPort,
  icmp: undefined,
});

const RULES = "iptables.restore";

/** Of a fixture; evenly spread over all of them. */
const MOST_CROSSINGS = 41;

/** Every pod, every node, and some addresses of nobody. */
function endsOf(model: ClusterModel): readonly string[] {
  return [
    ...[...model.all("workload-endpoint").values()].map(({ workload }) => workload),
    ...[...model.all("node").keys()].map((name) => `node/${name}`),
    "192.0.2.7",
    "2001:db8:100::5",
  ];
}

describe.each(fixtureSteps())("$name, between ends of all kinds, over both IP versions", ({ files }) => {
  const compilation = compiled(files);
  const nodes = nodesOf(compilation);
  const { model } = compilation;

  const ends = endsOf(model);
  const crossings = ends.flatMap((from) =>
    ends.flatMap((to) =>
      ([4, 6] as const).flatMap((version) => {
        const crossing = crossingOf(model, { from, to, node: undefined, version });
        return crossing.ok ? [{ from, to, crossing: crossing.found }] : [];
      }),
    ),
  );

  test("the emitted rules do what the resources say", () => {
    const step = Math.ceil(crossings.length / MOST_CROSSINGS);
    for (const { from, to, crossing } of crossings.filter((_, i) => i % step === 0))
      for (const port of [80, 5432]) {
        const { nodes: crossed } = explain(nodes, crossing, tcpTo(port), undefined, files);
        for (const { node, agreed, resources, files: emitted } of crossed) {
          expect({ from, to, port, node, agreed }).toEqual({ from, to, port, node, agreed: true });
          expect(emitted.rules.length).toBeGreaterThan(0);
          expect(resources.points.at(-1)?.action === "deny").toBe(resources.verdict === "deny");
        }
      }
    expect(crossings.length).toBeGreaterThan(0);
  });
});

describe.each([
  ["quickstart/1", "node-1"],
  ["bare-metal", "web-1"],
])("counterexamples of %s on %s", (fixture, nodeName) => {
  const { files } = fixtureSteps().find(({ name }) => name === fixture)!;
  const { model, nodes } = compile(files, {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
    nodes: [nodeName],
  });
  const { ir, artifacts } = nodes[0]!;

  /** The files without one line of their rules. */
  function withoutLine(line: number): ExplainedNode["files"] {
    return artifacts!.map(({ path, text }) => ({
      path,
      text: path === RULES ? text.split("\n").toSpliced(line, 1).join("\n") : text,
    }));
  }

  test("are packets with which the evaluator and a run of the files differ, just as the proof says", () => {
    const lines = artifacts!.find(({ path }) => path === RULES)!.text.split("\n");
    const rules = [...lines.keys()].filter((line) => lines[line]!.startsWith("-"));
    let found = 0;
    for (const line of rules.filter((_, i) => i % 6 === 0)) {
      const changed = withoutLine(line);
      const { counterexample } = verifyFiles(model, ir, changed);
      if (counterexample === undefined) continue;
      found++;
      const { resources, files: run } = traceCounterexample(
        { model, ir, files: changed },
        counterexample,
        files,
      );
      expect({ without: lines[line], resources: resources.verdict, files: run.verdict }).toEqual({
        without: lines[line],
        resources: counterexample.resourcesSay,
        files: counterexample.textSays,
      });
    }
    expect(found).toBeGreaterThan(3);
  });
});

describe("what cannot be explained", () => {
  test("files that do something else are not agreed with", () => {
    const { files } = fixtureSteps().find(({ name }) => name === "quickstart/1")!;
    const compilation = compiled(files);
    const broken = nodesOf(compilation).map((node) => ({
      ...node,
      files: node.files.map(({ path, text }) => ({
        path,
        text: text.replace(/^-A cali-pi-np\/demo\/allow-api .*--dports 9000.*\n/m, ""),
      })),
    }));
    const ends = { from: "demo/frontend-0", to: "demo/backend-0", node: undefined, version: undefined };
    const crossing = crossingOf(compilation.model, ends);
    if (!crossing.ok) throw new Error(crossing.problem);
    const { nodes, verdict } = explain(broken, crossing.found, tcpTo(9000), undefined, files);
    expect(verdict).toBe("allow");
    expect(nodes).toMatchObject([
      { agreed: false, resources: { verdict: "allow" }, files: { verdict: "deny" } },
    ]);
  });

  test("kube-proxy's IPVS mode is not covered, and said not to be", () => {
    expect(notCovered(DEFAULT_FELIX_SETTINGS)).toBeUndefined();
    expect(notCovered({ ...DEFAULT_FELIX_SETTINGS, kubeIpvsSupport: true })).toContain("IPVS");
  });
});
