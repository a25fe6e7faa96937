import { compareMatches, type XtMatch, type XtRule, type XtTarget } from "../../dataplane/xtables.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { canonicalAddress, canonicalProtocol, OPTION_ALIASES } from "./canonical.ts";
import { MATCH_MODULES } from "./parse-match.ts";
import { parseTarget } from "./parse-target.ts";
import { quoteWord } from "./words.ts";

/** An id is always the first comment. */
const ID = /^cali:([A-Za-z0-9_-]+)$/;

/**
 * Reads the words of a rule after `-A CHAIN`, in any of the spellings of canonical.ts. What we never write becomes a
 * `foreign` part that prints as it was: reading a host must not fail on other people's rules or on altered ones.
 */
export function parseRule(words: readonly string[], version: IpVersion): XtRule {
  const comments: string[] = [];
  const matches: XtMatch[] = [];
  const foreign: string[] = [];
  let target: XtTarget | undefined;
  const [header = [], ...segments] = splitSegments(words);
  for (const option of splitOptions(header)) {
    const match = headerMatch(option, version);
    if (match === undefined) foreign.push(...option);
    else matches.push(match);
  }
  for (const segment of segments) {
    const [option, name = "", ...args] = segment;
    if (option !== "-m") target = parseTarget(segment, version);
    else if (name === "comment" && args[0] === "--comment" && args.length === 2) comments.push(args[1] ?? "");
    else {
      const found = MATCH_MODULES.get(name)?.(splitOptions(args), version);
      if (found === undefined) foreign.push(...segment);
      else matches.push(...found);
    }
  }
  if (foreign.length > 0) matches.push({ kind: "foreign", text: foreign.map(quoteWord).join(" ") });
  return { ...idAndComments(comments), matches: matches.sort(compareMatches), target };
}

/** All comments of a rule, in their order. */
export function idAndComments(comments: readonly string[]): Pick<XtRule, "id" | "comments"> {
  const [, id = ""] = ID.exec(comments[0] ?? "") ?? [];
  return { id, comments: id === "" ? comments : comments.slice(1) };
}

/** Options whose value is free text and might look like an option. */
export const FREE_TEXT = ["--comment", "--log-prefix", "--nflog-prefix"];

/** Options that belong to no module; they may stand anywhere before the target, after a comment too. */
const HEADER_OPTIONS = ["-s", "-d", "-i", "-o", "-p"];

/** The header's words, then one list for each `-m`, `-j` and `-g`. */
function splitSegments(words: readonly string[]): readonly (readonly string[])[] {
  const header: string[] = [];
  const segments: string[][] = [header];
  const options = words.map(canonicalOption);
  for (let index = 0; index < options.length; index++) {
    const word = options[index] ?? "";
    const last = segments.at(-1) ?? header;
    const inTarget = last[0] === "-j" || last[0] === "-g";
    const named = word === "!" ? (options[index + 1] ?? "") : word;
    if (!inTarget && HEADER_OPTIONS.includes(named)) {
      const width = word === "!" ? 3 : 2;
      header.push(
        ...options.slice(index, index + width - 1),
        ...words.slice(index + width - 1, index + width),
      );
      index += width - 1;
      continue;
    }
    if (word === "-m" || word === "-j" || word === "-g") segments.push([word]);
    else last.push(word);
    if (FREE_TEXT.includes(word) && index + 1 < words.length) last.push(words[++index] ?? "");
  }
  return segments;
}

function canonicalOption(word: string): string {
  // Long spellings only; asking the table for every word would be a tenth of all reading.
  if (!word.startsWith("--")) return word;
  return Object.hasOwn(OPTION_ALIASES, word) ? (OPTION_ALIASES[word] ?? word) : word;
}

/** An option with its negation before it and its values after it. */
export type OptionWords = readonly string[];

function splitOptions(words: readonly string[]): readonly OptionWords[] {
  const options: string[][] = [];
  for (const word of words) {
    const last = options.at(-1);
    const negating = last?.length === 1 && last[0] === "!";
    if (last === undefined || word === "!" || (word.startsWith("-") && !negating)) options.push([word]);
    else last.push(word);
  }
  return options;
}

/** The matches that every rule has room for once. */
function headerMatch(words: OptionWords, version: IpVersion): XtMatch | undefined {
  const negated = words[0] === "!";
  const [option, value, ...rest] = negated ? words.slice(1) : words;
  if (value === undefined || rest.length > 0) return undefined;
  switch (option) {
    case "-s":
    case "-d": {
      const cidr = canonicalAddress(value, version);
      return cidr && { kind: "address", side: option === "-s" ? "source" : "destination", cidr, negated };
    }
    case "-i":
    case "-o":
      return { kind: "interface", direction: option === "-i" ? "in" : "out", name: value, negated };
    case "-p": {
      const protocol = canonicalProtocol(value);
      return protocol === undefined ? undefined : { kind: "protocol", protocol, negated };
    }
    default:
      return undefined;
  }
}
