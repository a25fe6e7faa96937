import {
  type IptablesState,
  iptablesBackend,
  KERNEL_CHAINS,
  type KnownLines,
  parseIptables,
} from "../../compiler/index.ts";
import type { Host } from "../host/host.ts";
import type { TablePlace } from "./restore-text.ts";
import type { Step } from "./steps.ts";

/** Chains of ours in one table of one IP version. */
export interface ChainsOfTable extends TablePlace {
  readonly chains: readonly string[];
}

/** More of them are read faster by saving the whole table. */
const FEW = 50;

/** All that the steps change of the rules, table by table; `undefined` = more than some chains and the kernel's own. */
export function writtenChains(steps: readonly Step[]): readonly ChainsOfTable[] | undefined {
  const tables: ChainsOfTable[] = [];
  for (const { place, writes, chains } of steps) {
    if (!writes.includes("rules")) continue;
    if (place === undefined || chains === undefined || chains.length > FEW) return undefined;
    tables.push({ ...place, chains });
  }
  return tables.length === 0 ? undefined : tables;
}

/**
 * Whether the host shows the chains, and our rules in the kernel's chains of their tables, as they are wanted. `false`
 * also where that cannot be told: a list has no end that would tell it from a part, so it can say that all is well, and
 * nothing else.
 */
export async function areAsWanted(
  host: Host,
  tables: readonly ChainsOfTable[],
  wanted: IptablesState,
  known: KnownLines,
): Promise<boolean> {
  const found = await Promise.all(tables.map((table) => isAsWanted(host, table, wanted, known)));
  return found.every((isThere) => isThere);
}

async function isAsWanted(
  host: Host,
  { version, table, chains }: ChainsOfTable,
  wanted: IptablesState,
  known: KnownLines,
): Promise<boolean> {
  const asked = [...chains, ...KERNEL_CHAINS[table]];
  const tool = `${version === 4 ? "iptables" : "ip6tables"}-${host.iptablesVariant}-restore`;
  // It takes any command; `iptables` takes one of them at a time, and reads the table anew for each.
  const input = [`*${table}`, ...asked.map((chain) => `-S ${chain}`), "COMMIT", ""].join("\n");
  const { code, stdout } = await host.run(tool, ["--noflush", "--wait", "10"], { input });
  const lines = stdout.trimEnd().split("\n");
  const heads = lines.flatMap((line) => /^-[NP] (\S+)/.exec(line)?.[1] ?? []);
  const rules = lines.filter((line) => line.startsWith("-A "));
  if (code !== 0 || heads.join(" ") !== asked.join(" ") || heads.length + rules.length !== lines.length)
    return false;
  const path = version === 4 ? "iptables.restore" : "ip6tables.restore";
  const text = [`*${table}`, ...heads.map((chain) => `:${chain} - -`), ...rules, "COMMIT"].join("\n");
  const listed = parseIptables([{ path, text }], known);
  const rulesets = wanted.rulesets
    .filter((ruleset) => ruleset.version === version)
    .map(({ tables }) => ({
      version,
      tables: tables
        .filter(({ name }) => name === table)
        .map((whole) => ({ ...whole, chains: whole.chains.filter(({ name }) => chains.includes(name)) })),
    }));
  return iptablesBackend.diff(listed, { ...listed, rulesets }).length === 0;
}
