import type { ModelObject } from "../ir/cluster-model.ts";
import type { LowerContext, Resource } from "./kind.ts";
import { findKind } from "./registry.ts";

/** The meaning of each resource, in the order of the resources; lowering one never looks at another. */
export function lowerResources(
  resources: readonly Resource[],
  context: LowerContext,
): readonly ModelObject[] {
  return resources.flatMap(
    (resource) => findKind(resource.apiVersion, resource.kind)?.lower(resource, context) ?? [],
  );
}
