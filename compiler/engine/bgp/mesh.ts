import type { Report } from "../../diagnostics/bag.ts";
import { at } from "../../diagnostics/diagnostic.ts";
import type { BgpNode, BgpNodes } from "./nodes.ts";
import type { BgpSettings } from "./settings.ts";

/** From this size on Calico's own documentation advises route reflectors. */
const LARGE_MESH = 100;

/** Members of the full mesh: every BGP node that is no route reflector; empty where the mesh is off. */
export function meshNodes(settings: BgpSettings, nodes: BgpNodes): readonly BgpNode[] {
  if (!settings.meshEnabled) return [];
  return [...nodes.byName.values()].filter((node) => node.clusterId === undefined);
}

export function checkMesh(settings: BgpSettings, mesh: readonly BgpNode[], report: Report): void {
  if (mesh.length > LARGE_MESH)
    report(
      "bgp/large-mesh",
      { nodes: mesh.length },
      settings.config && at(settings.config.origin, "spec", "nodeToNodeMeshEnabled"),
    );
  const expected = commonAs(mesh, settings.asNumber);
  for (const { name, node, asNumber } of mesh)
    if (asNumber !== expected)
      report(
        "bgp/mesh-as-mismatch",
        { node: name, asNumber, expected },
        at(node.origin, "spec", "bgp", "asNumber"),
      );
}

/** The AS of most members; of equally many the cluster's own, then the smallest. */
function commonAs(mesh: readonly BgpNode[], clusterAs: number): number {
  const counts = new Map<number, number>();
  for (const { asNumber } of mesh) counts.set(asNumber, (counts.get(asNumber) ?? 0) + 1);
  const [most] = [...counts].sort(
    ([a, countA], [b, countB]) =>
      countB - countA || Number(b === clusterAs) - Number(a === clusterAs) || a - b,
  );
  return most?.[0] ?? clusterAs;
}
