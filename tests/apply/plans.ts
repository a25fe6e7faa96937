import {
  type Artifact,
  compile,
  DEFAULT_FEATURES,
  DEFAULT_OWNERSHIP,
  type RoutingOwnership,
  type SourceFile,
} from "../../compiler/index.ts";
import type { ApplyTarget } from "../../runtime/apply/target.ts";
import { fixtureSteps } from "../fixtures.ts";
import { PEER_KEYS, wireguardFiles } from "./wireguard.ts";

/** Two bundles of one node: what is there, and what shall be. */
export interface PlanCase {
  readonly name: string;
  readonly from: ApplyTarget;
  readonly to: ApplyTarget;
}

/** What a node is when nothing of ours is on it. */
export function bare(node: string, ownership: RoutingOwnership = DEFAULT_OWNERSHIP): ApplyTarget {
  return { node, artifacts: [], ownership };
}

export function compileTarget(
  files: readonly SourceFile[],
  node: string,
  features = DEFAULT_FEATURES,
): ApplyTarget {
  const compilation = compile(files, { features, compilerVersion: "test", nodes: [node] });
  const [compiled] = compilation.nodes;
  if (compiled?.artifacts === undefined)
    throw new Error(compilation.diagnostics.map(({ message }) => message).join("\n"));
  return { node, artifacts: compiled.artifacts, ownership: compiled.ir.routing.ownership };
}

export function fixtureFiles(name: string): readonly SourceFile[] {
  const found = fixtureSteps().find((step) => step.name === name);
  if (found === undefined) throw new Error(`no fixture ${name}`);
  return found.files;
}

/** Replaces `from` by `to` wherever it stands; that it stands nowhere is a mistake of the test. */
export function edit(files: readonly SourceFile[], from: string | RegExp, to: string): readonly SourceFile[] {
  const edited = files.map(({ path, text }) => ({ path, text: text.replaceAll(from, to) }));
  if (edited.every(({ text }, index) => text === files[index]?.text)) throw new Error(`${from} is nowhere`);
  return edited;
}

export function artifact(target: ApplyTarget, path: string): string {
  return target.artifacts.find((candidate: Artifact) => candidate.path === path)?.text ?? "";
}

/** The quickstart with the bandwidth of its pods limited both ways. */
export function limitedPods(rate: string): readonly SourceFile[] {
  const annotations = `annotations: { qos.projectcalico.org/ingressBandwidth: "${rate}", qos.projectcalico.org/egressBandwidth: "${rate}", qos.projectcalico.org/egressPeakrate: "9M" }`;
  return edit(fixtureFiles("quickstart/1"), /(kind: Pod\nmetadata:\n)/g, `$1  ${annotations}\n`);
}

/** Changes of every kind that the fixtures and small edits of them give. */
export function planCases(): readonly PlanCase[] {
  const quickstart = fixtureFiles("quickstart/1");
  const one = compileTarget(quickstart, "node-1");
  const two = compileTarget(fixtureFiles("quickstart/2"), "node-1");
  const relabelled = compileTarget(
    edit(quickstart, /(name: frontend-0[\s\S]*?app: )frontend/g, "$1other"),
    "node-1",
  );
  const metal = fixtureFiles("bare-metal");
  const database = compileTarget(metal, "db-1");
  const narrowed = compileTarget(edit(metal, "10.9.0.0/16", "10.9.128.0/17"), "db-1");
  const mesh = (step: number) => compileTarget(fixtureFiles(`bgp-mesh/${step}`), "leaf-3");
  const vxlan = compileTarget(fixtureFiles("dual-stack-vxlan"), "alpha");
  const web = compileTarget(metal, "web-1");
  const encrypted = compileTarget(wireguardFiles("wg0"), "n1");
  const [peer] = PEER_KEYS;
  const fewerPeers = compileTarget(edit(wireguardFiles("wg0"), `"${peer}"`, '""'), "n1");
  const limited = compileTarget(limitedPods("5M"), "node-1");
  return [
    { name: "a policy gets a rule", from: one, to: two },
    { name: "a policy loses a rule", from: two, to: one },
    { name: "the first bundle", from: bare("node-1", one.ownership), to: one },
    { name: "everything goes", from: two, to: bare("node-1", two.ownership) },
    { name: "a pod gets other labels", from: one, to: relabelled },
    { name: "a network set of a policy changes", from: database, to: narrowed },
    { name: "a BGP peer comes", from: mesh(1), to: mesh(2) },
    { name: "a BGP peer goes", from: mesh(2), to: mesh(1) },
    { name: "tunnels come", from: bare("alpha", vxlan.ownership), to: vxlan },
    { name: "tunnels go", from: vxlan, to: bare("alpha", vxlan.ownership) },
    { name: "an encrypted overlay comes", from: bare("n1", encrypted.ownership), to: encrypted },
    { name: "an encrypted overlay loses a peer", from: encrypted, to: fewerPeers },
    { name: "pods get limits", from: one, to: limited },
    { name: "limits change", from: limited, to: compileTarget(limitedPods("7M"), "node-1") },
    { name: "another cluster's node", from: { ...one, node: "node-1" }, to: web },
  ];
}
