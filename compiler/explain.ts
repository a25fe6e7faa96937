import type { Artifact } from "./backends/backend.ts";
import { closest } from "./diagnostics/suggest.ts";
import type { ClusterModel } from "./ir/cluster-model.ts";
import type { NodeIr } from "./ir/node-ir.ts";
import { Host } from "./semantics/evaluator/host.ts";
import {
  type Crossing,
  type CrossingProblem,
  type Ends,
  findCrossing,
} from "./semantics/explain/crossing.ts";
import type { EndProblem, Found } from "./semantics/explain/ends.ts";
import { type Explanation, explainCrossing } from "./semantics/explain/explanation.ts";
import type { Payload } from "./semantics/explain/hop.ts";
import { type NodeTrace, traceOf } from "./semantics/explain/trace.ts";
import type { Where } from "./semantics/explain/words.ts";
import { readDataplanes } from "./semantics/simulator/read.ts";
import type { Counterexample } from "./semantics/verify/verify.ts";
import { createLocator } from "./syntax/locator.ts";
import type { SourceFile } from "./syntax/source.ts";

/** A node whose files are to be explained: what the resources mean, and what was emitted for it. */
export interface ExplainedNode {
  readonly model: ClusterModel;
  readonly ir: Pick<NodeIr, "node" | "settings">;
  readonly files: readonly Artifact[];
}

/** Both readings' way of the packet that they treat differently. */
export function traceCounterexample(
  { model, ir, files }: ExplainedNode,
  { packet }: Pick<Counterexample, "packet">,
  sources: readonly SourceFile[],
): NodeTrace {
  const host = new Host(model, ir.settings, ir.node);
  return traceOf(host, readDataplanes(files)[packet.source.version], packet, placesIn(sources), true);
}

/** The nodes that a packet between the two ends crosses, or why nobody can tell, in words. */
export function crossingOf(model: ClusterModel, ends: Ends): Found<Crossing, string> {
  const result = findCrossing(model, ends);
  return result.ok ? result : { ok: false, problem: problemWords(ends, result.problem) };
}

/** What becomes of the packet on each node of the crossing; `nodes` holds all of these. */
export function explain(
  nodes: readonly ExplainedNode[],
  crossing: Crossing,
  payload: Payload,
  uplink: string | undefined,
  sources: readonly SourceFile[],
): Explanation {
  return explainer(nodes, uplink, sources)(crossing, payload);
}

/** `explain` for many packets: the nodes' files are read once. */
export function explainer(
  nodes: readonly ExplainedNode[],
  uplink: string | undefined,
  sources: readonly SourceFile[],
): (crossing: Crossing, payload: Payload) => Explanation {
  const byName = new Map(
    nodes.map(({ model, ir, files }) => [
      ir.node,
      { host: new Host(model, ir.settings, ir.node), dataplanes: readDataplanes(files) },
    ]),
  );
  const where = placesIn(sources);
  return (crossing, payload) =>
    explainCrossing((name) => byName.get(name)!, crossing, payload, uplink, where);
}

/** What neither `verify` nor `explain` can judge on this node, in words; `undefined` = nothing of the kind. */
export function notCovered({ kubeIpvsSupport }: NodeIr["settings"]): string | undefined {
  return kubeIpvsSupport
    ? "kube-proxy's IPVS mode (kubeIpvsSupport): the meaning of the resources is known for its iptables mode only"
    : undefined;
}

function placesIn(sources: readonly SourceFile[]): Where {
  const locator = createLocator(sources);
  return (origin) => {
    const found = locator.locate(origin, "value");
    return found && { file: found.file, line: found.line };
  };
}

function problemWords(ends: Ends, problem: CrossingProblem): string {
  switch (problem.kind) {
    case "end":
      return `--${problem.which} ${ends[problem.which]}: ${endProblemWords(problem.problem)}`;
    case "unknown-node":
      return `--node ${problem.name}: ${unknown("node", problem.name, problem.known)}`;
    case "no-common-version":
      return problem.version === undefined
        ? "--from and --to have no addresses of one IP version"
        : `--ip-version ${problem.version}: --from and --to do not both have an address of it`;
    case "crosses-no-node":
      return "neither --from nor --to is on a node of the cluster; --node says which one the packet passes";
    case "not-on-the-way":
      return `--node ${problem.node}: the packet does not cross it, but ${problem.nodes.join(", then ")}`;
  }
}

function endProblemWords(problem: EndProblem): string {
  switch (problem.kind) {
    case "unknown-pod":
      return unknown("pod", problem.name, problem.known);
    case "unknown-node":
      return unknown("node", problem.name, problem.known);
    case "pod-without-address":
      return "the pod has no address on a node: it is finished, or was never scheduled";
    case "node-without-address":
      return "the Node has no address";
    case "which-host":
      return "of which node? Say node/NAME, or choose the node with --node";
    case "not-an-end":
      return "neither NAMESPACE/POD nor an IP address nor node/NAME nor host";
  }
}

function unknown(what: string, name: string, known: readonly string[]): string {
  const suggestion = closest(name, known);
  return `there is no ${what} ${name}${suggestion === undefined ? "" : `; did you mean ${suggestion}?`}`;
}
