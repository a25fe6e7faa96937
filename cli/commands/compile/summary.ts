import type { Compilation } from "../../../compiler/index.ts";
import { count } from "../../output/count.ts";
import { countFindings } from "../../output/diagnostics.ts";
import { table } from "../../output/table.ts";

const COLUMNS = [
  "workloads",
  "hostEndpoints",
  "policies",
  "rules",
  "sets",
  "members",
  "routes",
  "peers",
] as const;
const HEADS = ["workloads", "host endpoints", "policies", "rules", "sets", "members", "routes", "peers"];

/** What a person wants to know after a compile: what was read, what each node gets, where it is. */
export function summaryText(
  compilation: Compilation,
  directories: ReadonlyMap<string, string>,
  outDir: string,
): string {
  const total = compilation.resources.reduce((sum, [, number]) => sum + number, 0);
  const kinds = compilation.resources.map(([kind, number]) => `${number} ${kind}`).join(", ");
  const lines = [`read ${count(total, "resource")}${kinds === "" ? "" : `: ${kinds}`}`];
  if (compilation.nodes.length > 0) {
    const rows = compilation.nodes.map((node) => [
      node.node,
      ...COLUMNS.map((column) => node.counts[column]),
      directories.get(node.node) ??
        (node.artifacts === undefined ? "has errors, not written" : "not written"),
    ]);
    lines.push("", table(["node", ...HEADS, "files"], rows));
  }
  lines.push("", verdict(compilation, directories, outDir));
  return `${lines.join("\n")}\n`;
}

function verdict(compilation: Compilation, directories: ReadonlyMap<string, string>, outDir: string): string {
  const problems = countFindings(compilation.diagnostics, ["error", "warning"]);
  const suffix = problems === "" ? "" : ` (${problems})`;
  if (compilation.inputErrors) return `nothing written: the input has errors${suffix}`;
  if (compilation.nodes.length === 0) return "nothing written: the resources describe no Node";
  return directories.size === 0
    ? `nothing written: a node has errors; --keep-going writes the others${suffix}`
    : `wrote ${directories.size} of ${compilation.nodes.length} nodes to ${outDir}/${suffix}`;
}

/** `-o json`, version 1: additive changes keep the number. */
export function summaryJson(compilation: Compilation, directories: ReadonlyMap<string, string>) {
  return {
    version: 1,
    ok: !compilation.inputErrors && compilation.nodes.every(({ artifacts }) => artifacts !== undefined),
    resources: Object.fromEntries(compilation.resources),
    nodes: compilation.nodes.map((node) => ({
      node: node.node,
      counts: node.counts,
      directory: directories.get(node.node) ?? null,
      artifacts: node.artifacts?.map(({ path }) => path) ?? [],
    })),
    diagnostics: compilation.diagnostics,
  };
}
