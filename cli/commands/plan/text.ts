import pc from "picocolors";
import type { Disturbance, ResourceSummary } from "../../../compiler/index.ts";
import { count } from "../../output/count.ts";
import { waitingText } from "../confirm/waiting.ts";
import { bgpText } from "./bgp-text.ts";
import { disturbanceText } from "./disturbance-text.ts";
import { flowsText } from "./flow-text.ts";
import { placesText } from "./place-text.ts";
import type { Plan } from "./plan.ts";
import { summaryLine } from "./summary-line.ts";

/** What a person reads: by resource, by node and artifact, what is disturbed, the flows, and last the plan in a line. */
export function planText(plan: Plan, full: boolean): string {
  const { nodes, resources, changedResources = [], waiting } = plan;
  const sections: (readonly string[])[] = [
    waiting === undefined ? [] : [pc.bold(waitingText(waiting))],
    section(
      `Resources that are not as ${plan.against.kind === "live" ? "on" : "in"} ${plan.against.name}`,
      changedResources.map(({ op, resource }) => `${SIGNS[op]} ${resource}`),
    ),
    section("By resource", resources.map(resourceText)),
    ...nodes.map((node) => {
      const what = node.isNew ? ", a new node" : node.isGone ? ", which is gone" : "";
      return section(`Node ${node.node}${what}`, placesText(node, full));
    }),
    ...nodes.map(({ node, drift, before, after }) =>
      section(
        `Drift of node ${node} from what was last applied (signs: what an apply does about it)`,
        drift === undefined ? [] : placesText({ places: drift, before, after }, full),
      ),
    ),
    section(
      "Disturbances",
      nodes.flatMap(({ node, disturbances }) =>
        disturbances
          .filter((each) => !isSaidOfBgp(each, plan))
          .map((each) => `${node}: ${disturbanceText(each)}`),
      ),
    ),
    section("BGP, once it has come to rest", bgpText(plan.bgp, full)),
    section("Flows", nodes.flatMap(flowsText)),
    [pc.bold(summaryLine(plan))],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

/** The part on BGP says it with both ends. */
function isSaidOfBgp(each: Disturbance, { bgp }: Plan): boolean {
  return bgp.kind === "compared" && each.kind === "bgp-session" && each.op !== "change";
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [pc.bold(title), ...lines.map((line) => (line === "" ? "" : `  ${line}`))];
}

const SIGNS = { add: "+", remove: "-", change: "~" } as const;

const DONE = { add: "added", remove: "removed", change: "changed", move: "moved" } as const;

function resourceText({ resource, counts, endpoints, nodes }: ResourceSummary): string {
  const done = [...counts].flatMap(([unit, ops]) =>
    (["add", "remove", "change", "move"] as const)
      .filter((op) => ops[op] > 0)
      .map((op) => `${count(ops[op], unit)} ${DONE[op]}`),
  );
  const affects = endpoints.length === 0 ? "on" : `affects ${count(endpoints.length, "endpoint")} on`;
  const what = done.length === 0 ? "an empty chain" : done.join(", ");
  return `${resource}: ${what}, ${affects} ${count(nodes.length, "node")}`;
}
