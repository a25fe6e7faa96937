// What it costs to prove a node's files, as a multiple of what compiling them costs.
//   npm run bench:verify -- [--pods N] [--policies N] [--each N] [--json]
import { parseArgs } from "node:util";
import { compile, DEFAULT_FEATURES } from "../compiler/index.ts";
import { verifyFiles } from "../compiler/verify.ts";

const { values } = parseArgs({
  options: {
    /** On the node. */
    pods: { type: "string", default: "100" },
    policies: { type: "string", default: "2000" },
    /** How many pods of the node one policy is for. */
    each: { type: "string", default: "1" },
    json: { type: "boolean" },
  },
});
const full = { pods: Number(values.pods), policies: Number(values.policies), each: Number(values.each) };
const NODE = "node-0";
const RULES = 5;

type Size = typeof full;

/** A node's worth of pods, as many elsewhere, and policies of five rules in each direction. */
function* documents({ pods, policies, each }: Size): Iterable<unknown> {
  const named = (kind: string, name: string, spec: object) => ({
    apiVersion: "projectcalico.org/v3",
    kind,
    metadata: { name },
    spec,
  });
  for (const i of [0, 1]) yield named("Node", `node-${i}`, { bgp: { ipv4Address: `172.16.0.${i + 1}/24` } });
  yield named("IPPool", "pool", { cidr: "10.0.0.0/8" });
  yield { apiVersion: "v1", kind: "Namespace", metadata: { name: "ns" } };
  for (let i = 0; i < pods * 2; i++) yield pod(i, pods, each);
  for (let i = 0; i < policies; i++) {
    const rule = (j: number, side: "source" | "destination") => ({
      action: j === 4 ? "Deny" : "Allow",
      protocol: j % 2 === 0 ? "TCP" : "UDP",
      [side]: { selector: `app in {'app-${(i + j) % pods}', 'x${i}-${j}'}` },
      ...(side === "source" ? { destination: { ports: [8000 + j] } } : {}),
    });
    yield named("GlobalNetworkPolicy", `policy-${i}`, {
      order: i,
      selector: `group-${i % Math.ceil(pods / each)} == 'yes'`,
      types: ["Ingress", "Egress"],
      ingress: Array.from({ length: RULES }, (_, j) => rule(j, "source")),
      egress: Array.from({ length: RULES }, (_, j) => rule(j, "destination")),
    });
  }
}

function pod(i: number, pods: number, each: number): unknown {
  const ip = `10.${i >>> 16}.${(i >>> 8) & 255}.${i & 255}`;
  const group = `group-${Math.floor((i % pods) / each)}`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `pod-${i}`, namespace: "ns", labels: { app: `app-${i % pods}`, [group]: "yes" } },
    spec: { nodeName: `node-${Math.floor(i / pods)}`, containers: [{ name: "c" }] },
    status: { phase: "Running", podIP: ip, podIPs: [{ ip }] },
  };
}

function timed<T>(work: () => T): readonly [result: T, milliseconds: number] {
  const start = performance.now();
  const result = work();
  return [result, performance.now() - start];
}

function run(size: Size) {
  const text = [...documents(size)].map((document) => JSON.stringify(document)).join("\n---\n");
  const options = { features: DEFAULT_FEATURES, compilerVersion: "bench", nodes: [NODE] };
  const [{ model, nodes, diagnostics }, compiling] = timed(() =>
    compile([{ path: "bench.yaml", text }], options),
  );
  const error = diagnostics.find(({ severity }) => severity === "error");
  if (error !== undefined) throw new Error(error.message);
  const { ir, artifacts } = nodes[0]!;
  const [proof, proving] = timed(() => verifyFiles(model, ir, artifacts!));
  if (!proof.isEqual) throw new Error("not proven");
  return { proof, compiling, proving };
}

run({ pods: 10, policies: 50, each: 1 });
const whole = run(full);
const half = run({ ...full, policies: full.policies / 2 });
const figures = {
  proof_over_compile: whole.proving / whole.compiling,
  growth_per_doubling: whole.proving / half.proving,
};
const { sets, diagrams } = whole.proof.figures;
console.log(
  `${full.pods} pods, ${full.policies} policies, ${full.policies * RULES * 2} rules, each proven for IPv4 and IPv6: ${sets} sets, ${diagrams} diagrams`,
);
console.log(`compile ${whole.compiling.toFixed(0)} ms, proof ${whole.proving.toFixed(0)} ms`);
for (const [name, value] of Object.entries(figures)) console.log(`${name.padEnd(20)} ${value.toFixed(2)}`);
if (values.json) console.log(JSON.stringify(figures));
