import type { Json } from "../../../runtime/datastore/json.ts";
import { UserError } from "../../output/errors.ts";

/** `afterSpace`: `.a .b` are two values, `.a.b` is one. The text of fields and variables is their name. */
export type Token = { readonly text: string; readonly afterSpace: boolean } & (
  | { readonly kind: "dot" | "field" | "variable" | "word" | "sign" }
  | { readonly kind: "literal"; readonly value: Json }
);

const TOKEN =
  /(?<space>\s*)(?:(?<string>"(?:\\.|[^"\\])*")|`(?<raw>[^`]*)`|(?<number>[-+]?(?:0x[\da-f]+|\d+(?:\.\d+)?(?:e[-+]?\d+)?))|\$(?<variable>\w*)|\.(?<field>[A-Za-z_]\w*)|(?<dot>\.)|(?<word>[A-Za-z_]\w*)|(?<sign>:=|[=|(),]))/giy;

/** Throws UserError. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  const trimmed = text.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const from = TOKEN.lastIndex;
    const groups = TOKEN.exec(trimmed)?.groups;
    if (groups === undefined)
      throw new UserError(`the template does not parse: ${trimmed.slice(from).trim()} in {{${text}}}`);
    tokens.push(tokenOf(groups));
  }
  return tokens;
}

function tokenOf(groups: Readonly<Record<string, string | undefined>>): Token {
  const afterSpace = groups.space !== "";
  const { string, raw, number } = groups;
  if (string !== undefined) return { kind: "literal", text: string, value: unquoted(string), afterSpace };
  if (raw !== undefined) return { kind: "literal", text: raw, value: raw, afterSpace };
  if (number !== undefined) return { kind: "literal", text: number, value: Number(number), afterSpace };
  for (const kind of ["variable", "field", "dot", "word", "sign"] as const)
    if (groups[kind] !== undefined) return { kind, text: groups[kind], afterSpace };
  throw new TypeError("a token has a kind");
}

/** Go's escapes that JSON has too; the others are rare in templates. */
function unquoted(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw new UserError(`the template does not parse: ${text} has an escape that is not known`);
  }
}
