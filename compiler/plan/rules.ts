import type { IptablesChange } from "../backends/iptables/index.ts";
import { RULES_PATH } from "../backends/iptables/print.ts";
import { printRule } from "../backends/iptables/print-rule.ts";
import {
  targetChain,
  type XtHook,
  type XtRule,
  type XtTable,
  type XtTableName,
} from "../dataplane/xtables.ts";
import type { IpVersion } from "../net/cidr.ts";
import type { PlaceDiff, PlannedChange, Reason, Unchanged } from "./change.ts";
import { chainHeadingKey } from "./headings.ts";
import { endpointOf, reasonOf, resourceOf } from "./reason.ts";
import type { DataplaneState } from "./state.ts";

type ChainChange = Exclude<
  Extract<IptablesChange, { readonly table: XtTableName }>,
  { readonly hook: XtHook }
>;
type HookChange = Extract<IptablesChange, { readonly hook: XtHook }>;

/** The heading of a chain, as the one or the other side's files have it. */
export type HeadingOfChain = (chain: string) => string;

/** One table of one IP version on both sides. */
interface TablePair {
  readonly version: IpVersion;
  readonly table: XtTableName;
  readonly before: XtTable | undefined;
  readonly after: XtTable | undefined;
  readonly headingOf: HeadingOfChain;
}

/** The chains and hooks that differ, in the order of the back end's diff: tables in packet order, chains by name. */
export function ruleDiffs(
  before: DataplaneState,
  after: DataplaneState,
  changes: readonly IptablesChange[],
): readonly PlaceDiff[] {
  const inTables = changes.filter((change) => "table" in change);
  const byTable = Map.groupBy(inTables, ({ version, table }) => `${version} ${table}`);
  return [...byTable.values()].flatMap((group) => {
    const { version, table } = group[0]!;
    const pair: TablePair = {
      version,
      table,
      before: tableOf(before, version, table),
      after: tableOf(after, version, table),
      headingOf: headingsOfTable(before, after, version, table),
    };
    const hooks = group.filter((change): change is HookChange => "hook" in change);
    const chains = Map.groupBy(
      group.filter((change): change is ChainChange => !("hook" in change)),
      ({ chain }) => (typeof chain === "string" ? chain : chain.name),
    );
    return [
      ...[...chains].map(([chain, own]) => chainDiff(pair, chain, own)),
      ...[...Map.groupBy(hooks, ({ hook }) => hook.chain)].map(([chain, own]) => hookDiff(pair, chain, own)),
    ];
  });
}

export function headingsOfTable(
  before: DataplaneState,
  after: DataplaneState,
  version: IpVersion,
  table: XtTableName,
): HeadingOfChain {
  return (chain) => {
    const key = chainHeadingKey(RULES_PATH[version], table, chain);
    return after.headings.get(key) ?? before.headings.get(key) ?? "";
  };
}

function tableOf({ iptables }: DataplaneState, version: IpVersion, table: XtTableName): XtTable | undefined {
  return iptables.rulesets
    .find((ruleset) => ruleset.version === version)
    ?.tables.find(({ name }) => name === table);
}

function chainDiff(pair: TablePair, name: string, changes: readonly ChainChange[]): PlaceDiff {
  const { version, table, headingOf } = pair;
  const heading = headingOf(name);
  const find = (side: XtTable | undefined) => side?.chains.find((chain) => chain.name === name)?.rules;
  const before = find(pair.before);
  const after = find(pair.after);
  const steps = stepsOf(before ?? [], after ?? [], changes);
  const reasons =
    before === undefined || after === undefined ? undefined : reasonsOf(steps, heading, headingOf);
  const place = { artifact: RULES_PATH[version], kind: "chain", name: `${table} ${name}` } as const;
  const print = (rule: XtRule | undefined): readonly string[] =>
    rule === undefined ? [] : [`-A ${name} ${printRule(rule, version)}`];
  const declaration = [`:${name} - -`];
  const own = { ...place, reason: reasonOf(heading) };
  return {
    ...place,
    heading,
    items: [
      ...(before === undefined ? [{ ...own, op: "add", was: [], lines: declaration } as const] : []),
      ...(after === undefined ? [{ ...own, op: "remove", was: declaration, lines: [] } as const] : []),
      ...steps.map(({ op, was, rule, from, to }, i): PlannedChange | Unchanged =>
        op === "same"
          ? { op, lines: print(rule) }
          : {
              ...place,
              op,
              was: print(was),
              lines: print(rule),
              ...(from === undefined ? {} : { from }),
              ...(to === undefined ? {} : { to }),
              reason: reasons?.[i] ?? own.reason,
            },
      ),
    ],
  };
}

/** One step of a walk through the old and the new chain side by side. */
interface Step {
  readonly op: PlannedChange["op"] | "same";
  readonly was: XtRule | undefined;
  readonly rule: XtRule | undefined;
  readonly from: number | undefined;
  readonly to: number | undefined;
}

function stepsOf(
  before: readonly XtRule[],
  after: readonly XtRule[],
  changes: readonly ChainChange[],
): readonly Step[] {
  const removed = new Set(changes.flatMap((change) => (change.kind === "rule-removed" ? change.from : [])));
  const inserted = new Set(changes.flatMap((change) => (change.kind === "rule-inserted" ? change.to : [])));
  const moved = new Map(
    changes.flatMap((change) => (change.kind === "rule-moved" ? [[change.to, change.from] as const] : [])),
  );
  const altered = new Set(changes.flatMap((change) => (change.kind === "rule-altered" ? change.to : [])));
  const isWholly = changes.some(({ kind }) => kind === "chain-added" || kind === "chain-removed");
  const leaves = new Set(moved.values());
  const steps: Step[] = [];
  let next = 0;
  /** Over those that do not stand here any more. */
  const passGone = (): void => {
    for (; next < before.length && (isWholly || removed.has(next) || leaves.has(next)); next++)
      if (!leaves.has(next))
        steps.push({ op: "remove", was: before[next], rule: undefined, from: next, to: undefined });
  };
  for (const [to, rule] of after.entries()) {
    passGone();
    const from = moved.get(to);
    if (isWholly || inserted.has(to)) steps.push({ op: "add", was: undefined, rule, from: undefined, to });
    else if (from !== undefined) steps.push({ op: "move", was: before[from], rule, from, to });
    else {
      steps.push({ op: altered.has(to) ? "change" : "same", was: before[next], rule, from: next, to });
      next++;
    }
  }
  passGone();
  return steps;
}

/**
 * A rule in the chain of an endpoint, or in one that leads to them, is there for the sake of the chain that it leads
 * to. Those that lead nowhere ("Return if policy accepted", "Start of tier") and those that only move come and go with
 * the one before them that does lead somewhere, or else with the one after.
 */
function reasonsOf(
  steps: readonly Step[],
  heading: string,
  headingOf: HeadingOfChain,
): readonly (Reason | undefined)[] {
  const isOwn = resourceOf(heading) !== undefined && endpointOf(heading) === undefined;
  if (isOwn) return [];
  const found = steps.map(({ op, rule, was }): Reason | undefined => {
    const chain = op === "same" || op === "move" ? undefined : targetChain((rule ?? was)?.target);
    const led = chain === undefined ? "" : headingOf(chain);
    return resourceOf(led) === undefined ? undefined : reasonOf(led);
  });
  const spread = (order: readonly number[]): void => {
    let last: Reason | undefined;
    for (const i of order) {
      last = found[i] ?? last;
      found[i] = last;
    }
  };
  const order = [...steps.keys()];
  spread(order);
  spread(order.toReversed());
  return found;
}

/** Our rules in one of the kernel's own chains: jumps, and what acts upon the verdict of the chains behind them. */
function hookDiff(pair: TablePair, chain: string, changes: readonly HookChange[]): PlaceDiff {
  const { version, table, headingOf } = pair;
  const place = { artifact: RULES_PATH[version], kind: "hooks", name: `${table} ${chain}` } as const;
  const print = ({ rule, position }: XtHook): readonly string[] => [
    `${position === "top" ? "-I" : "-A"} ${chain} ${printRule(rule, version)}`,
  ];
  const touched = new Set(changes.map(({ hook }) => hook));
  const kept = (pair.after?.hooks ?? []).filter((hook) => hook.chain === chain && !touched.has(hook));
  const heading = "Hooks in the kernel's own chain";
  return {
    ...place,
    heading,
    items: [
      ...kept.map((hook): Unchanged => ({ op: "same", lines: print(hook) })),
      ...changes.map(({ kind, hook }): PlannedChange => {
        const led = targetChain(hook.rule.target);
        const reason = reasonOf(led === undefined ? heading : headingOf(led));
        const lines = print(hook);
        if (kind === "hook-misplaced") {
          const found = pair.before?.hooks.find(
            (other) => other.chain === chain && other.rule.id === hook.rule.id,
          );
          return { ...place, op: "move", was: found === undefined ? lines : print(found), lines, reason };
        }
        return kind === "hook-added"
          ? { ...place, op: "add", was: [], lines, reason }
          : { ...place, op: "remove", was: lines, lines: [], reason };
      }),
    ],
  };
}
