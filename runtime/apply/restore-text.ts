import {
  type IptablesChange,
  type IptablesState,
  type KernelSet,
  printMember,
  printRule,
  type SetMember,
  type XtHook,
  type XtTable,
} from "../../compiler/index.ts";

type Placed = Extract<IptablesChange, { readonly table: string }>;

/** One table of one IP version. */
export interface TablePlace {
  readonly version: 4 | 6;
  readonly table: XtTable["name"];
}

/**
 * Input of `iptables-restore --noflush` that makes the changes of one table in one commit, rule by rule, so that all
 * others keep their counters. Deletions go from the end, so that numbers stay right, then insertions from the start,
 * each at its final place; only then is a rule replaced, as iptables-nft 1.8.9 dies of replacing one that it has just
 * inserted. Chains are filled before anything leads to them and emptied after nothing does.
 */
export function restoreText(
  { version, table }: TablePlace,
  changes: readonly Placed[],
  desired: IptablesState,
): string {
  const of = <K extends Placed["kind"]>(...kinds: readonly K[]) =>
    changes.filter((change): change is Extract<Placed, { readonly kind: K }> =>
      kinds.includes(change.kind as K),
    );
  const added = of("chain-added").map(({ chain }) => chain);
  const removed = of("chain-removed").map(({ chain }) => chain.name);
  const leaving = of("rule-removed", "rule-moved").toSorted((a, b) => b.from - a.from);
  const arriving = of("rule-inserted", "rule-moved").toSorted((a, b) => a.to - b.to);
  const moved = new Set(of("rule-moved").map(({ chain, rule }) => `${chain} ${rule.id}`));
  // One that moves is inserted with its new text.
  const altered = of("rule-altered").filter(({ chain, rule }) => !moved.has(`${chain} ${rule.id}`));
  const hooks =
    desired.rulesets.find((ruleset) => ruleset.version === version)?.tables.find(({ name }) => name === table)
      ?.hooks ?? [];
  return [
    `*${table}`,
    ...added.map(({ name }) => `:${name} - -`),
    ...added.flatMap(({ name, rules }) => rules.map((rule) => `-A ${name} ${printRule(rule, version)}`)),
    ...leaving.map(({ chain, from }) => `-D ${chain} ${from + 1}`),
    ...arriving.map(({ chain, rule, to }) => `-I ${chain} ${to + 1} ${printRule(rule, version)}`),
    ...altered.map(({ chain, rule, to }) => `-R ${chain} ${to + 1} ${printRule(rule, version)}`),
    ...hookLines(of("hook-added", "hook-removed", "hook-misplaced"), hooks, version),
    ...removed.map((name) => `-F ${name}`),
    ...removed.map((name) => `-X ${name}`),
    "COMMIT",
    "",
  ].join("\n");
}

type HookChange = Extract<Placed, { readonly hook: XtHook }>;

/**
 * Rules of the kernel's chains go by their text, never by a number: others put theirs there at any time. Where one
 * at the bottom arrives, those of ours that belong below it are put anew.
 */
function hookLines(
  changes: readonly HookChange[],
  desired: readonly XtHook[],
  version: 4 | 6,
): readonly string[] {
  const spec = ({ chain, rule }: XtHook): string => `${chain} ${printRule(rule, version)}`;
  const of = (kind: HookChange["kind"]): readonly string[] =>
    changes.filter((change) => change.kind === kind).map(({ hook }) => spec(hook));
  const added = of("hook-added");
  const leaving = [...of("hook-removed"), ...of("hook-misplaced")];
  const arriving = new Set([...added, ...of("hook-misplaced")]);
  const isTop = ({ position }: XtHook): boolean => position === "top";
  const top = desired.filter((hook) => isTop(hook) && arriving.has(spec(hook)));
  const bottom = desired.filter((hook, index) => {
    const above = desired.slice(0, index + 1).filter((other) => !isTop(other) && other.chain === hook.chain);
    return !isTop(hook) && above.some((other) => arriving.has(spec(other)));
  });
  const shifted = bottom.map(spec).filter((text) => !arriving.has(text));
  return [
    ...[...leaving, ...shifted].map((text) => `-D ${text}`),
    ...top.toReversed().map((hook) => `-I ${spec(hook)}`),
    ...bottom.map((hook) => `-A ${spec(hook)}`),
  ];
}

type SetChange = Extract<IptablesChange, { readonly set: KernelSet }>;

/** Everything that only adds: new sets with their members, members of old ones. */
export function growingSetLines(changes: readonly SetChange[]): readonly string[] {
  return changes.flatMap((change) => {
    switch (change.kind) {
      case "set-added":
        return [
          createLine(change.set),
          ...change.set.members.map((member) => memberLine("add", change.set, member)),
        ];
      case "members-changed":
        return change.added.map((member) => memberLine("add", change.set, member));
      default:
        return [];
    }
  });
}

export function shrinkingSetLines(changes: readonly SetChange[]): readonly string[] {
  return changes.flatMap((change) =>
    change.kind === "members-changed"
      ? change.removed.map((member) => memberLine("del", change.set, member))
      : [],
  );
}

function createLine({ name, type, version, maxElements }: KernelSet): string {
  return `create ${name} ${type} family ${version === 4 ? "inet" : "inet6"} maxelem ${maxElements}`;
}

function memberLine(verb: "add" | "del", set: KernelSet, member: SetMember): string {
  return `${verb} ${set.name} ${printMember(member)}`;
}
