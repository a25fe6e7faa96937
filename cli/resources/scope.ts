/** Which namespace a command means. Source of rules and messages: the sheet "Input handling". */
import type { Resource } from "../../runtime/datastore/resource.ts";
import { UserError } from "../output/errors.ts";
import type { ManagedKind } from "./kinds.ts";

export interface ScopeRequest {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
}

export function checkScope({ namespace, allNamespaces }: ScopeRequest): void {
  if (namespace !== undefined && allNamespaces)
    throw new UserError("cannot use both --namespace and --all-namespaces flags at the same time");
}

/** The namespace for a kind that was named on the command line: "" for one without, `undefined` for all. */
export function namespaceFor(
  { kind, namespaced }: ManagedKind,
  { namespace, allNamespaces }: ScopeRequest,
): string | undefined {
  if (namespaced) return allNamespaces ? undefined : (namespace ?? "default");
  if (namespace !== undefined || allNamespaces) throw new UserError(`${kind} is not namespaced`);
  return "";
}

/** The resource of a file in the namespace that it and the command line agree on. Throws UserError where they do not. */
export function inScope(resource: Resource, managed: ManagedKind, request: ScopeRequest): Resource {
  const written = typeof resource.metadata.namespace === "string" ? resource.metadata.namespace : "";
  if (!managed.namespaced && written !== "")
    throw new UserError(
      `namespace should not be specified for a non-namespaced resource. ${managed.kind} is not a namespaced resource`,
    );
  const asked = namespaceFor(managed, request) ?? "default";
  if (!managed.namespaced) return resource;
  if (written !== "" && request.namespace !== undefined && written !== asked)
    throw new UserError(`resource namespace does not match client namespace. ${written} != ${asked}`);
  return { ...resource, metadata: { ...resource.metadata, namespace: written === "" ? asked : written } };
}
