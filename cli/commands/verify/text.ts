import type { Proof } from "../../../compiler/index.ts";
import { count } from "../../output/count.ts";
import { headerWords, pointLines, ruleLines } from "../explain/trace-text.ts";
import type { NodeResult, TracedCounterexample } from "./result.ts";

/** One line for a node that is proven; for any other, what was found. */
export function reportText(results: readonly NodeResult[]): string {
  if (results.length === 0)
    return "nothing verified: the resources describe no node that could be compiled\n";
  return `${results.map((result) => `${result.node}: ${nodeText(result)}`).join("\n")}\n`;
}

function nodeText(result: NodeResult): string {
  switch (result.kind) {
    case "proven": {
      const { routes, sets } = result.figures;
      const versions = result.versions.map((version) => `IPv${version}`).join(" and ");
      const checked = `${count(routes, "route")} of ${versions} by any interface, ${count(sets, "set")} checked`;
      return `proven for all packets on ${checked} (${Math.round(result.milliseconds)} ms)`;
    }
    case "not-proven":
      return [
        "NOT PROVEN",
        ...counterexample(result.counterexample),
        ...result.deviations.map(deviation),
      ].join("\n");
    case "unreadable":
      return `NOT PROVEN: the files hold something of no known meaning: ${result.reason}`;
    case "not-covered":
      return `not covered: ${result.what}`;
    case "has-errors":
      return "not verified: the resources have errors";
    default:
      return result satisfies never;
  }
}

function counterexample(found: TracedCounterexample | undefined): readonly string[] {
  if (found === undefined) return [];
  const { resourcesSay, filesSay, trace } = found;
  const { resources, files } = trace;
  const lines = [
    `  a packet:  ${headerWords(trace.packet)}`,
    "",
    `  the resources ${SAY[resourcesSay]}:`,
    ...pointLines(resources.points),
    "",
    `  the files ${SAY[filesSay]}:`,
    ...ruleLines(files.rules),
  ];
  // Marks that others have set before are free for the proof, and clear in a run.
  if (files.verdict !== filesSay)
    lines.push(`    (with marks that others have set; without, they ${SAY[files.verdict]})`);
  return lines;
}

const SAY = {
  allow: "allow it",
  deny: "deny it",
  elsewhere: "send it another way: its destination is translated otherwise",
} as const;

function deviation({ set, line, definition, missing, unexpected }: Proof["deviations"][number]): string {
  const about = definition === undefined ? "no resource asks for this set" : definition;
  return [
    `  set ${set} (ipset.restore:${line}), ${about}`,
    ...(missing.length > 0 ? [`    missing:     ${missing.join(", ")}`] : []),
    ...(unexpected.length > 0 ? [`    unexpected:  ${unexpected.join(", ")}`] : []),
  ].join("\n");
}
