import type { TextSpan } from "../../diagnostics/diagnostic.ts";
import { MAX_LABEL_LENGTH } from "./nodes.ts";

/** What is wrong with a selector, and where. Thrown inside the parser only; its callers get a value. */
export class SelectorSyntaxError extends Error {
  readonly span: TextSpan;

  constructor(reason: string, span: TextSpan) {
    super(reason);
    this.span = span;
  }
}

const SINGLE_QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;

/** 1 for the characters of a label name: ASCII letters, digits, `_ . / -`. */
const IDENTIFIER = new Uint8Array(128);
for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./-")
  IDENTIFIER[c.charCodeAt(0)] = 1;

/** A cursor over the text of a selector: each method takes one lexical element, blanks before it included. */
export class Scanner {
  readonly text: string;
  position = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** Blanks are space and tab only: a line break is an error, as in Calico. */
  skipBlanks(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.position);
      if (c !== 0x20 && c !== 0x09) return;
      this.position++;
    }
  }

  atEnd(): boolean {
    this.skipBlanks();
    return this.position === this.text.length;
  }

  /** Whether the token stands right at the cursor, without blanks before it. */
  nextIs(token: string): boolean {
    return this.text.startsWith(token, this.position);
  }

  /** Takes a fixed token such as `&&`. */
  take(token: string): boolean {
    this.skipBlanks();
    if (!this.text.startsWith(token, this.position)) return false;
    this.position += token.length;
    return true;
  }

  /** Takes one `!` that is not the beginning of `!=`. */
  takeBang(): boolean {
    this.skipBlanks();
    if (this.text.charCodeAt(this.position) !== 0x21 || this.text.charCodeAt(this.position + 1) === 0x3d)
      return false;
    this.position++;
    return true;
  }

  /** Takes an operator of one or two words; blanks between the words are optional, a word boundary follows. */
  takeWords(first: string, second = ""): boolean {
    const start = this.position;
    if (this.take(first) && this.take(second) && !this.#identifierAt(this.position)) return true;
    this.position = start;
    return false;
  }

  /** A label name, or "" where there is none. */
  takeLabel(): string {
    this.skipBlanks();
    const start = this.position;
    let end = start;
    while (this.#identifierAt(end)) end++;
    if (end - start > MAX_LABEL_LENGTH)
      throw new SelectorSyntaxError(`the label name is longer than ${MAX_LABEL_LENGTH} characters`, {
        start,
        end,
      });
    this.position = end;
    return this.text.slice(start, end);
  }

  /** A quoted text without its quotes; everything up to the next quote of the same kind is literal. */
  takeString(): string | undefined {
    this.skipBlanks();
    const start = this.position;
    const quote = this.text.charCodeAt(start);
    if (quote !== SINGLE_QUOTE && quote !== DOUBLE_QUOTE) return undefined;
    const end = this.text.indexOf(quote === SINGLE_QUOTE ? "'" : '"', start + 1);
    if (end < 0)
      throw new SelectorSyntaxError("this quoted text has no closing quote", {
        start,
        end: this.text.length,
      });
    this.position = end + 1;
    return this.text.slice(start + 1, end);
  }

  /** The span of whatever stands at the cursor: a word, a run of operator characters, or a single character. */
  spanHere(): TextSpan {
    const start = this.position;
    let end = start;
    while (this.#identifierAt(end)) end++;
    if (end === start) while ("=&|!<>".includes(this.text[end] ?? " ")) end++;
    // A whole character, not half of a surrogate pair.
    if (end === start) end += (this.text.codePointAt(start) ?? 0) > 0xffff ? 2 : 1;
    return { start, end: Math.min(end, this.text.length) };
  }

  #identifierAt(position: number): boolean {
    const c = this.text.charCodeAt(position);
    return c < 128 && IDENTIFIER[c] === 1;
  }
}
