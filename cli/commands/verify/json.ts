import type { Compilation } from "../../../compiler/index.ts";
import type { NodeResult } from "./result.ts";

/** `-o json`, version 1: additive changes keep the number. The same input gives the same bytes. */
export function reportJson(compilation: Compilation, results: readonly NodeResult[]) {
  return {
    version: 1,
    ok: results.length > 0 && results.every(({ kind }) => kind === "proven"),
    nodes: results.map(nodeJson),
    diagnostics: compilation.diagnostics,
  };
}

function nodeJson(result: NodeResult) {
  const { node, kind } = result;
  switch (result.kind) {
    case "proven": {
      const { routes, sets } = result.figures;
      return { node, result: kind, ipVersions: result.versions, routes, sets };
    }
    case "not-proven":
      return {
        node,
        result: kind,
        counterexample: result.counterexample ?? null,
        deviations: result.deviations.map(({ definition, ...rest }) => ({
          ...rest,
          definition: definition ?? null,
        })),
      };
    case "unreadable":
      return { node, result: kind, reason: result.reason };
    case "not-covered":
      return { node, result: kind, reason: result.what };
    case "has-errors":
      return { node, result: kind };
    default:
      return result satisfies never;
  }
}
