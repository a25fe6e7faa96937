import { type Artifact, compile, DEFAULT_FEATURES, type NodeIr } from "../../compiler/index.ts";
import type { ClusterModel } from "../../compiler/ir/cluster-model.ts";
import { fixtureSteps } from "../fixtures.ts";

/** One node of a fixture with the files that are mutated. */
export interface Subject {
  /** `shop worker-1`. */
  readonly name: string;
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
      model,
      ir,
      artifacts: artifacts!,
    }));
  });
}
