import { compareMatches, type XtMatch, type XtRule, type XtTarget } from "../../dataplane/xtables.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { FREE_TEXT, idAndComments, parseRule } from "./parse-rule.ts";
import { splitWords } from "./words.ts";

/** A rule as its line says. */
export interface RuleLine {
  readonly chain: string;
  readonly insert: boolean;
  readonly rule: XtRule;
}

/**
 * Lines that have been read before: whoever reads the same rules twice, in a file and from the host, keeps what they
 * mean, and gets the same object for both.
 */
export type KnownLines = Readonly<Record<IpVersion, RuleLines>>;

export function noLines(): KnownLines {
  return { 4: new RuleLines(4), 6: new RuleLines(6) };
}

/** Options of a rule, without comments. */
type Part = Pick<XtRule, "matches" | "target">;

/**
 * Reads the lines of rules, and remembers them. Rules are many and their options are few: those of a module, or of a
 * target, are read once for all rules that have them.
 */
export class RuleLines {
  readonly #version: IpVersion;
  /** By `savedSpelling`. */
  readonly #lines = new Map<string, RuleLine>();
  readonly #texts = new Map<XtRule, string>();
  /** By their text; `undefined` where they mean something only together with the rest of their line. */
  readonly #parts = new Map<string, Part | undefined>();

  constructor(version: IpVersion) {
    this.#version = version;
  }

  /** Throws what `fail` makes of the reason for a line that is no rule. */
  read(line: string, fail: (reason: string) => Error): RuleLine {
    const known = this.#lines.get(line);
    if (known !== undefined) return known;
    const saved = savedSpelling(line);
    const read = this.#lines.get(saved) ?? this.#readParts(saved) ?? this.#readWords(saved, fail);
    this.#lines.set(saved, read);
    this.#texts.set(read.rule, saved);
    return read;
  }

  /** The line of a rule that was read here for that chain, as `iptables-save` prints it. */
  lineOf(rule: XtRule, chain: string): string | undefined {
    const line = this.#texts.get(rule);
    return line?.startsWith(`-A ${chain} `) ? line : undefined;
  }

  #readWords(line: string, fail: (reason: string) => Error): RuleLine {
    const words = splitWords(line);
    const [command, chain = "", ...rest] = words ?? [];
    if (words === undefined) throw fail("a quote is not closed");
    if (command !== "-A" && command !== "-I") throw fail(`expected a rule, found ${JSON.stringify(line)}`);
    return { chain, insert: command === "-I", rule: parseRule(rest, this.#version) };
  }

  /** The same for nearly every line; `undefined` for the others. */
  #readParts(line: string): RuleLine | undefined {
    const [whole, chain = "", header = "", comments = "", rest = ""] = PLAIN_LINE.exec(line) ?? [];
    if (whole === undefined) return undefined;
    const matches: XtMatch[] = [];
    let target: XtTarget | undefined;
    for (const text of [header, ...splitOptions(rest)]) {
      if (text === "") continue;
      const part = this.#part(text);
      if (part === undefined) return undefined;
      matches.push(...part.matches);
      target = part.target ?? target;
    }
    const texts = Array.from(comments.matchAll(COMMENT), ([, text = ""]) => text);
    const rule = { ...idAndComments(texts), matches: matches.sort(compareMatches), target };
    return { chain, insert: false, rule };
  }

  #part(text: string): Part | undefined {
    if (this.#parts.has(text)) return this.#parts.get(text);
    const { id, comments, matches, target } = parseRule(splitWords(text) ?? [], this.#version);
    // What is not understood is kept as one text for the whole line.
    const isForeign = matches.some(({ kind }) => kind === "foreign");
    const hasText = id !== "" || comments.length > 0 || FREE_TEXT.some((option) => text.includes(option));
    const part = isForeign || hasText ? undefined : { matches, target };
    this.#parts.set(text, part);
    return part;
  }
}

/** Options that belong to no module, comments in quotes, then modules and a target without any. */
const PLAIN_LINE =
  /^-A ([^\s"'\\]+)((?: (?:! )?-[sdiop] [^\s"'\\]+)*)((?: -m comment --comment "[^"\\]*")*)((?: -[mjg] [^"'\\\t]+)?)$/;
const COMMENT = /"([^"]*)"/g;

/** Before each ` -m `, ` -j ` and ` -g `. */
function splitOptions(text: string): readonly string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = text.indexOf(" -", 1); at > 0; at = text.indexOf(" -", at + 1)) {
    if (!"mjg".includes(text.charAt(at + 2)) || text[at + 3] !== " ") continue;
    parts.push(text.slice(start, at));
    start = at;
  }
  return [...parts, text.slice(start)];
}

const COMMENTS_FIRST =
  /^(-A \S+)((?: -m comment --comment "[^"\\]*")+)((?: (?:! )?-[sdiop] [^\s"'\\]+)+)(?= |$)/;

/** The line as `iptables-save` prints it, which puts the options that belong to no module before all comments. */
function savedSpelling(line: string): string {
  return line.replace(COMMENTS_FIRST, "$1$3$2");
}
