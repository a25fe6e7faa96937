import { describe, expect, test } from "vitest";
import { type Compilation, compile, DEFAULT_FEATURES } from "../../../compiler/index.ts";
import { evaluate } from "../../../compiler/semantics/evaluator/path.ts";
import { packetOf, type Situation, situationsOf } from "./case.ts";
import { CASES } from "./cases/index.ts";
import { NODE } from "./cluster.ts";
import { describeDifference, type Table } from "./table.ts";

const SITUATIONS = CASES.flatMap(situationsOf);

function compileOnly({ files }: Situation): Compilation {
  const compilation = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
  expect(compilation.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return compilation;
}

function judge({ probes, version }: Situation, { model, nodes }: Compilation): Table {
  const { settings } = nodes[0]!.ir;
  return probes.map((probe) => ({
    ...probe,
    allowed: evaluate(model, settings, NODE, packetOf(probe, version)).allowed,
  }));
}

describe(`the evaluator knows the truth tables of ${CASES.length} cases, ${SITUATIONS.length} tables`, () => {
  test("no two cases have one name", () => {
    const names = CASES.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  for (const situation of SITUATIONS)
    test(situation.name, () => {
      const difference = describeDifference(situation.expected, judge(situation, compileOnly(situation)));
      if (difference !== undefined) expect.fail(`${situation.name}\n${difference}`);
    });
});
