import type { Report } from "../diagnostics/bag.ts";
import { at, type Origin } from "../diagnostics/diagnostic.ts";
import { asUpdate, type ClusterModel, type ModelObject, type ModelUpdate } from "../ir/cluster-model.ts";
import { isBuiltin } from "./builtin.ts";
import type { LowerContext, Resource } from "./kind.ts";
import { findKind } from "./registry.ts";

/** The meaning of one resource; never looks at another. */
export function lowerResource(resource: Resource, context: LowerContext): readonly ModelObject[] {
  return findKind(resource.apiVersion, resource.kind)?.lower(resource, context) ?? [];
}

/** Whatever holds a cluster: the engine. */
export interface ModelSink {
  readonly model: ClusterModel;
  /** Takes each change before it asks for the next. */
  update(changes: Iterable<ModelUpdate>): void;
}

/**
 * The meaning of each resource, one after the other in their order. Resources of different kinds may mean one thing (a
 * Node of Calico's and of Kubernetes', a Pod and its WorkloadEndpoint): that is an error, for otherwise the order of
 * files would choose. What is built in gives way.
 *
 * @param sink holds nothing yet but built-in objects
 */
export function lowerInto(sink: ModelSink, resources: Iterable<Resource>, context: LowerContext): void {
  sink.update(changesOf(resources, context, sink.model));
}

function* changesOf(
  resources: Iterable<Resource>,
  context: LowerContext,
  model: ClusterModel,
): Generator<ModelUpdate, void> {
  for (const resource of resources)
    for (const value of lowerResource(resource, context)) {
      const other = model.all(value.kind).get(value.key);
      if (other === undefined || isBuiltin(other)) yield asUpdate(value);
      else reportConflict(resource.origin, other.origin, context.report);
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
