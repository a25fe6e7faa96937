import {
  changesOf,
  type Disturbance,
  type FlowChange,
  type PlaceDiff,
  type ResourceSummary,
} from "../../../compiler/index.ts";
import { waitingJson } from "../confirm/waiting.ts";
import { bgpJson } from "./bgp-json.ts";
import type { Plan } from "./plan.ts";
import type { FlowsOfNode, PlannedNode } from "./planned-node.ts";
import { summaryLine } from "./summary-line.ts";

/** `-o json`, version 1 (schema: docs/plan.schema.json): additive changes keep the number. Same input, same bytes. */
export function planJson(plan: Plan) {
  const { against, nodes, resources, changedResources, totals, flows, isChange } = plan;
  return {
    version: 1,
    against,
    confirm: plan.waiting === undefined ? null : waitingJson(plan.waiting),
    changed: isChange,
    changedResources: changedResources ?? null,
    resources: resources.map(resourceJson),
    nodes: nodes.map(nodeJson),
    bgp: bgpJson(plan.bgp),
    totals: { ...totals, flows },
    summary: summaryLine(plan),
  };
}

function resourceJson({ resource, counts, endpoints, nodes }: ResourceSummary) {
  return { resource, counts: [...counts].map(([unit, ops]) => ({ unit, ...ops })), endpoints, nodes };
}

function nodeJson({ node, isNew, isGone, places, drift, disturbances, flows }: PlannedNode) {
  return {
    node,
    state: isNew ? "new" : isGone ? "gone" : "kept",
    changes: changesJson(places),
    drift: drift === undefined ? null : changesJson(drift),
    disturbances: disturbances satisfies readonly Disturbance[],
    flows: flowsJson(flows),
  };
}

function changesJson(places: readonly PlaceDiff[]) {
  return changesOf(places).map(({ artifact, kind, name, op, was, lines, from, to, reason, inFilesOnly }) => ({
    artifact,
    place: { kind, name },
    op,
    was,
    lines,
    from: from ?? null,
    to: to ?? null,
    reason,
    inFilesOnly: inFilesOnly === true,
  }));
}

function flowsJson(result: FlowsOfNode) {
  if (result.kind === "not-compared") return { compared: false, reason: result.reason };
  const { isEqual, changes, totals, routes, outliving } = result.flows;
  return {
    compared: true,
    isEqual,
    routes,
    totals,
    changes: changes.map((change) => flowJson(change, outliving.includes(change))),
  };
}

function flowJson(change: FlowChange, outlives: boolean) {
  const { becomes, version, from, to, ways, packets, morePackets, example } = change;
  return {
    becomes,
    ipVersion: version,
    from,
    to,
    ways,
    packets,
    morePackets,
    example,
    establishedConnectionsGoOn: outlives,
  };
}
