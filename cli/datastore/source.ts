import type { SourceFile } from "../../compiler/index.ts";
import { CALICO_API_VERSION } from "../../runtime/datastore/kinds.ts";
import { keyOf, type Resource } from "../../runtime/datastore/resource.ts";
import { toJson } from "../resources/output.ts";

/** A resource of a datastore as the compiler reads it, under a path that names it and no other. */
export function sourceOf(resource: Resource): SourceFile {
  const { apiVersion, kind, namespace, name } = keyOf(resource);
  // Others may have a kind of the same name.
  const group = apiVersion === CALICO_API_VERSION ? "" : apiVersion;
  const parts = [group, kind, namespace, name].filter((part) => part !== "");
  return { path: `datastore/${parts.join("/")}`, text: toJson(resource) };
}
