import type { TextSpan } from "../../diagnostics/diagnostic.ts";
import type { Selector, SelectorNode } from "./ast.ts";
import {
  ALL_NODE,
  GLOBAL_NODE,
  MAX_NESTING,
  sortedValues,
  TEXT_OPERATORS,
  type TextOperator,
} from "./nodes.ts";
import { printSelector } from "./print.ts";
import { Scanner, SelectorSyntaxError } from "./scanner.ts";

export interface SelectorError {
  readonly ok: false;
  /** Completes the sentence "The selector does not parse: …", without a full stop. */
  readonly reason: string;
  readonly span: TextSpan;
}
export type ParsedSelector = { readonly ok: true; readonly selector: Selector } | SelectorError;

/** Matches everything that is known to Calico; what an empty selector means. */
export const ALL: Selector = { canonical: "all()", root: ALL_NODE };

/** Makes a selector of a tree that the caller built. */
export function selectorOf(root: SelectorNode): Selector {
  return { canonical: printSelector(root), root };
}

/**
 * Parses a selector. Written by hand, because a grammar engine takes about 0.6 ms for a selector and this a few
 * microseconds; `grammar.ts` stays the definition, and a property test holds the two equal. Linear in the text, and
 * without recursion. Deviates from Calico in one point: brackets nest at most `MAX_NESTING` deep.
 */
export function parseSelector(text: string): ParsedSelector {
  return parse(text, MAX_NESTING);
}

/** Parses what `fold.ts` wraps around selectors that were parsed before: it may add a few brackets of its own. */
export function parseFolded(text: string): ParsedSelector {
  return parse(text, MAX_NESTING + FOLD_NESTING);
}

function parse(text: string, maxNesting: number): ParsedSelector {
  try {
    return { ok: true, selector: selectorOf(parseNode(new Scanner(text), maxNesting)) };
  } catch (error) {
    if (!(error instanceof SelectorSyntaxError)) throw error;
    return { ok: false, reason: error.message, span: error.span };
  }
}

/** More than the deepest wrapping of `fold.ts`. */
const FOLD_NESTING = 8;

/** An open bracket, or the whole text: the operands of `||` that are complete, and those of the current `&&`. */
interface Group {
  readonly negated: boolean;
  readonly span: TextSpan;
  readonly or: SelectorNode[];
  and: SelectorNode[];
}

function openGroup(negated: boolean, span: TextSpan): Group {
  return { negated, span, or: [], and: [] };
}

function closeGroup(group: Group): SelectorNode {
  const last = combine("and", group.and);
  return negateIf(group.negated, group.or.length === 0 ? last : combine("or", [...group.or, last]));
}

function combine(kind: "and" | "or", operands: readonly SelectorNode[]): SelectorNode {
  return operands.length === 1 ? operands[0]! : { kind, operands };
}

function negateIf(negated: boolean, operand: SelectorNode): SelectorNode {
  return negated ? { kind: "not", operand } : operand;
}

function parseNode(scanner: Scanner, maxNesting: number): SelectorNode {
  if (scanner.atEnd()) return ALL_NODE;
  const enclosing: Group[] = [];
  let group = openGroup(false, { start: 0, end: 0 });
  for (;;) {
    // A run of `!` collapses by parity here; negations with brackets between them stay nested, as in Calico.
    let negated = false;
    while (scanner.takeBang()) negated = !negated;
    if (scanner.take("(")) {
      const span = { start: scanner.position - 1, end: scanner.position };
      if (enclosing.length === maxNesting)
        throw new SelectorSyntaxError(`brackets nest more than ${maxNesting} deep`, span);
      enclosing.push(group);
      group = openGroup(negated, span);
      continue;
    }
    group.and.push(negateIf(negated, parseTerm(scanner)));
    while (!scanner.take("&&")) {
      if (scanner.take("||")) {
        group.or.push(combine("and", group.and));
        group.and = [];
        break;
      }
      const outer = enclosing.at(-1);
      if (outer === undefined) {
        if (scanner.atEnd()) return closeGroup(group);
        throw unexpectedAfterTerm(scanner);
      }
      if (!scanner.take(")")) {
        if (scanner.atEnd()) throw new SelectorSyntaxError('this "(" has no closing ")"', group.span);
        throw unexpectedAfterTerm(scanner);
      }
      outer.and.push(closeGroup(group));
      enclosing.pop();
      group = outer;
    }
  }
}

/** A term without operators around it: a function, or a label with its comparison. */
function parseTerm(scanner: Scanner): SelectorNode {
  const name = scanner.takeLabel();
  if (name === "") throw expected(scanner, "a label name, a function such as has(…), or a bracket");
  // Only with the bracket right behind it is a name one of a function.
  if (scanner.nextIs("("))
    switch (name) {
      case "has":
        return parseHas(scanner);
      case "all":
        closeFunction(scanner, name);
        return ALL_NODE;
      case "global":
        closeFunction(scanner, name);
        return GLOBAL_NODE;
    }
  return parseComparison(scanner, name);
}

function parseHas(scanner: Scanner): SelectorNode {
  scanner.take("(");
  const label = scanner.takeLabel();
  if (label === "") throw expected(scanner, "a label name in has(…)");
  if (!scanner.take(")")) throw expected(scanner, '")" to close has(');
  return { kind: "has", label };
}

function closeFunction(scanner: Scanner, name: "all" | "global"): void {
  scanner.take("(");
  if (!scanner.take(")")) throw expected(scanner, `")" to close ${name}(`);
}

/** Directly after a label, and only there, the words of the operators are operators; elsewhere they are labels. */
function parseComparison(scanner: Scanner, label: string): SelectorNode {
  const operator = takeTextOperator(scanner);
  if (operator !== undefined) {
    const value = scanner.takeString();
    if (value === undefined) throw expected(scanner, `a text in quotes after "${TEXT_OPERATORS[operator]}"`);
    return { kind: operator, label, value };
  }
  if (scanner.takeWords("not", "in")) return { kind: "not-in", label, values: parseSet(scanner, "not in") };
  if (scanner.takeWords("in")) return { kind: "in", label, values: parseSet(scanner, "in") };
  throw missingOperator(scanner, label);
}

function takeTextOperator(scanner: Scanner): TextOperator | undefined {
  if (scanner.take("==")) return "eq";
  if (scanner.take("!=")) return "ne";
  if (scanner.takeWords("contains")) return "contains";
  if (scanner.takeWords("starts", "with")) return "starts-with";
  if (scanner.takeWords("ends", "with")) return "ends-with";
  return undefined;
}

/** One trailing comma and the empty set are legal; a lone comma is not. */
function parseSet(scanner: Scanner, operator: string): readonly string[] {
  if (!scanner.take("{")) throw expected(scanner, `a set such as {'a', 'b'} after "${operator}"`);
  const values: string[] = [];
  for (;;) {
    const value = scanner.takeString();
    if (value === undefined) break;
    values.push(value);
    if (!scanner.take(",")) break;
  }
  if (scanner.take("}")) return sortedValues(values);
  throw expected(scanner, values.length === 0 ? 'a text in quotes or "}"' : '"," or "}"');
}

function expected(scanner: Scanner, what: string): SelectorSyntaxError {
  if (scanner.atEnd()) {
    const end = scanner.text.length;
    return new SelectorSyntaxError(`expected ${what}, but the selector ends`, {
      start: Math.max(0, end - 1),
      end,
    });
  }
  return new SelectorSyntaxError(`expected ${what}, but found ${found(scanner)}`, scanner.spanHere());
}

/** What stands at the cursor, in words where the character itself would not show. */
function found(scanner: Scanner): string {
  const { start, end } = scanner.spanHere();
  const here = scanner.text.slice(start, end);
  switch (here) {
    case "\n":
    case "\r":
      return "a line break (only spaces and tabs may separate)";
    case "\u00a0":
      return "a no-break space (only spaces and tabs may separate)";
    case '"':
    case "'":
      return "a quoted text";
    default:
      return here.length > 40 ? `"${here.slice(0, 40)}…"` : `"${here}"`;
  }
}

function missingOperator(scanner: Scanner, label: string): SelectorSyntaxError {
  const after = `expected an operator after the label "${label}"`;
  if (scanner.atEnd()) {
    const end = scanner.text.length;
    const reason = `${after}, but the selector ends; has(${label}) tests whether the label exists`;
    return new SelectorSyntaxError(reason, { start: Math.max(0, end - label.length), end });
  }
  const span = scanner.spanHere();
  const hint = advice(label, scanner.text.slice(span.start, span.end));
  return new SelectorSyntaxError(`${after}, but found ${found(scanner)}${hint}`, span);
}

/** The usual slips of people who come from other selector languages. */
function advice(label: string, here: string): string {
  if (here === "=" || here === "===") return "; equality is written ==";
  if (here === "!" || here === "!==") return "; inequality is written !=";
  if (here === "(" && (label === "has" || label === "all" || label === "global"))
    return `; no blank may stand before the bracket of ${label}(`;
  if (label === "not") return "; negation is written !";
  return "";
}

function unexpectedAfterTerm(scanner: Scanner): SelectorSyntaxError {
  const span = scanner.spanHere();
  const here = scanner.text.slice(span.start, span.end);
  const hints: Record<string, string> = {
    ")": "; no bracket is open here",
    "&": "; conjunction is written &&",
    and: "; conjunction is written &&",
    "|": "; disjunction is written ||",
    or: "; disjunction is written ||",
    ",": "; conjunction is written &&",
  };
  const hint = Object.hasOwn(hints, here) ? hints[here] : "";
  return new SelectorSyntaxError(`expected && or ||, but found ${found(scanner)}${hint}`, span);
}
