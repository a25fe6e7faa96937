import { readDocuments, type SourceFile } from "../../compiler/index.ts";
import type { Json } from "../../runtime/datastore/json.ts";
import { keyId, keyOf, type Resource, readResource } from "../../runtime/datastore/resource.ts";
import { sourceOf } from "./source.ts";

/** What a datastore that holds `held` would hold after an apply of `files`: one source for each resource that stays. */
export function overlaid(held: readonly SourceFile[], files: readonly SourceFile[]): readonly SourceFile[] {
  const applied = new Set(resourcesIn(files).map((resource) => keyId(keyOf(resource))));
  const kept = resourcesIn(held).flatMap((resource) => {
    return applied.has(keyId(keyOf(resource))) ? [] : [sourceOf(resource)];
  });
  return [...kept, ...files];
}

function resourcesIn(files: readonly SourceFile[]): readonly Resource[] {
  return readDocuments(files).documents.flatMap(({ value }) => {
    const read = readResource(value as Json);
    return read.problem === undefined ? [read.resource] : [];
  });
}
