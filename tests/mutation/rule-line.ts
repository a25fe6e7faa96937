/**
 * A rule of `iptables-restore` input in its parts, so that one of them can be changed. `parts` joined by blanks are
 * the rule; the last is its target, if it has one.
 */
export interface RuleLine {
  /** `-A` or `-I`. */
  readonly verb: string;
  readonly chain: string;
  readonly parts: readonly Part[];
}

/** One match or the target, as words: `["-m", "set", "!", "--match-set", "cali40s:x", "src"]`. */
export type Part = readonly string[];

const STARTS: readonly string[] = ["-m", "-p", "-s", "-d", "-i", "-o", "-j", "-g"];

/** `undefined` for lines that are no rules. */
export function parseRuleLine(line: string): RuleLine | undefined {
  const words = line.match(/"[^"]*"|[^\s"]+/g) ?? [];
  const [verb, chain, ...rest] = words;
  if ((verb !== "-A" && verb !== "-I") || chain === undefined) return undefined;
  const parts: string[][] = [];
  for (const [i, word] of rest.entries()) {
    const isNegation = word === "!" && STARTS.includes(rest[i + 1] ?? "");
    const begins = isNegation || (STARTS.includes(word) && rest[i - 1] !== "!");
    if (begins || parts.length === 0) parts.push([word]);
    else parts.at(-1)!.push(word);
  }
  return { verb, chain, parts };
}

export function printRuleLine({ verb, chain, parts }: RuleLine): string {
  return [verb, chain, ...parts.flat()].join(" ");
}

export function isComment(part: Part): boolean {
  return part[0] === "-m" && part[1] === "comment";
}

export function isTarget(part: Part): boolean {
  return part[0] === "-j" || part[0] === "-g";
}

/** The matches that ask something of a packet, with their places in `parts`. */
export function matchesOf({ parts }: RuleLine): readonly { readonly index: number; readonly part: Part }[] {
  return parts
    .map((part, index) => ({ index, part }))
    .filter(({ part }) => !isComment(part) && !isTarget(part));
}

export function targetOf({ parts }: RuleLine): Part | undefined {
  const last = parts.at(-1);
  return last !== undefined && isTarget(last) ? last : undefined;
}

/** The rule with another part in the place of one; `undefined` leaves it out. */
export function withPart(rule: RuleLine, index: number, part: Part | undefined): RuleLine {
  const parts = rule.parts.flatMap((old, i) => (i !== index ? [old] : part === undefined ? [] : [part]));
  return { ...rule, parts };
}

/** The part with another word behind `option`. */
export function withWordBehind(part: Part, option: string, value: string): Part {
  const at = part.indexOf(option);
  return part.map((word, i) => (i === at + 1 ? value : word));
}

/** The word behind `option`. */
export function wordBehind(part: Part, option: string): string | undefined {
  const at = part.indexOf(option);
  return at < 0 ? undefined : part[at + 1];
}
