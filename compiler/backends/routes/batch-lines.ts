import { type Cidr, type Ip, parseCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import { type Artifact, ParseError } from "../backend.ts";

/** One line of an artifact: its words, and the heading that it stands under. */
export interface Line {
  readonly path: string;
  readonly number: number;
  readonly words: readonly string[];
  readonly note: string;
}

export function linesOf(artifact: Artifact | undefined): readonly Line[] {
  if (artifact === undefined) return [];
  let note = "";
  return artifact.text.split("\n").flatMap((text, index) => {
    if (text.startsWith("#")) {
      // The first line is the file's own header.
      note = index === 0 ? "" : text.slice(2);
      return [];
    }
    const words = text.split(" ").filter((word) => word !== "");
    return words.length === 0 ? [] : [{ path: artifact.path, number: index + 1, words, note }];
  });
}

export function fail(line: Line, reason: string): never {
  throw new ParseError(line.path, line.number, reason);
}

/** Keywords with how many words follow each: none (a flag) or one. */
export type Grammar = Readonly<Record<string, 0 | 1>>;

export function fieldsOf(
  line: Line,
  words: readonly string[],
  grammar: Grammar,
): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let i = 0; i < words.length; i++) {
    const keyword = words[i] ?? "";
    if (!Object.hasOwn(grammar, keyword)) fail(line, `unknown word '${keyword}'`);
    fields.set(
      keyword,
      grammar[keyword] === 1 ? (words[++i] ?? fail(line, `no value for '${keyword}'`)) : "",
    );
  }
  return fields;
}

export function need(line: Line, fields: ReadonlyMap<string, string>, keyword: string): string {
  return fields.get(keyword) ?? fail(line, `'${keyword}' is missing`);
}

export function needIp(line: Line, text: string | undefined): Ip {
  return (text === undefined ? undefined : parseIp(text)) ?? fail(line, `not an address: ${text}`);
}

export function needCidr(line: Line, text: string | undefined): Cidr {
  return (text === undefined ? undefined : parseCidr(text)) ?? fail(line, `not a network: ${text}`);
}

export function numberOf(line: Line, text: string): number {
  const value = Number(text);
  return text !== "" && Number.isInteger(value) ? value : fail(line, `not a number: ${text}`);
}

export function optionalNumber(
  line: Line,
  fields: ReadonlyMap<string, string>,
  keyword: string,
): number | undefined {
  const text = fields.get(keyword);
  return text === undefined ? undefined : numberOf(line, text);
}
