import { UnreadableText } from "./program.ts";

/** A file of the bundle. */
export interface TextFile {
  readonly path: string;
  readonly text: string;
}

/** Its lines that are neither empty nor comments. */
export function linesOf({ path, text }: TextFile): readonly Words[] {
  return text
    .split("\n")
    .map((line, index) => new Words(path, index + 1, line))
    .filter(({ text }) => text !== "" && !text.startsWith("#"));
}

/** Double quotes hold a word together. What would need an escape is nothing that a compiled file holds. */
const WORD = /[ \t]*(?:"([^"\\]*)"|([^\s"'\\]+))(?=[ \t]|$)/y;

/** One line as words, taken from left to right. Whatever is left over or missing is an `UnreadableText`. */
export class Words {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly text: string;
  #words: readonly string[] | undefined;
  #next = 0;

  constructor(file: string, line: number, text: string) {
    this.file = file;
    this.line = line;
    this.text = text;
  }

  get isDone(): boolean {
    return this.#next === this.#all().length;
  }

  take(what: string): string {
    const word = this.#all()[this.#next];
    if (word === undefined) this.fail(`${what} is missing`);
    this.#next++;
    return word;
  }

  /** Takes the word if it is the next one. */
  takeIf(expected: string): boolean {
    const isNext = this.isNext(expected);
    if (isNext) this.#next++;
    return isNext;
  }

  isNext(...expected: readonly string[]): boolean {
    return expected.every((word, index) => this.#all()[this.#next + index] === word);
  }

  expect(...expected: readonly string[]): void {
    for (const word of expected) if (!this.takeIf(word)) this.fail(`${word} is missing`);
  }

  expectEnd(): void {
    if (!this.isDone) this.fail(`unknown: ${this.take("a word")}`);
  }

  /** Decimal, or hexadecimal after `0x`; at most `max`. */
  number(text: string, max: number): number {
    const value = /^(0|[1-9]\d*|0x[0-9a-f]+)$/.test(text) ? Number(text) : Number.NaN;
    if (!(value <= max)) this.fail(`not a number up to ${max}: ${text}`);
    return value;
  }

  /** `A`, `A:B` with the separator given; ends included. */
  range(text: string, separator: string, max: number): { readonly first: number; readonly last: number } {
    const [first = "", last = first, ...rest] = text.split(separator);
    const range = { first: this.number(first, max), last: this.number(last, max) };
    if (rest.length > 0 || range.first > range.last) this.fail(`not a range: ${text}`);
    return range;
  }

  fail(message: string): never {
    throw new UnreadableText(this.file, this.line, message);
  }

  #all(): readonly string[] {
    this.#words ??= this.#split();
    return this.#words;
  }

  #split(): readonly string[] {
    const words: string[] = [];
    WORD.lastIndex = 0;
    const { length } = this.text.replace(/[ \t]+$/, "");
    for (let end = 0; end < length; end = WORD.lastIndex) {
      const found = WORD.exec(this.text);
      if (found === null) this.fail(`not a word: ${this.text.slice(end)}`);
      words.push(found[1] ?? found[2]!);
    }
    return words;
  }
}
