import fc from "fast-check";
import * as ohm from "ohm-js";
import { describe, expect, test } from "vitest";
import type { SelectorNode } from "./ast.ts";
import { SELECTOR_GRAMMAR } from "./grammar.ts";
import { MAX_LABEL_LENGTH, sortedValues } from "./nodes.ts";
import { parseSelector } from "./parse.ts";
import { printSelector } from "./print.ts";
import { INVALID_SELECTORS, MATCHES } from "./vectors.ts";

const grammar = ohm.grammar(SELECTOR_GRAMMAR);

function combine(kind: "and" | "or", operands: readonly SelectorNode[]): SelectorNode {
  return operands.length === 1 ? operands[0]! : { kind, operands };
}

const semantics = grammar.createSemantics();
semantics.addOperation<SelectorNode>("tree()", {
  selector_expression: (_1, expression, _2, _3) => expression.tree(),
  selector_everything: (_1, _2) => ({ kind: "all" }),
  disjunction: (first, _1, _2, _3, rest) =>
    combine("or", [first.tree(), ...rest.children.map((child) => child.tree())]),
  conjunction: (first, _1, _2, _3, rest) =>
    combine("and", [first.tree(), ...rest.children.map((child) => child.tree())]),
  operation: (bangs, primary) =>
    bangs.numChildren % 2 === 0 ? primary.tree() : { kind: "not", operand: primary.tree() },
  primary_has: (_1, _2, label, _3, _4) => ({ kind: "has", label: label.sourceString }),
  primary_all: (_1, _2, _3) => ({ kind: "all" }),
  primary_global: (_1, _2, _3) => ({ kind: "global" }),
  primary_group: (_1, _2, inner, _3, _4) => inner.tree(),
  primary_text: (label, _1, operator, _2, value) => ({
    kind: operator.operator(),
    label: label.sourceString,
    value: value.strings()[0]!,
  }),
  primary_set: (label, _1, operator, _2, set) => ({
    kind: operator.operator(),
    label: label.sourceString,
    values: sortedValues(set.strings()),
  }),
});
semantics.addOperation<string>("operator()", {
  textOperator_eq: (_) => "eq",
  textOperator_ne: (_) => "ne",
  textOperator_contains: (_) => "contains",
  textOperator_startsWith: (_1, _2, _3) => "starts-with",
  textOperator_endsWith: (_1, _2, _3) => "ends-with",
  setOperator_notIn: (_1, _2, _3) => "not-in",
  setOperator_in: (_) => "in",
});
semantics.addOperation<readonly string[]>("strings()", {
  set: (_1, _2, members, _3, _4) => members.children.flatMap((child) => child.strings()),
  members: (first, _1, _2, _3, rest, _4, _5) => [
    ...first.strings(),
    ...rest.children.flatMap((child) => child.strings()),
  ],
  string_single: (_1, text, _2) => [text.sourceString],
  string_double: (_1, text, _2) => [text.sourceString],
});

/** What the grammar makes of a text, and the limit of label names that it leaves out. */
function parseByGrammar(text: string): SelectorNode | undefined {
  const match = grammar.match(text);
  if (match.failed()) return undefined;
  const root: SelectorNode = semantics(match).tree();
  return longestLabel(root) > MAX_LABEL_LENGTH ? undefined : root;
}

function longestLabel(node: SelectorNode): number {
  switch (node.kind) {
    case "all":
    case "global":
      return 0;
    case "not":
      return longestLabel(node.operand);
    case "and":
    case "or":
      return Math.max(...node.operands.map(longestLabel));
    default:
      return node.label.length;
  }
}

function parseByHand(text: string): SelectorNode | undefined {
  const parsed = parseSelector(text);
  return parsed.ok ? parsed.selector.root : undefined;
}

/** Pieces of the language in any order: mostly nonsense, but nonsense of the right kind. */
const pieces = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom("a", "b.c/d-e_f", "in", "not", "has", "all", "contains", "starts", "1"),
    },
    { weight: 4, arbitrary: fc.constantFrom(" ", "\t", "  ", "") },
    {
      weight: 4,
      arbitrary: fc.constantFrom("==", "!=", "!", "&&", "||", "(", ")", "{", "}", ",", "=", "&", "|"),
    },
    { weight: 3, arbitrary: fc.constantFrom("has(", "all(", "global(", "has(a)", "all()", "global()") },
    {
      weight: 3,
      arbitrary: fc.constantFrom("contains", "starts with", "endswith", "not in", "notin", "in", "with"),
    },
    { weight: 4, arbitrary: fc.constantFrom("'x'", '"y"', "''", "'a\"b'", "'", '"', "'é\n'") },
    { weight: 1, arbitrary: fc.constantFrom("\n", "\u00a0", "é", "$", ":", "😀", ";") },
  ),
  { maxLength: 9 },
);

const labels = fc.constantFrom("a", "in", "not", "has", "-./_", "projectcalico.org/namespace");
const values = fc.constantFrom("", "x", "y", 'say "hi"', "it's", "&&", "é", "\ufb00", "😀");
const blank = fc.constantFrom("", " ", "\t ");

function quoted(value: string): string {
  return value.includes("'") ? `"${value}"` : `'${value}'`;
}

/** Texts of the language, with brackets and blanks wherever they are allowed. */
const { selectors } = fc.letrec<{ selectors: string; term: string }>((tie) => ({
  term: fc.oneof(
    fc.constantFrom("all()", "global( )"),
    fc.tuple(labels, blank).map(([label, b]) => `has(${b}${label}${b})`),
    fc
      .tuple(labels, fc.constantFrom("==", "!=", " contains", " starts with", "\tendswith"), blank, values)
      .map(([label, operator, b, value]) => `${label}${operator}${b}${quoted(value)}`),
    fc
      .tuple(
        labels,
        fc.constantFrom(" in", " not in", " notin "),
        fc.array(values, { maxLength: 4 }),
        fc.constantFrom("", ",", " , "),
      )
      .map(
        ([label, operator, list, end]) =>
          `${label}${operator}{${list.map(quoted).join(",")}${list.length > 0 ? end : ""}}`,
      ),
  ),
  selectors: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    tie("term"),
    fc.tuple(fc.constantFrom("!", "! !", "!!!"), tie("term")).map(([bang, term]) => bang + term),
    fc.tuple(blank, tie("selectors")).map(([b, inner]) => `(${b}${inner}${b})`),
    fc.tuple(blank, tie("selectors")).map(([b, inner]) => `!${b}(${inner})`),
    fc
      .tuple(tie("selectors"), fc.constantFrom("&&", "||", " && ", "\t||"), tie("selectors"))
      .map(([left, operator, right]) => `${left}${operator}${right}`),
  ),
}));

describe("the parser agrees with the grammar", () => {
  test("on every vector", () => {
    for (const text of [...MATCHES.map((v) => v.selector), ...INVALID_SELECTORS.map((v) => v.selector)])
      expect(parseByHand(text), text).toEqual(parseByGrammar(text));
  });

  test("on texts of the language", () => {
    fc.assert(
      fc.property(selectors, (text) => {
        const expected = parseByGrammar(text);
        expect(expected).toBeDefined();
        expect(parseByHand(text)).toEqual(expected);
      }),
      { numRuns: 1000, seed: 11 },
    );
  });

  test("on texts with a slip", () => {
    const slip = fc.tuple(
      selectors,
      fc.nat(),
      fc.constantFrom("", " ", "(", ")", "!", "=", "'", "}", ",", "in", "\n"),
    );
    fc.assert(
      fc.property(slip, ([text, where, inserted]) => {
        const at = where % (text.length + 1);
        const spoilt = text.slice(0, at) + inserted + text.slice(inserted === "" ? at + 1 : at);
        expect(parseByHand(spoilt)).toEqual(parseByGrammar(spoilt));
      }),
      { numRuns: 1000, seed: 12 },
    );
  });

  test("on any sequence of pieces", () => {
    fc.assert(
      fc.property(pieces, (parts) => {
        expect(parseByHand(parts.join(""))).toEqual(parseByGrammar(parts.join("")));
      }),
      { numRuns: 5000, seed: 13 },
    );
  });
});

test("canonical texts parse, and print the same unless they hold a double negation", () => {
  fc.assert(
    fc.property(selectors, (text) => {
      const root = parseByHand(text)!;
      const canonical = printSelector(root);
      const again = parseByHand(canonical)!;
      expect(again).toBeDefined();
      if (!canonical.includes("!!")) expect(again).toEqual(root);
    }),
    { numRuns: 500, seed: 14 },
  );
});
