/** The part of Go's `text/template` (https://pkg.go.dev/text/template) that templates over resources need, as a tree. */
import type { Json } from "../../../runtime/datastore/json.ts";
import { UserError } from "../../output/errors.ts";
import { type Token, tokensOf } from "./tokens.ts";

export type TemplateNode =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly pipeline: Pipeline }
  | {
      readonly kind: "if" | "with" | "range";
      readonly pipeline: Pipeline;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
    };

/** Each command gets the value of the one before it as its last argument. */
export interface Pipeline {
  /** `$x :=` or, of a range, `$i, $x :=`, without the `$`. */
  readonly variables: readonly string[];
  /** `=` in place of `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly (readonly Operand[])[];
}

/** A value, and the fields that are taken of it. */
export interface Operand {
  readonly base:
    | { readonly kind: "dot" }
    | { readonly kind: "variable"; readonly name: string }
    | { readonly kind: "literal"; readonly value: Json }
    | { readonly kind: "function"; readonly name: string }
    | { readonly kind: "pipeline"; readonly pipeline: Pipeline };
  readonly fields: readonly string[];
}

/** Throws UserError. */
export function parseTemplate(text: string): readonly TemplateNode[] {
  const parts = partsOf(text);
  const nodes = parseList(parts, false);
  const stray = parts.shift();
  if (stray !== undefined)
    throw new UserError(`the template does not parse: {{${stray.text}}} closes nothing`);
  return nodes;
}

interface Part {
  readonly isAction: boolean;
  readonly text: string;
}

/** `{{-` and `-}}` take the white space beside them away. */
function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let rest = text;
  let isTrimmed = false;
  for (;;) {
    const open = rest.indexOf("{{");
    const before = open < 0 ? rest : rest.slice(0, open);
    const trims = open >= 0 && /^{{-\s/.test(rest.slice(open));
    const start = isTrimmed ? before.trimStart() : before;
    const shown = trims ? start.trimEnd() : start;
    if (shown !== "") parts.push({ isAction: false, text: shown });
    if (open < 0) return parts;
    const action = /^{{(?:-\s)?((?:"(?:\\.|[^"\\])*"|`[^`]*`|\/\*.*?\*\/|(?!}}).)*?)(\s-)?}}/s.exec(
      rest.slice(open),
    );
    if (action === null) throw new UserError("the template does not parse: a {{ is not closed");
    const [whole, body = "", trimsAfter] = action;
    isTrimmed = trimsAfter !== undefined;
    if (!/^\s*\/\*/.test(body)) parts.push({ isAction: true, text: body.trim() });
    rest = rest.slice(open + whole.length);
  }
}

const BLOCKS: ReadonlySet<string> = new Set(["if", "with", "range"]);
const ELSEWHERE: ReadonlySet<string> = new Set(["define", "template", "block", "break", "continue"]);

/** Takes parts up to the next `end` or `else`, which stays. A block has to have one; the text ends without. */
function parseList(parts: Part[], isBlock: boolean): readonly TemplateNode[] {
  const nodes: TemplateNode[] = [];
  for (;;) {
    const [part] = parts;
    if (part === undefined) {
      if (isBlock) throw new UserError("the template does not parse: {{end}} is missing");
      return nodes;
    }
    const word = /^\w+/.exec(part.text)?.[0] ?? "";
    if (part.isAction && (word === "end" || word === "else")) return nodes;
    parts.shift();
    if (!part.isAction) nodes.push({ kind: "text", text: part.text });
    else if (ELSEWHERE.has(word))
      throw new UserError(`the template does not parse: {{${word}}} is not there`);
    else if (BLOCKS.has(word)) nodes.push(parseBlock(part.text, parts));
    else nodes.push({ kind: "action", pipeline: parsePipeline(part.text) });
  }
}

function parseBlock(head: string, parts: Part[]): TemplateNode {
  const [, kind, rest = ""] = /^(if|with|range)\b(.*)$/s.exec(head) ?? [];
  const pipeline = parsePipeline(rest.trim());
  const body = parseList(parts, true);
  const { text } = parts.shift()!;
  const otherwise = text === "end" ? [] : parseElse(text, parts);
  return { kind: kind as "if" | "with" | "range", pipeline, body, otherwise };
}

/** `else` with its own `end`, or `else if`, which shares it. */
function parseElse(text: string, parts: Part[]): readonly TemplateNode[] {
  const chained = /^else\s+((?:if|with)\b.*)$/s.exec(text)?.[1];
  if (chained !== undefined) return [parseBlock(chained, parts)];
  if (text !== "else") throw new UserError(`the template does not parse: {{${text}}}`);
  const nodes = parseList(parts, true);
  if (parts.shift()?.text !== "end")
    throw new UserError("the template does not parse: there are two {{else}}");
  return nodes;
}

function parsePipeline(text: string): Pipeline {
  const tokens = tokensOf(text);
  const pipeline = readPipeline(tokens, text);
  const [stray] = tokens;
  if (stray !== undefined) throw unexpected(stray, text);
  return pipeline;
}

function readPipeline(tokens: Token[], text: string): Pipeline {
  const { variables, assigns } = readDeclaration(tokens);
  const commands: Operand[][] = [];
  do {
    const command: Operand[] = [];
    for (let operand = readOperand(tokens, text); operand; operand = readOperand(tokens, text))
      command.push(operand);
    if (command.length === 0)
      throw new UserError(`the template does not parse: a value is missing in {{${text}}}`);
    commands.push(command);
  } while (takeIf(tokens, "|"));
  return { variables, assigns, commands };
}

function readDeclaration(tokens: Token[]): Pick<Pipeline, "variables" | "assigns"> {
  const [first, second, third, fourth] = tokens;
  const isDeclared = (token: Token | undefined): boolean => token?.text === ":=" || token?.text === "=";
  if (first?.kind === "variable" && isDeclared(second)) {
    tokens.splice(0, 2);
    return { variables: [first.text], assigns: second?.text === "=" };
  }
  if (
    first?.kind === "variable" &&
    second?.text === "," &&
    third?.kind === "variable" &&
    isDeclared(fourth)
  ) {
    tokens.splice(0, 4);
    return { variables: [first.text, third.text], assigns: fourth?.text === "=" };
  }
  return { variables: [], assigns: false };
}

function readOperand(tokens: Token[], text: string): Operand | undefined {
  const [token] = tokens;
  if (token === undefined || token.text === "|" || token.text === ")") return undefined;
  tokens.shift();
  const base = baseOf(token, tokens, text);
  const fields = token.kind === "field" ? [token.text] : [];
  while (tokens[0]?.kind === "field" && !tokens[0].afterSpace) fields.push(tokens.shift()!.text);
  return { base, fields };
}

function baseOf(token: Token, tokens: Token[], text: string): Operand["base"] {
  switch (token.kind) {
    case "dot":
    case "field":
      return { kind: "dot" };
    case "variable":
      return { kind: "variable", name: token.text };
    case "literal":
      return { kind: "literal", value: token.value };
    case "word":
      if (token.text === "true" || token.text === "false")
        return { kind: "literal", value: token.text === "true" };
      if (token.text === "nil") return { kind: "literal", value: null };
      return { kind: "function", name: token.text };
    case "sign": {
      if (token.text !== "(") throw unexpected(token, text);
      const pipeline = readPipeline(tokens, text);
      if (!takeIf(tokens, ")"))
        throw new UserError(`the template does not parse: a ) is missing in {{${text}}}`);
      return { kind: "pipeline", pipeline };
    }
  }
}

function takeIf(tokens: Token[], sign: string): boolean {
  if (tokens[0]?.kind !== "sign" || tokens[0].text !== sign) return false;
  tokens.shift();
  return true;
}

function unexpected(token: Token, text: string): UserError {
  return new UserError(`the template does not parse: ${token.text} is not expected in {{${text}}}`);
}
