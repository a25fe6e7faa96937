import { hash } from "node:crypto";
import {
  compareMatches,
  type XtChain,
  type XtMatch,
  type XtRule,
  type XtTarget,
} from "../../dataplane/xtables.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { safeComment, safeHeading } from "./comment.ts";
import { type Draft, PlacedChain, RuleList } from "./rule-list.ts";

export interface ChainDraft {
  readonly name: string;
  readonly heading: readonly string[];
  readonly list: RuleList;
}

/** Puts the matches into canonical order and makes the comments safe. */
export function rule(
  matches: readonly XtMatch[],
  target: XtTarget | undefined,
  ...comments: readonly string[]
): Draft {
  return {
    comments: comments.flatMap((text) => safeComment(text) ?? []),
    matches: matches.toSorted(compareMatches),
    target,
  };
}

export function chain(
  name: string,
  heading: readonly string[] | string,
  rules: readonly Draft[],
): ChainDraft {
  return {
    name,
    heading: typeof heading === "string" ? [heading] : heading,
    list: new RuleList(rules),
  };
}

/** Places the rules in their chain: from here on they have ids. */
export function placeChain({ name, heading, list }: ChainDraft, version: IpVersion): XtChain {
  return new PlacedChain(name, heading.map(safeHeading), placeRules(name, list, version), list);
}

/**
 * An id depends on the chain, the rule's text, and how many equal rules come before it: a rule keeps its id, and with
 * it its counters, whatever is inserted around it. (Calico's own ids chain over all earlier rules; one inserted rule
 * changes every later one.)
 */
export function placeRules(chainName: string, list: RuleList, version: IpVersion): readonly XtRule[] {
  const bodies = list.bodies(version);
  const seen = new Map<string, number>();
  return list.drafts.map(({ comments, matches, target }, index) => {
    const text = bodies[index] as string;
    const ordinal = seen.get(text) ?? 0;
    seen.set(text, ordinal + 1);
    const digest = hash("sha224", `${chainName}\n${text}\n${ordinal}`, "base64url");
    return { id: digest.slice(0, 16), comments, matches, target };
  });
}
