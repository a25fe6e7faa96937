import {
  type Artifact,
  compile,
  DEFAULT_FEATURES,
  type NodeIr,
  type SourceFile,
} from "../../compiler/index.ts";
import type { ClusterModel } from "../../compiler/ir/cluster-model.ts";
import { fixtureSteps } from "../fixtures.ts";
import { REVISIONS } from "../kernel/cases/index.ts";
import { NODE } from "../kernel/cases/inventory.ts";

/** One node with the files that are mutated. */
export interface Subject {
  /** `shop worker-1`. */
  readonly name: string;
  /** Its resources are those of cases of the reference sheets, not of a fixture. */
  readonly isOfSheet: boolean;
  readonly resources: readonly SourceFile[];
  readonly model: ClusterModel;
  readonly ir: NodeIr;
  readonly artifacts: readonly Artifact[];
}

/** About routes and BGP: their rules are those of the other fixtures' nodes once more. */
const OF_ROUTES =
  /^(ipip-cross-subnet|mesh-to-reflectors|service-advertisement|tor-racks|wireguard|workload-peering)(\/|$)/;

/** Every node of every fixture that is about rules, and the node of every revision of the reference sheets' cases. */
export function subjects(): readonly Subject[] {
  return [
    ...fixtureSteps()
      .filter(({ name }) => !OF_ROUTES.test(name))
      .flatMap(({ name, files }) => compiled(name, files, false)),
    ...REVISIONS.flatMap(({ title, resources }) => compiled(title, resources, true)),
  ];
}

function compiled(name: string, resources: readonly SourceFile[], isOfSheet: boolean): readonly Subject[] {
  const { model, nodes } = compile(resources, {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
    ...(isOfSheet ? { nodes: [NODE] } : {}),
  });
  return nodes.map(({ node, ir, artifacts }) => ({
    name: isOfSheet ? `sheet: ${name}` : `${name} ${node}`,
    isOfSheet,
    resources,
    model,
    ir,
    artifacts: artifacts!,
  }));
}
