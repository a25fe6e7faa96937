import type { Artifact } from "./backends/backend.ts";
import type { ClusterModel } from "./ir/cluster-model.ts";
import type { NodeIr } from "./ir/node-ir.ts";
import { Host } from "./semantics/evaluator/host.ts";
import { readDataplanes } from "./semantics/simulator/read.ts";
import { asItIs, definitionsOf } from "./semantics/verify/definitions.ts";
import { type Proof, verify } from "./semantics/verify/verify.ts";

/**
 * Proves that the files do with every packet what the resources say, or finds one with which they do something else.
 * Of the IR only the settings of the node and the definitions of its sets are used. Throws `UnreadableText` for files
 * with something in them that has no known meaning.
 */
export function verifyFiles(
  model: ClusterModel,
  ir: Pick<NodeIr, "node" | "settings" | "ipSets">,
  files: readonly Artifact[],
): Proof {
  const host = new Host(model, ir.settings, ir.node);
  const definitions = definitionsOf(host, ir.ipSets);
  return verify(
    host,
    readDataplanes(files, (set, contents) => definitions.get(set) ?? asItIs(set, contents)),
    definitions,
  );
}
