import type { Artifact } from "./backends/backend.ts";
import type { ClusterModel } from "./ir/cluster-model.ts";
import type { NodeIr } from "./ir/node-ir.ts";
import { Host } from "./semantics/evaluator/host.ts";
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

function placesIn(sources: readonly SourceFile[]): Where {
  const locator = createLocator(sources);
  return (origin) => {
    const found = locator.locate(origin, "value");
    return found && { file: found.file, line: found.line };
  };
}

/** What `verify` can say nothing about on this node, in words; `undefined` = nothing of the kind. */
export function notCovered({ kubeIpvsSupport }: NodeIr["settings"]): string | undefined {
  return kubeIpvsSupport
    ? "kube-proxy's IPVS mode (kubeIpvsSupport): the meaning of the resources is known for its iptables mode only"
    : undefined;
}
