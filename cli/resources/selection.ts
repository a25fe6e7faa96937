/** The resources that `KIND NAME…` or `-f` name. */
import { CALICO_API_VERSION } from "../../runtime/datastore/kinds.ts";
import { keyOf, type ResourceKey, type Selection } from "../../runtime/datastore/resource.ts";
import { UserError } from "../output/errors.ts";
import { type InputRequest, readInput } from "./input.ts";
import { kindNamed, type ManagedKind } from "./kinds.ts";
import { checkScope, namespaceFor } from "./scope.ts";

/** One resource; `resourceVersion` if the file that names it says one. */
export interface Named {
  readonly key: ResourceKey;
  readonly resourceVersion: string | undefined;
}

export type Asked =
  | { readonly what: "all"; readonly managed: ManagedKind; readonly selection: Selection }
  | { readonly what: "named"; readonly named: readonly Named[] };

export async function askedFor(
  kind: string | undefined,
  names: readonly string[],
  request: InputRequest,
): Promise<Asked> {
  checkScope(request);
  if (kind === undefined) {
    if (request.filename === undefined) throw new UserError("name a kind, as in 'ippool', or files with -f");
    const { resources } = await readInput(request);
    return {
      what: "named",
      named: resources.map(({ resource }) => ({
        key: keyOf(resource),
        resourceVersion:
          typeof resource.metadata.resourceVersion === "string"
            ? resource.metadata.resourceVersion
            : undefined,
      })),
    };
  }
  if (request.filename !== undefined)
    throw new UserError("name resources by KIND and NAME or by -f, not both");
  const managed = demandKind(kind);
  const namespace = namespaceFor(managed, request);
  const type = { apiVersion: CALICO_API_VERSION, kind: managed.kind };
  if (names.length === 0)
    return {
      what: "all",
      managed,
      selection: managed.namespaced && namespace !== undefined ? { ...type, namespace } : type,
    };
  return { what: "named", named: names.map((name) => named(managed, name, request)) };
}

/** One resource that is named by kind and name. */
export function named(managed: ManagedKind, name: string, request: InputRequest): Named {
  if (name === "") throw new UserError("resource name may not be empty");
  const namespace = namespaceFor(managed, request);
  if (namespace === undefined)
    throw new UserError("cannot use --all-namespace flag for getting a single resource");
  const key = { apiVersion: CALICO_API_VERSION, kind: managed.kind, namespace, name };
  return { key, resourceVersion: undefined };
}

export function demandKind(kind: string): ManagedKind {
  const managed = kindNamed(kind);
  if (managed === undefined) throw new UserError(`resource type '${kind}' is not supported`);
  return managed;
}
