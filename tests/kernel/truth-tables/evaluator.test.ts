import { describe, expect, test } from "vitest";
import { type Compilation, compile, DEFAULT_FEATURES } from "../../../compiler/index.ts";
import { evaluate } from "../../../compiler/semantics/evaluator/evaluate.ts";
import { type Case, filesOf, observed, type Situation, situationsOf } from "./case.ts";
import { CASES } from "./cases/index.ts";
import { NODE } from "./cluster.ts";
import { describeDifference, type Table } from "./table.ts";

function compileOnly(example: Case): Compilation {
  const compilation = compile(filesOf(example), { features: DEFAULT_FEATURES, compilerVersion: "test" });
  expect(compilation.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return compilation;
}

function judge(situation: Situation, { model, nodes }: Compilation): Table {
  const { settings } = nodes[0]!.ir;
  return observed(
    situation,
    situation.packets.map((packet) => evaluate(model, settings, NODE, packet).allowed),
  );
}

const tables = CASES.flatMap(situationsOf);
const verdicts = tables.reduce((sum, { packets }) => sum + packets.length, 0);

describe(`the evaluator knows the truth tables: ${CASES.length} cases, ${tables.length} tables, ${verdicts} verdicts`, () => {
  test("no two cases have one name", () => {
    const names = CASES.map(({ name }) => name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });

  for (const example of CASES)
    test(example.name, () => {
      const compilation = compileOnly(example);
      for (const situation of situationsOf(example)) {
        const difference = describeDifference(situation.expected, judge(situation, compilation));
        if (difference !== undefined) expect.fail(`${example.name}, IPv${situation.version}\n${difference}`);
      }
    });
});
