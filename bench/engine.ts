// The engine at cluster scale, as multiples of what JSON.parse takes on the same input as text.
//   npm run bench:engine -- [--pods N] [--policies N] [--json]
import { parseArgs } from "node:util";
import { PRINTERS } from "../compiler/backends/index.ts";
import { DEFAULT_FEATURES } from "../compiler/dataplane/features.ts";
import { Engine } from "../compiler/engine/engine.ts";
import type { ModelObject, ModelUpdate } from "../compiler/ir/cluster-model.ts";
import { builtinObjects } from "../compiler/resources/builtin.ts";
import { decodeDocuments } from "../compiler/resources/decode.ts";
import { lowerResources } from "../compiler/resources/lower.ts";
import { type ClusterSize, clusterDocuments, fingerprint, OWN_NODE } from "./cluster.ts";

const { values } = parseArgs({
  options: {
    pods: { type: "string", default: "50000" },
    policies: { type: "string", default: "2000" },
    json: { type: "boolean" },
  },
});
const size: ClusterSize = { pods: Number(values.pods), policies: Number(values.policies), localPods: 200 };
const report = () => undefined;

function lower(documents: readonly unknown[]): readonly ModelUpdate[] {
  const located = documents.map((value, index) => ({ file: "bench.json", index, path: [], value }));
  const objects: readonly ModelObject[] = [
    ...builtinObjects(),
    ...lowerResources(decodeDocuments(located, report), { report, interfacePrefix: "cali" }),
  ];
  return objects.map((value) => ({ kind: value.kind, key: value.key, value }));
}

function artifacts(engine: Engine): number {
  const context = { features: DEFAULT_FEATURES, report };
  const ir = engine.nodeIr(OWN_NODE);
  return PRINTERS.flatMap((print) => print(ir, context)).reduce((sum, { text }) => sum + text.length, 0);
}

function timed<T>(work: () => T): readonly [result: T, milliseconds: number] {
  const start = performance.now();
  const result = work();
  return [result, performance.now() - start];
}

function median(runs: readonly number[]): number {
  return runs.toSorted((a, b) => a - b)[Math.floor(runs.length / 2)]!;
}

/** One compile from decoded objects to the artifacts of one node, in its stages. */
function scratch(of: ClusterSize) {
  const texts = [...clusterDocuments(of)];
  const [documents, parse] = timed(() => texts.map((text) => JSON.parse(text) as unknown));
  const [updates, decode] = timed(() => lower(documents));
  const engine = new Engine();
  const [, analyse] = timed(() => {
    engine.update(updates);
    engine.nodeIr(OWN_NODE);
  });
  const [bytes, emit] = timed(() => artifacts(engine));
  return { texts, engine, updates, parse, decode, analyse, emit, bytes };
}

const full = scratch(size);
const half = scratch({ ...size, pods: size.pods / 2, policies: size.policies / 2 });
const whole = (run: typeof full) => run.decode + run.analyse + run.emit;

/** A label flip of one remote pod, looked at from the node. */
function podUpdates(engine: Engine, updates: readonly ModelUpdate[]): number {
  const pods = updates.filter(({ kind }) => kind === "workload-endpoint").slice(-200);
  engine.nodeIr(OWN_NODE);
  return median(
    pods.map((update, i) => {
      const value = update.value as Extract<ModelObject, { kind: "workload-endpoint" }>;
      const changed = { ...value, labels: { ...value.labels, app: `app-${i}` } };
      return timed(() => {
        engine.update([{ ...update, value: changed }]);
        engine.nodeIr(OWN_NODE);
      })[1];
    }),
  );
}

const podParse = median(
  full.texts
    .filter((text) => text.includes('"Pod"'))
    .slice(0, 2000)
    .map((text) => timed(() => JSON.parse(text))[1]),
);
const pod = podUpdates(full.engine, full.updates);
const figures = {
  scratch_over_json_parse: whole(full) / full.parse,
  growth_per_doubling: whole(full) / whole(half),
  pod_over_json_parse: pod / podParse,
};

console.log(`${size.pods} pods, ${size.policies} policies, input ${fingerprint(full.texts)}`);
console.log(
  `JSON.parse ${full.parse.toFixed(0)} ms; decode and lower ${full.decode.toFixed(0)} ms; engine ${full.analyse.toFixed(0)} ms; emit and print ${full.emit.toFixed(0)} ms (${full.bytes} bytes)`,
);
console.log(
  `one pod's labels flipped: ${(pod * 1000).toFixed(0)} µs, against ${(podParse * 1000).toFixed(1)} µs to parse it`,
);
for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(26)} ${value.toFixed(2)}`);
if (values.json) console.log(JSON.stringify(figures));
