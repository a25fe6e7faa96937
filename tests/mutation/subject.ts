import {
  type Artifact,
  compile,
  DEFAULT_FEATURES,
  type NodeIr,
  type SourceFile,
} from "../../compiler/index.ts";
import type { ClusterModel } from "../../compiler/ir/cluster-model.ts";
import { fixtureSteps } from "../fixtures.ts";

/** One node with the files that are mutated. */
export interface Subject {
  /** `shop worker-1`. */
  readonly name: string;
  readonly resources: readonly SourceFile[];
  readonly model: ClusterModel;
  readonly ir: NodeIr;
  readonly artifacts: readonly Artifact[];
}

/** Every node of every fixture. */
export function subjects(): readonly Subject[] {
  return fixtureSteps().flatMap(({ name, files }) => {
    const { model, nodes } = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
    return nodes.map(({ node, ir, artifacts }) => ({
      name: `${name} ${node}`,
      resources: files,
      model,
      ir,
      artifacts: artifacts!,
    }));
  });
}
