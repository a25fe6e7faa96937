import type { Report } from "../diagnostics/bag.ts";
import type { Origin } from "../diagnostics/diagnostic.ts";
import type { ModelObject } from "../ir/cluster-model.ts";
import { at, type LowerContext, type Resource } from "./kind.ts";
import { findKind } from "./registry.ts";

/**
 * The meaning of each resource, one after the other in the order of the resources; lowering one never looks at another.
 * Resources of different kinds may mean one thing (a Node of Calico's and of Kubernetes', a Pod and its WorkloadEndpoint): that is
 * an error, for otherwise the order of files would choose.
 */
export function* lowerEach(
  resources: Iterable<Resource>,
  context: LowerContext,
): Generator<ModelObject, void> {
  const taken = new Map<ModelObject["kind"], Map<string, ModelObject>>();
  for (const resource of resources) {
    const definition = findKind(resource.apiVersion, resource.kind);
    for (const object of definition?.lower(resource, context) ?? []) {
      let ofKind = taken.get(object.kind);
      if (ofKind === undefined) {
        ofKind = new Map();
        taken.set(object.kind, ofKind);
      }
      const other = ofKind.get(object.key);
      if (other !== undefined) reportConflict(resource.origin, other.origin, context.report);
      else {
        ofKind.set(object.key, object);
        yield object;
      }
    }
  }
}

function reportConflict(origin: Origin, first: Origin, report: Report): void {
  const params = { resource: nameOf(origin), other: nameOf(first) };
  report("resource/conflict", params, at(origin, "metadata", "name"), {
    related: [{ message: "the other one is here", origin: at(first, "metadata", "name") }],
  });
}

function nameOf({ resource }: Origin): string {
  if (resource === undefined) return "A resource";
  const { kind, namespace, name } = resource;
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}
