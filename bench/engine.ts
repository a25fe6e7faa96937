// The engine at cluster scale, as multiples of what JSON.parse takes on the same input as text.
//   npm run bench:engine -- [--pods N] [--policies N] [--node-pods N] [--json]
import { parseArgs } from "node:util";
import { type ClusterShape, clusterDocuments, fingerprint, nodeCount } from "./engine/cluster.ts";
import { median, printNode, type Scratch, scratch, timed } from "./engine/stages.ts";
import { mixedLoad, podFlip, policyEdit } from "./engine/updates.ts";

const { values } = parseArgs({
  options: {
    pods: { type: "string", default: "250000" },
    policies: { type: "string", default: "10000" },
    "node-pods": { type: "string", default: "100000" },
    json: { type: "boolean" },
  },
});
const shape: ClusterShape = { pods: Number(values.pods), policies: Number(values.policies) };

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly target: string;
}

function measure(name: string, of: ClusterShape): Scratch {
  const run = scratch([...clusterDocuments(of)]);
  const { times } = run;
  console.log(
    `${name}: JSON.parse ${ms(times.parse)}; decode, lower and note ${ms(times.read)} (decode alone ${ms(times.decode)}); engine ${ms(times.analyse)}; emit and print ${ms(times.emit)} (${times.artifactBytes} bytes); ${(times.whole / times.parse).toFixed(1)} × JSON.parse`,
  );
  return run;
}

function ms(milliseconds: number): string {
  return `${milliseconds.toFixed(0)} ms`;
}

/** The cluster of the usual shape, and changes to it; its engine is let go of, as all others are, before the next. */
async function ordinary() {
  const { engine, times } = measure(`${shape.pods} pods, ${shape.policies} policies`, shape);
  return {
    full: times,
    pod: podFlip(engine),
    policy: policyEdit(engine, policyTexts),
    mixed: await mixedLoad(engine, policyTexts),
  };
}

/** Every node of a cluster, one after the other on one engine, against the compile of its first one. */
function allNodes(of: ClusterShape): number {
  const { engine, printers, times } = measure(`${of.pods} pods, for all nodes`, of);
  const [, rest] = timed(() => {
    for (let i = 1; i < nodeCount(of); i++) printNode(engine, `node-${i}`, printers);
  });
  console.log(`${nodeCount(of)} nodes: ${ms(rest)} after the first`);
  return (times.whole + rest) / times.whole;
}

const texts = [...clusterDocuments(shape)];
const podTexts = texts.filter((text) => text.includes('"kind":"Pod"'));
const policyTexts = texts.filter((text) => text.includes('"kind":"NetworkPolicy"'));
const parseOf = (some: readonly string[]) =>
  median(some.slice(0, 2000).map((text) => timed(() => JSON.parse(text))[1]));

console.log(`input ${fingerprint(texts)}, ${texts.reduce((sum, { length }) => sum + length, 0)} bytes`);
const half = measure("half of everything", { pods: shape.pods / 2, policies: shape.policies / 2 }).times;
const { full, pod, policy, mixed } = await ordinary();
const unique = measure("two labels of its own for every pod", { ...shape, uniqueLabels: true }).times;
measure("10,000 network sets", { ...shape, networkSets: 10_000 });
measure("10,000 isolated tenants", { ...shape, policies: 0, namespaces: 10_000 });
const nodes = allNodes({ pods: Number(values["node-pods"]), policies: shape.policies, podsPerNode: 20 });

const figures: readonly Figure[] = [
  { name: "scratch_over_json_parse", value: full.whole / full.parse, target: "at most 1" },
  {
    name: "scratch_without_decode",
    value: (full.whole - full.decode) / full.parse,
    target: "",
  },
  { name: "growth_per_doubling", value: full.whole / half.whole, target: "at most 2.2" },
  { name: "heap_mb_over_input", value: (full.heap ?? Number.NaN) / 1e6, target: "at most 500" },
  { name: "unique_labels_over_ordinary", value: unique.whole / full.whole, target: "at most 1.3" },
  { name: "pod_over_json_parse", value: pod / parseOf(podTexts), target: "at most 50" },
  { name: "policy_over_json_parse", value: policy / parseOf(policyTexts), target: "at most 500" },
  { name: "mixed_updates_per_second", value: mixed.perSecond, target: "20,000" },
  { name: "event_loop_delay_p99_ms", value: mixed.delay, target: "" },
  { name: "all_nodes_over_one", value: nodes, target: "at most 20" },
];
console.log(
  `one pod's labels flipped ${(pod * 1000).toFixed(0)} µs; one policy edited ${(policy * 1000).toFixed(0)} µs`,
);
for (const { name, value, target } of figures)
  console.log(`${name.padEnd(28)} ${value.toFixed(2).padStart(10)}   ${target}`);
if (values.json)
  console.log(JSON.stringify(Object.fromEntries(figures.map(({ name, value }) => [name, value]))));
