import type { ClusterModel } from "../../ir/cluster-model.ts";
import type { NodeIr } from "../../ir/node-ir.ts";
import { Evaluator } from "../../semantics/evaluator/evaluate.ts";
import { Host } from "../../semantics/evaluator/host.ts";
import { diffFlows, type FlowChange, type FlowDiff, type FlowLimits } from "./flow-diff.ts";

/** What the resources mean on one node. */
export interface NodeMeaning {
  readonly model: ClusterModel;
  readonly ir: Pick<NodeIr, "node" | "settings">;
}

export interface NodeFlows extends FlowDiff {
  /** Of `changes`, those now denied whose established connections go on: judged by each one's example. */
  readonly outliving: readonly FlowChange[];
}

/** What a node does with new connections before and after, and what a new deny leaves alive. */
export function compareFlows(before: NodeMeaning, after: NodeMeaning, limits: FlowLimits): NodeFlows {
  const host = new Host(after.model, after.ir.settings, after.ir.node);
  const diff = diffFlows(new Host(before.model, before.ir.settings, before.ir.node), host, limits);
  const evaluator = new Evaluator(host);
  const outliving = diff.changes.filter(
    ({ becomes, packet }) =>
      becomes === "denied" && evaluator.evaluate({ ...packet, connection: "established" }).allowed,
  );
  return { ...diff, outliving };
}
