import type { SourceFile } from "../../../compiler/index.ts";
import { type Resource, sourceFiles } from "../../kernel/generated-policies/inventory.ts";
import type { RandomChanges } from "./changes.ts";

/** The resources as they stand, with the labels that pods have by now. */
export function filesOf(changes: RandomChanges): readonly SourceFile[] {
  const labels = changes.labels();
  return sourceFiles(changes.resources()).map(({ path, text }) => {
    if (path !== "inventory.json") return { path, text };
    const list = JSON.parse(text) as { readonly items: readonly Resource[] };
    const items = list.items.map((item) => {
      const { metadata, kind } = item;
      const own = kind === "Pod" ? labels.get(`${metadata.namespace}/${metadata.name}`) : undefined;
      return own === undefined ? item : { ...item, metadata: { ...metadata, labels: own } };
    });
    return { path, text: JSON.stringify({ ...list, items }) };
  });
}
