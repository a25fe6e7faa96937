import { describe, expect, test } from "vitest";
import { makeUniqueId } from "../../ir/ids.ts";
import type { SelectorNode } from "./ast.ts";
import { matchesSelector } from "./match.ts";
import { MAX_NESTING, mapLabels } from "./nodes.ts";
import { ALL, parseSelector, selectorOf } from "./parse.ts";
import { printSelector } from "./print.ts";
import { labelRestrictions } from "./restrictions.ts";
import { INVALID_SELECTORS, MATCHES, SELECTOR_IDS } from "./vectors.ts";

function parse(text: string) {
  const parsed = parseSelector(text);
  if (!parsed.ok) throw new Error(parsed.reason);
  return parsed.selector;
}

/** The reason, and the text that its span covers. */
function errorOf(text: string): readonly [reason: string, at: string] {
  const parsed = parseSelector(text);
  if (parsed.ok) throw new Error(`${text} parses`);
  return [parsed.reason, text.slice(parsed.span.start, parsed.span.end)];
}

describe("vectors", () => {
  test.each(MATCHES)("$selector with $labels: $matches", ({ selector, labels, matches, canonical }) => {
    const parsed = parse(selector);
    expect(parsed.canonical).toBe(canonical);
    expect(matchesSelector(parsed.root, (label) => labels[label])).toBe(matches);
  });

  test.each(SELECTOR_IDS)("the set of %s is %s", (canonical, id) => {
    expect(makeUniqueId("s", canonical)).toBe(id);
  });

  test.each(INVALID_SELECTORS)("$selector is refused: $calico", ({ selector }) => {
    const parsed = parseSelector(selector);
    if (parsed.ok) throw new Error(`${selector} parses`);
    const { start, end } = parsed.span;
    expect(parsed.reason).not.toBe("");
    expect(0 <= start && start < end && end <= selector.length).toBe(true);
  });
});

describe("errors say what was expected, and where", () => {
  const operatorAfter = (label: string) => `expected an operator after the label "${label}"`;
  test.each([
    ["b", `${operatorAfter("b")}, but the selector ends; has(b) tests whether the label exists`, "b"],
    ["a = 'x'", `${operatorAfter("a")}, but found "="; equality is written ==`, "="],
    ["a ! = 'x'", `${operatorAfter("a")}, but found "!"; inequality is written !=`, "!"],
    ["a > '1'", `${operatorAfter("a")}, but found ">"`, ">"],
    ["a nott in {'x'}", `${operatorAfter("a")}, but found "nott"`, "nott"],
    ["a 😀", `${operatorAfter("a")}, but found "😀"`, "😀"],
    ["not has(a)", `${operatorAfter("not")}, but found "has"; negation is written !`, "has"],
    ["has (a)", `${operatorAfter("has")}, but found "("; no blank may stand before the bracket of has(`, "("],
    ["a\n== 'x'", `${operatorAfter("a")}, but found a line break (only spaces and tabs may separate)`, "\n"],
    ["a == b", 'expected a text in quotes after "==", but found "b"', "b"],
    ["a starts with", 'expected a text in quotes after "starts with", but the selector ends', "h"],
    ["a === 'x'", 'expected a text in quotes after "==", but found "="', "="],
    ["a == 'x", "this quoted text has no closing quote", "'x"],
    ["a in 'x'", `expected a set such as {'a', 'b'} after "in", but found a quoted text`, "'"],
    ["a in {'x' 'y'}", 'expected "," or "}", but found a quoted text', "'"],
    ["a in {,}", 'expected a text in quotes or "}", but found ","', ","],
    ["a == 'x' and b == 'y'", 'expected && or ||, but found "and"; conjunction is written &&', "and"],
    ["a == 'x' | b == 'y'", 'expected && or ||, but found "|"; disjunction is written ||', "|"],
    ["a == 'x')", 'expected && or ||, but found ")"; no bracket is open here', ")"],
    ["a == 'x'\n", "expected && or ||, but found a line break (only spaces and tabs may separate)", "\n"],
    ["has(b) && (a == 'x'", 'this "(" has no closing ")"', "("],
    ["has()", 'expected a label name in has(…), but found ")"', ")"],
    ["has(a b)", 'expected ")" to close has(, but found "b"', "b"],
    ["all(x)", 'expected ")" to close all(, but found "x"', "x"],
    [
      "has(a) &&",
      "expected a label name, a function such as has(…), or a bracket, but the selector ends",
      "&",
    ],
    ["has(a) && é", 'expected a label name, a function such as has(…), or a bracket, but found "é"', "é"],
  ])("%s", (text, reason, at) => {
    expect(errorOf(text)).toEqual([reason, at]);
  });

  test("a long word is not repeated in full", () => {
    expect(errorOf(`a ${"b".repeat(100)}`)[0]).toBe(`${operatorAfter("a")}, but found "${"b".repeat(40)}…"`);
  });
});

describe("limits", () => {
  test("a label name has at most 512 characters", () => {
    const label = "x".repeat(512);
    expect(parse(`has(${label})`).root).toEqual({ kind: "has", label });
    expect(errorOf(`has(${label}y)`)).toEqual(["the label name is longer than 512 characters", `${label}y`]);
  });

  test("brackets nest as deep as the limit, and everything that walks a selector bears that", () => {
    // Three nodes per level: the deepest tree that the limit allows.
    const text = `${"!(has(a) || has(b) && ".repeat(MAX_NESTING)}has(c)${")".repeat(MAX_NESTING)}`;
    const { root, canonical } = parse(text);
    expect(printSelector(mapLabels(root, (label) => label))).toBe(canonical);
    expect(matchesSelector(root, (label) => (label === "b" ? "" : undefined))).toBe(false);
    expect(labelRestrictions(root).size).toBe(0);
  });

  test.each([MAX_NESTING + 1, 10_000, 100_000])("%i nested brackets are refused", (depth) => {
    const text = `${"(".repeat(depth)}has(a)${")".repeat(depth)}`;
    const parsed = parseSelector(text);
    expect(parsed).toEqual({
      ok: false,
      reason: `brackets nest more than ${MAX_NESTING} deep`,
      span: { start: MAX_NESTING, end: MAX_NESTING + 1 },
    });
  });

  test("large selectors parse", () => {
    const terms = Array.from({ length: 10_000 }, (_, i) => `l${i} == 'v'`);
    expect((parse(terms.join(" || ")).root as { operands: readonly SelectorNode[] }).operands.length).toBe(
      10_000,
    );
    const values = Array.from({ length: 20_000 }, (_, i) => `'${i}'`);
    expect((parse(`a in {${values.join(",")}}`).root as { values: readonly string[] }).values.length).toBe(
      20_000,
    );
    expect(parse(`${"!".repeat(100_001)}has(a)`).canonical).toBe("!has(a)");
    expect(parse(`has(a)${" ".repeat(100_000)}&& has(b)`).canonical).toBe("(has(a) && has(b))");
    expect(errorOf(`a not${" ".repeat(100_000)}`)[0]).toContain("expected an operator");
    expect(errorOf("(".repeat(100_000))[0]).toContain("nest");
  });
});

test("a tree that was built prints as one that was parsed", () => {
  expect(selectorOf({ kind: "not", operand: { kind: "has", label: "a" } })).toEqual(parse("!has(a)"));
  expect(parse(" ")).toEqual(ALL);
});

test("set values sort by their bytes, not by their UTF-16 units", () => {
  expect(parse("a in {'😀', 'ﬀ', 'é', 'z', ''}").canonical).toBe('a in {"", "z", "é", "ﬀ", "😀"}');
});
