import { beforeAll, describe, expect, test } from "vitest";
import { type Compilation, compile, DEFAULT_FEATURES } from "../../../compiler/index.ts";
import { evaluate } from "../../../compiler/semantics/evaluator/evaluate.ts";
import { verifyFiles } from "../../../compiler/verify.ts";
import { REVISIONS } from "./index.ts";
import { NODE } from "./inventory.ts";
import { parseVerdicts } from "./notation.ts";

describe.each(REVISIONS)("the evaluator says what the sheet says: $title", ({ resources, cases }) => {
  let compilation: Compilation;
  beforeAll(() => {
    compilation = compile(resources, {
      features: DEFAULT_FEATURES,
      compilerVersion: "test",
      nodes: [NODE],
    });
  });

  test("the resources compile", () => {
    expect(compilation.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  });

  test("every packet: the files do what the resources say", () => {
    for (const { node, ir, artifacts } of compilation.nodes)
      expect({ node, ...verifyFiles(compilation.model, ir, artifacts!) }).toMatchObject({
        counterexample: undefined,
        deviations: [],
        isEqual: true,
      });
  });

  test.each(cases)("$name", ({ verdicts }) => {
    const { model, nodes } = compilation;
    const { settings } = nodes[0]!.ir;
    const lines = parseVerdicts({ model, node: NODE }, verdicts);
    expect(lines.length).toBeGreaterThan(0);
    const judged = lines.map(({ packet, says }) => {
      const { allowed, decisions } = evaluate(model, settings, NODE, packet);
      return { says, allowed, decisions };
    });
    expect(judged).toMatchObject(lines.map(({ says, allowed }) => ({ says, allowed })));
  });
});
