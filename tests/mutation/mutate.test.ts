import { describe, expect, test } from "vitest";
import { judge } from "./judge.ts";
import { applyChange, type Mutant, OPERATORS, type Operator } from "./mutant.ts";
import { changesOf } from "./mutate.ts";
import { parseRuleLine, printRuleLine } from "./rule-line.ts";
import { sampleMutants } from "./sample.ts";
import { type Subject, subjects } from "./subject.ts";

const all = subjects();

function subject(name: string): Subject {
  return all.find((each) => each.name === name)!;
}

test("every rule is printed as it was read", () => {
  const lines = all.flatMap(({ artifacts }) =>
    artifacts.filter(({ path }) => path.endsWith("tables.restore")).flatMap(({ text }) => text.split("\n")),
  );
  const rules = lines.filter((line) => line.startsWith("-"));
  expect(rules.length).toBeGreaterThan(5_000);
  expect(rules.map((line) => printRuleLine(parseRuleLine(line)!))).toEqual(rules);
});

test("every operator finds something to change, and each change changes the text", () => {
  const found = new Set<Operator>();
  for (const { artifacts } of all.filter(({ name }) => !name.startsWith("multi-tenant")))
    for (const { file, change } of changesOf(artifacts)) {
      if (found.has(change.operator)) continue;
      found.add(change.operator);
      expect(applyChange(file, change).text).not.toBe(file.text);
    }
  expect([...found].toSorted()).toEqual(OPERATORS.toSorted());
});

test("a seed always gives the same mutants, all different", () => {
  const mutants = sampleMutants(subject("shop worker-1"), 100, 7);
  expect(sampleMutants(subject("shop worker-1"), 100, 7)).toEqual(mutants);
  expect(new Set(mutants.map(({ file, text }) => file + text)).size).toBe(100);
  expect(sampleMutants(subject("shop worker-1"), 100, 8)).not.toEqual(mutants);
});

/** Lines of one file replaced; `count` says how many lines that has to be. */
function edited(
  { artifacts }: Subject,
  file: string,
  from: RegExp,
  to: string,
): { readonly mutant: Mutant; readonly count: number } {
  const text = artifacts.find(({ path }) => path === file)!.text;
  const count = text.match(new RegExp(from, "gm"))?.length ?? 0;
  const mutant: Mutant = {
    operator: "change connection states",
    file,
    line: 1,
    change: `${from} → ${to}`,
    text: text.replace(new RegExp(from, "gm"), to),
  };
  return { mutant, count };
}

describe("mutants that did harm in the kernel while a proof held", () => {
  test("the kernel never tracks messages of neighbours: a rule for what is untracked meets them", () => {
    const node = subject("bare-metal web-1");
    const { mutant, count } = edited(
      node,
      "ip6tables.restore",
      /^(-A cali-thfw-\S+ .*--ctstate INVALID) /,
      "$1,UNTRACKED ",
    );
    expect(count).toBe(1);
    expect(judge(node, mutant)).toMatchObject({
      kind: "counterexample",
      counterexample: { packet: { protocol: 58 }, resourcesSay: "allow", textSays: "deny" },
    });
  });
});
