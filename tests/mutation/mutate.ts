import type { Artifact } from "../../compiler/index.ts";
import type { Change } from "./mutant.ts";
import type { Replacement, RuleSite } from "./operators/context.ts";
import { changedMatches } from "./operators/matches.ts";
import { changedMembers } from "./operators/members.ts";
import { changedOrder, rulesByChain } from "./operators/order.ts";
import { changedTargets } from "./operators/targets.ts";
import { matchesOf, parseRuleLine, printRuleLine, wordBehind } from "./rule-line.ts";

export interface FileChange {
  readonly file: Artifact;
  readonly change: Change;
}

const VERSIONS: Readonly<Record<string, 4 | 6>> = { "iptables.restore": 4, "ip6tables.restore": 6 };

/** Every single change of the rules and the sets of a node that the operators know, in the order of the text. */
export function* changesOf(artifacts: readonly Artifact[]): Generator<FileChange, void, undefined> {
  const sets = artifacts.find(({ path }) => path === "ipset.restore");
  for (const file of artifacts) {
    const version = VERSIONS[file.path];
    if (version !== undefined)
      for (const change of changedRules(file.text, version, setsOf(sets?.text ?? "", version)))
        yield { file, change };
    else if (file === sets) for (const change of changedMembers(file.text)) yield { file, change };
  }
}

function setsOf(text: string, version: 4 | 6): RuleSite["sets"] {
  const family = version === 4 ? "inet" : "inet6";
  const created = text.matchAll(/^create (\S+) (\S+) family (\S+) /gm);
  return new Map(
    [...created]
      .filter(([, , , of]) => of === family)
      .map(([, name, type]) => [name!, { withPorts: type!.endsWith(",port") }]),
  );
}

function* changedRules(
  text: string,
  version: 4 | 6,
  sets: RuleSite["sets"],
): Generator<Change, void, undefined> {
  const lines = text.split("\n");
  const interfaces = interfacesOf(lines);
  for (const { first, last } of tablesOf(lines)) {
    const chains = lines.slice(first, last).flatMap((line) => /^:(\S+)/.exec(line)?.[1] ?? []);
    yield* changedOrder(rulesByChain(lines, first, last));
    for (let index = first; index < last; index++) {
      const rule = parseRuleLine(lines[index]!);
      if (rule === undefined) continue;
      const site: RuleSite = { rule, version, chains, sets, interfaces };
      for (const replacement of [...changedMatches(site), ...changedTargets(site)])
        yield replaced(index, rule.chain, replacement);
    }
  }
}

function replaced(index: number, chain: string, { operator, change, rule }: Replacement): Change {
  return {
    operator,
    line: index + 1,
    change: `in ${chain}: ${change}`,
    edits: [{ from: index, count: 1, lines: [printRuleLine(rule)] }],
  };
}

/** Lines of each table, from its `*NAME` to its `COMMIT`. */
function tablesOf(lines: readonly string[]): readonly { readonly first: number; readonly last: number }[] {
  return lines.flatMap((line, first) =>
    line.startsWith("*") ? [{ first, last: lines.indexOf("COMMIT", first) }] : [],
  );
}

function interfacesOf(lines: readonly string[]): readonly string[] {
  const names = lines.flatMap((line) => {
    const rule = parseRuleLine(line);
    if (rule === undefined) return [];
    return matchesOf(rule).flatMap(({ part }) => wordBehind(part, "-i") ?? wordBehind(part, "-o") ?? []);
  });
  return [...new Set(names)].toSorted();
}
