import type { SourceFile } from "../../compiler/index.ts";
import { KINDS } from "../../compiler/resources/registry.ts";
import { parseDocuments } from "../../compiler/syntax/yaml.ts";
import { fixtureSteps } from "../fixtures.ts";
import { breakOne, breakText, documentOf } from "./documents.ts";
import type { Draw } from "./draw.ts";
import { damage } from "./texts.ts";

/** Small ones: a case costs what its fixture costs. Together they have nearly every artifact. */
export const STEPS = fixtureSteps().filter(
  ({ name }) => !["multi-tenant", "shop", "dual-stack-vxlan"].includes(name),
);
const SOURCES = STEPS.map(({ files }) => parseDocuments(files, () => {}).map(({ value }) => value));

const asFile = (value: unknown, index: number): SourceFile => ({
  path: `${index}.json`,
  text: JSON.stringify(value) ?? "",
});

/** A document of each kind in turn, with fields broken. */
export function brokenDocument(draw: Draw, nth: number): readonly SourceFile[] {
  let document: unknown = documentOf(KINDS[nth % KINDS.length]!, draw);
  for (let i = draw.below(3); i > 0; i--) document = breakOne(document, draw);
  return [document, { apiVersion: "v1", kind: "Node", metadata: { name: "node-a" } }].map(asFile);
}

/** A cluster in which one text is hostile. */
export function hostileCluster(draw: Draw): readonly SourceFile[] {
  const documents = draw.oneOf(SOURCES);
  const broken = draw.below(documents.length);
  return documents.with(broken, breakText(documents[broken], draw)).map(asFile);
}

export function damagedText(draw: Draw): readonly SourceFile[] {
  const files = draw.oneOf(STEPS).files;
  const broken = draw.below(files.length);
  return files.with(broken, { ...files[broken]!, text: damage(files[broken]!.text, draw) });
}
