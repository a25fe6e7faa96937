import { ParseError } from "../backend.ts";

export type TokenKind = "word" | "quoted" | "text" | "number" | "address" | "mark" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** Without quotes. */
  readonly text: string;
  readonly line: number;
  /** The comment on the line directly above, if the token is the first of its line. */
  readonly above: string | undefined;
}

/** One group per kind of token, in the order of `KINDS`; gaps and comments first. */
const PATTERN =
  /([ \t\r]+)|(\n)|#[ ]?([^\n]*)|"([^"\n]*)"|'([^'\n]*)'|((?=[0-9A-Fa-f]{0,4}:)[0-9A-Fa-f:.]+(?:\/\d+)?|\d+\.\d+\.\d+\.\d+(?:\/\d+)?)|(\d+)|([A-Za-z_][A-Za-z0-9_]*)|(&&|\|\||!~|!=|[-=~<>!(){}[\],;.*+])/y;
const KINDS = ["text", "quoted", "address", "number", "word", "mark"] as const;

/** Reads tokens one by one, and knows which comment stands above or behind one. */
export class Tokens {
  readonly #path: string;
  readonly #tokens: Token[] = [];
  /** By line: the comment at its end. */
  readonly #trailing = new Map<number, string>();
  #position = 0;

  constructor(path: string, text: string) {
    this.#path = path;
    this.#read(text);
  }

  #read(text: string): void {
    let line = 1;
    let lineHasToken = false;
    let above: { readonly line: number; readonly text: string } | undefined;
    PATTERN.lastIndex = 0;
    while (PATTERN.lastIndex < text.length) {
      const match = PATTERN.exec(text);
      if (match === null) throw new ParseError(this.#path, line, "unexpected character");
      const [, gap, newline, comment, ...groups] = match;
      if (gap !== undefined) continue;
      if (newline !== undefined) {
        line++;
        lineHasToken = false;
        continue;
      }
      if (comment !== undefined) {
        if (lineHasToken) this.#trailing.set(line, comment);
        else above = { line, text: comment };
        continue;
      }
      const index = groups.findIndex((group) => group !== undefined);
      this.#tokens.push({
        kind: KINDS[index] ?? "end",
        text: groups[index] ?? "",
        line,
        above: !lineHasToken && above?.line === line - 1 ? above.text : undefined,
      });
      lineHasToken = true;
    }
    this.#tokens.push({ kind: "end", text: "", line, above: undefined });
  }

  peek(offset = 0): Token {
    return this.#tokens[this.#position + offset] ?? { kind: "end", text: "", line: 0, above: undefined };
  }

  next(): Token {
    const token = this.peek();
    this.#position++;
    return token;
  }

  /** The next tokens are these words and marks: then they are consumed. */
  take(...texts: readonly string[]): boolean {
    for (const [offset, text] of texts.entries()) {
      const token = this.peek(offset);
      if (token.text !== text || (token.kind !== "word" && token.kind !== "mark")) return false;
    }
    this.#position += texts.length;
    return true;
  }

  expect(...texts: readonly string[]): void {
    if (!this.take(...texts)) this.fail(`expected ${texts.join(" ")}`);
  }

  /** A symbol: a plain word, or anything between apostrophes. */
  symbol(): string {
    return this.#one(["word", "quoted"]).text;
  }

  string(): string {
    return this.#one(["text"]).text;
  }

  number(): number {
    return Number(this.#one(["number"]).text);
  }

  address(): string {
    return this.#one(["address"]).text;
  }

  #one(kinds: readonly TokenKind[]): Token {
    const token = this.next();
    if (!kinds.includes(token.kind)) this.fail(`expected ${kinds[0]}`, token);
    return token;
  }

  /** The comment behind the last token that was read. */
  note(): { readonly comment?: string } {
    const comment = this.#trailing.get(this.peek(-1).line);
    return comment === undefined ? {} : { comment };
  }

  fail(reason: string, token: Token = this.peek()): never {
    throw new ParseError(this.#path, token.line, `${reason}, found ${JSON.stringify(token.text)}`);
  }
}
