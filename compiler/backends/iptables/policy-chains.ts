import type { XtMatch, XtTableName, XtTarget } from "../../dataplane/xtables.ts";
import type { Direction } from "../../ir/cluster-model.ts";
import { DEFAULT_FELIX_SETTINGS } from "../../ir/felix-config.ts";
import type { PolicyProgram, ProfileProgram, Rule } from "../../ir/node-ir.ts";
import { safeLogPrefix } from "./comment.ts";
import { denyTarget, type ProgramContext } from "./context.ts";
import { type ChainDraft, chain, rule } from "./draft.ts";
import { inFamily } from "./family.ts";
import { marked, setBits } from "./marks.ts";
import { renderBlocks } from "./match-blocks.ts";
import { lowerMatches } from "./matches.ts";
import { policyChain, policyIdentity, profileChain } from "./names.ts";
import { limitMatch } from "./rate.ts";
import type { Draft } from "./rule-list.ts";
import { RETURN } from "./rule-parts.ts";

/** Whose rules they are: for comments and for the placeholders of a log prefix. */
interface Owner {
  readonly title: string;
  readonly tier: string;
  readonly shortKind: string;
  readonly namespace: string;
  readonly name: string;
}

/** One direction of a policy; returns to its caller with accept or pass set, with neither, or not at all. */
export function policyProgramChain(
  context: ProgramContext,
  table: XtTableName,
  policy: PolicyProgram,
  direction: Direction,
): ChainDraft {
  const { namespace, name, policyKind, tier } = policy;
  const title = `${policyKind} ${namespace === "" ? name : `${namespace}/${name}`} ${direction}`;
  const owner = { title, tier, shortKind: policyIdentity(policy.id).shortKind, namespace, name };
  const rules = renderRules(context, table, policy[direction], owner);
  return chain(policyChain(direction, policy.id), `Policy ${title}, tier ${tier}`, rules);
}

export function profileProgramChain(
  context: ProgramContext,
  table: XtTableName,
  profile: ProfileProgram,
  direction: Direction,
): ChainDraft {
  const { name, missing } = profile;
  const title = `Profile ${name} ${direction}`;
  const heading = missing ? `${title}: there is no such profile, so it denies` : title;
  const owner = { title, tier: "", shortKind: "pro", namespace: "", name };
  const rules = missing
    ? [rule([], denyTarget(context.settings, table), title)]
    : renderRules(context, table, profile[direction], owner);
  return chain(profileChain(direction, name), heading, rules);
}

function renderRules(
  context: ProgramContext,
  table: XtTableName,
  rules: readonly Rule[],
  owner: Owner,
): readonly Draft[] {
  const drafts = rules.flatMap((source) => {
    const own = inFamily(source, context.version);
    if (own === undefined) return [];
    const annotations = own.annotations.map(([key, value]) => `${key}=${value}`);
    return renderRule(context, table, own, owner).map((draft) => withComments(draft, annotations));
  });
  // At the end of a chain the kernel returns by itself.
  while (drafts.at(-1)?.target?.kind === "return") drafts.pop();
  const [first = rule([], undefined), ...others] = drafts;
  return [rule(first.matches, first.target, owner.title, ...first.comments), ...others];
}

function withComments(draft: Draft, comments: readonly string[]): Draft {
  return comments.length === 0 ? draft : rule(draft.matches, draft.target, ...comments);
}

function renderRule(
  context: ProgramContext,
  table: XtTableName,
  source: Rule,
  owner: Owner,
): readonly Draft[] {
  const { marks, settings } = context;
  const lowered = lowerMatches(source, context);
  const blocks = renderBlocks(lowered.blocks, marks);
  const matches = blocks.length === 0 ? lowered.main : [...lowered.main, marked(marks.scratch0)];
  switch (source.action) {
    case "allow":
      return [...blocks, rule(matches, setBits(marks.accept)), rule([marked(marks.accept)], RETURN)];
    case "pass":
      return [...blocks, rule(matches, setBits(marks.pass)), rule([marked(marks.pass)], RETURN)];
    case "deny":
      return [...blocks, rule(matches, denyTarget(settings, table))];
    case "log":
      return [...blocks, rule([...matches, ...logLimit(context)], logTarget(context, owner))];
    default:
      return source.action satisfies never;
  }
}

/** `limit` comes last, so that only packets which the rule really logs use up tokens (§13.7). */
function logLimit({ settings }: ProgramContext): readonly XtMatch[] {
  const rate = settings.logRateLimit;
  return rate === undefined ? [] : [limitMatch(rate, settings.logRateBurst)];
}

const NOTICE = 5;

function logTarget({ settings }: ProgramContext, owner: Owner): XtTarget {
  const { namespace, name, tier, shortKind } = owner;
  const values: Readonly<Record<string, string>> = {
    "%t": tier,
    "%k": shortKind,
    "%n": name,
    "%p": namespace === "" ? name : `${namespace}/${name}`,
  };
  // `none` means the default here, as in Felix (generateLogPrefix): a line that nothing marks as ours finds nobody.
  const prefix = (settings.logPrefix || DEFAULT_FELIX_SETTINGS.logPrefix).replaceAll(
    /%[tknp]/g,
    (placeholder) => values[placeholder] ?? placeholder,
  );
  return { kind: "log", prefix: safeLogPrefix(prefix), level: NOTICE };
}
