import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES, type SourceFile } from "../../compiler/index.ts";
import { isObject } from "../../compiler/resources/json.ts";
import { parseDocuments } from "../../compiler/syntax/yaml.ts";
import { drawFrom } from "./draw.ts";
import { STEPS } from "./inputs.ts";
import { PRESENTATIONS, present } from "./presentations.ts";

const SEED = Number(process.env.HOSTILE_SEED ?? 1);

function bytesOf(files: readonly SourceFile[]): readonly unknown[] {
  const { nodes } = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
  return nodes.map(({ node, artifacts }) => [node, artifacts]);
}

describe.each(STEPS.map((step, nth) => ({ ...step, nth })))("$name means the same", ({ files, nth }) => {
  const documents = parseDocuments(files, () => {}).flatMap(({ value }) => (isObject(value) ? [value] : []));
  const expected = bytesOf(files);

  test.each(PRESENTATIONS.map((as, i) => [as, i] as const))("as %s", (as, i) => {
    expect(expected.length).toBeGreaterThan(0);
    const text = present(documents, as, drawFrom(SEED * 1000 + nth * PRESENTATIONS.length + i));
    expect(bytesOf([{ path: "x.yaml", text }])).toEqual(expected);
  });
});
