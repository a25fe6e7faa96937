// What it costs to prove a node's files, from scratch and after one policy changed.
//   npm run bench:verify -- [--pods N] [--policies N] [--each N] [--json]
import { parseArgs } from "node:util";
import { type Compilation, compile, DEFAULT_FEATURES } from "../compiler/index.ts";
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
const size = { pods: Number(values.pods), policies: Number(values.policies), each: Number(values.each) };
const NODE = "node-0";
const RULES = 5;

/** A node's worth of pods, as many elsewhere, and policies of five rules in each direction. */
function* documents(changed: boolean): Iterable<unknown> {
  const named = (kind: string, name: string, spec: object) => ({
    apiVersion: "projectcalico.org/v3",
    kind,
    metadata: { name },
    spec,
  });
  for (const i of [0, 1]) yield named("Node", `node-${i}`, { bgp: { ipv4Address: `172.16.0.${i + 1}/24` } });
  yield named("IPPool", "pool", { cidr: "10.0.0.0/8" });
  yield { apiVersion: "v1", kind: "Namespace", metadata: { name: "ns" } };
  for (let i = 0; i < size.pods * 2; i++) yield pod(i);
  for (let i = 0; i < size.policies; i++) {
    const rule = (j: number, side: "source" | "destination") => ({
      action: j === 4 ? "Deny" : "Allow",
      protocol: j % 2 === 0 ? "TCP" : "UDP",
      [side]: { selector: `app in {'app-${(i + j) % size.pods}', 'x${i}-${j}'}` },
      ...(side === "source" ? { destination: { ports: [8000 + j + (changed && i === 7 ? 1 : 0)] } } : {}),
    });
    yield named("GlobalNetworkPolicy", `policy-${i}`, {
      order: i,
      selector: `group-${i % Math.ceil(size.pods / size.each)} == 'yes'`,
      types: ["Ingress", "Egress"],
      ingress: Array.from({ length: RULES }, (_, j) => rule(j, "source")),
      egress: Array.from({ length: RULES }, (_, j) => rule(j, "destination")),
    });
  }
}

function pod(i: number): unknown {
  const ip = `10.${i >>> 16}.${(i >>> 8) & 255}.${i & 255}`;
  const group = `group-${Math.floor((i % size.pods) / size.each)}`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `pod-${i}`, namespace: "ns", labels: { app: `app-${i % size.pods}`, [group]: "yes" } },
    spec: { nodeName: `node-${Math.floor(i / size.pods)}`, containers: [{ name: "c" }] },
    status: { phase: "Running", podIP: ip, podIPs: [{ ip }] },
  };
}

function compiled(changed: boolean): Compilation {
  const text = [...documents(changed)].map((document) => JSON.stringify(document)).join("\n---\n");
  return compile([{ path: "bench.yaml", text }], {
    features: DEFAULT_FEATURES,
    compilerVersion: "bench",
    nodes: [NODE],
  });
}

function prove({ model, nodes }: Compilation) {
  const { ir, artifacts } = nodes[0]!;
  const start = performance.now();
  const proof = verifyFiles(model, ir, artifacts!);
  return { proof, milliseconds: performance.now() - start };
}

const before = compiled(false);
for (const { severity, message } of before.diagnostics)
  if (severity === "error") throw new Error(message);
const scratch = prove(before);
console.log(scratch.proof.isEqual, scratch.proof.figures, scratch.milliseconds);
