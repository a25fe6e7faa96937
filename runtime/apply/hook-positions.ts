import type { Artifact, IptablesState, XtHook } from "../../compiler/index.ts";

/** What an `iptables.restore` file says of the place of our rules in the kernel's chains: `-I` or `-A`. */
const HOOK_LINE = /^-([IA]) (\S+) (?:.*?--comment "?cali:([\w-]+))?/;
/** A table begins, or a rule of a kernel's chain stands there. */
const KERNEL_LINES = /^\*(\w+)$|^-[IA] (?:PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING) .*$/gm;

const RULES_PATHS = { "iptables.restore": 4, "ip6tables.restore": 6 } as const;

/**
 * Puts back what the canonical form leaves out: whether a hook goes above everybody's rules or below. A host's save
 * has `-A` lines only; there the first rule of a chain counts as put on top, as it has nothing above it.
 */
export function withHookPositions(
  state: IptablesState,
  artifacts: readonly Artifact[],
  source: "bundle" | "host",
): IptablesState {
  const positions = new Map<string, "top" | "bottom">();
  for (const [path, version] of Object.entries(RULES_PATHS)) {
    const text = artifacts.find((artifact) => artifact.path === path)?.text ?? "";
    collect(text, version, source, positions);
  }
  const place = (key: string, hook: XtHook): XtHook => {
    const position = positions.get(`${key} ${hook.chain} ${hook.rule.id}`);
    const read: XtHook = source === "host" ? { ...hook, others: hook.others ?? "none" } : hook;
    return position === undefined ? read : { ...read, position };
  };
  return {
    ...state,
    rulesets: state.rulesets.map(({ version, tables }) => ({
      version,
      tables: tables.map((table) => ({
        ...table,
        hooks: table.hooks.map((hook) => place(`${version} ${table.name}`, hook)),
      })),
    })),
  };
}

function collect(
  text: string,
  version: number,
  source: "bundle" | "host",
  positions: Map<string, "top" | "bottom">,
): void {
  let table = "";
  const started = new Set<string>();
  for (const [line, name] of text.matchAll(KERNEL_LINES)) {
    table = name ?? table;
    const [, command, chain = "", id] = HOOK_LINE.exec(line) ?? [];
    const isFirst = !started.has(`${table} ${chain}`);
    started.add(`${table} ${chain}`);
    if (id === undefined) continue;
    const onTop = source === "bundle" ? command === "I" : isFirst;
    positions.set(`${version} ${table} ${chain} ${id}`, onTop ? "top" : "bottom");
  }
}

/**
 * Hooks of a host that does not show where they shall stand, with the place that `intended` has for them, as if read
 * from its files: what is printed of the host is then no change of mind.
 */
export function withIntendedPositions(live: IptablesState, intended: IptablesState): IptablesState {
  const keyOf = (version: number, table: string, { chain, rule }: XtHook): string =>
    `${version} ${table} ${chain} ${rule.id}`;
  const positions = new Map(
    intended.rulesets.flatMap(({ version, tables }) =>
      tables.flatMap(({ name, hooks }) =>
        hooks.map((hook) => [keyOf(version, name, hook), hook.position] as const),
      ),
    ),
  );
  const place = (hook: XtHook, key: string): XtHook => {
    const position = positions.get(key);
    const { others, ...unseen } = hook;
    const isShown = others === "above" || others === "below";
    return isShown || position === undefined ? hook : { ...unseen, position };
  };
  return {
    ...live,
    rulesets: live.rulesets.map(({ version, tables }) => ({
      version,
      tables: tables.map((table) => ({
        ...table,
        hooks: table.hooks.map((hook) => place(hook, keyOf(version, table.name, hook))),
      })),
    })),
  };
}
