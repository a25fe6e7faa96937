import type { Artifact } from "../../compiler/index.ts";
import { verifyFiles } from "../../compiler/verify.ts";
import { isTarget, parseRuleLine, printRuleLine, type RuleLine } from "./rule-line.ts";
import type { Subject } from "./subject.ts";

/**
 * Answers questions about packets on their way through a file by putting rules into it that would end it for them:
 * if verification does not mind, there are none, or none whose fate is still open.
 */
export class Probes {
  readonly #subject: Subject;
  readonly #answers = new Map<string, boolean>();

  constructor(subject: Subject) {
    this.#subject = subject;
  }

  /** Whether packets come to the line (from 1) of the unchanged file. */
  isReached(file: string, line: number): boolean {
    return this.#matters(file, line, (verdict, chain) => [`-A ${chain} -j ${verdict}`]);
  }

  /** What becomes in the end of all packets that come to the line, if it is the same for all of them. */
  endOf(file: string, line: number): "ACCEPT" | "DROP" | undefined {
    return VERDICTS.find(
      (verdict) => !this.#matters(file, line, (_, chain) => [`-A ${chain} -j ${verdict}`]),
    );
  }

  /** Whether packets that come to the line match the rule. */
  isMatched(file: string, line: number, rule: RuleLine): boolean {
    return this.#matters(file, line, (verdict, chain) => [matching(rule, chain, verdict)]);
  }

  /** Whether packets that come to the line match one of the rules only. */
  isToldApart(file: string, line: number, a: RuleLine, b: RuleLine): boolean {
    const onlyFirst = (first: RuleLine, second: RuleLine) =>
      this.#matters(file, line, (verdict, chain) => [
        matching(second, chain, "RETURN"),
        matching(first, chain, verdict),
      ]);
    return onlyFirst(a, b) || onlyFirst(b, a);
  }

  /** Whether packets that come to the line match both. */
  isMatchedByBoth(file: string, line: number, a: RuleLine, b: RuleLine): boolean {
    return this.#matters(
      file,
      line,
      (verdict, chain) => [matching(a, chain, `${chain}-2`), matching(b, `${chain}-2`, verdict)],
      2,
    );
  }

  #matters(
    path: string,
    line: number,
    rules: (verdict: string, chain: string) => readonly string[],
    chains = 1,
  ): boolean {
    const lines = this.#subject.artifacts.find((artifact) => artifact.path === path)!.text.split("\n");
    const place = parseRuleLine(lines[line - 1]!)!;
    const table = lines.findLastIndex((text, i) => i < line && text.startsWith("*"));
    // Source NAT comes behind all verdicts, and its table takes none.
    if (lines[table] === "*nat") return true;
    const names = ["probe", "probe-2"].slice(0, chains);
    return VERDICTS.some((verdict) => {
      const added = rules(verdict, "probe");
      const key = [path, line, ...added].join("\n");
      const known = this.#answers.get(key);
      if (known !== undefined) return known;
      const text = [
        ...lines.slice(0, table + 1),
        ...names.map((name) => `:${name} - -`),
        ...lines.slice(table + 1, line - 1),
        ...added,
        // Rules put in front of others are met in the opposite order of the text.
        ...(place.verb === "-I" ? [lines[line - 1]!, `-I ${place.chain} -j probe`] : []),
        ...(place.verb === "-I" ? [] : [`-A ${place.chain} -j probe`, lines[line - 1]!]),
        ...lines.slice(line),
      ].join("\n");
      const matters = !this.#isEqual({ path, text });
      this.#answers.set(key, matters);
      return matters;
    });
  }

  #isEqual({ path, text }: Pick<Artifact, "path" | "text">): boolean {
    const { model, ir, artifacts } = this.#subject;
    const files = artifacts.map((file) => (file.path === path ? { ...file, text } : file));
    return verifyFiles(model, ir, files).isEqual;
  }
}

const VERDICTS = ["DROP", "ACCEPT"] as const;

function matching({ parts }: RuleLine, chain: string, target: string): string {
  return printRuleLine({
    verb: "-A",
    chain,
    parts: [...parts.filter((part) => !isTarget(part)), ["-j", target]],
  });
}
