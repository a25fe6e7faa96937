import type { IpSetState } from "../../dataplane/ipset.ts";
import {
  compareMatches,
  KERNEL_CHAINS,
  type RateUnit,
  XT_TABLES,
  type XtHook,
  type XtMatch,
  type XtRule,
  type XtRuleset,
  type XtTable,
  type XtTarget,
} from "../../dataplane/xtables.ts";
import { type Cidr, type IpVersion, parseCidr } from "../../net/cidr.ts";
import { protocolOf } from "./protocols.ts";
import { canonicalLimit } from "./rate.ts";
import type { IptablesState } from "./state.ts";

/**
 * Canonical form: what a rule, a chain or a set is, whoever printed it. The kernel and its tools rewrite what they are
 * given; each rewriting is undone by exactly one function here (numbered), so that what is read back from a host
 * equals what was compiled iff the host enforces it.
 *
 *  1. option names: the tools print short ones, people and Calico write long ones
 *  2. protocols: names from the host's `/etc/protocols` in place of numbers
 *  3. addresses: a single one with or without its length, host bits masked
 *  4. marks to set: `--set-mark V/M` is `--set-xmark V/(V|M)`; without a mask all bits are meant
 *  5. rates: the kernel keeps a period and the tool chooses a unit anew; the default burst is not printed
 *  6. `REJECT`: the family's port-unreachable is the default
 *  7. log levels: by name or number
 *  8. matches: a conjunction in whatever order
 *  9. chains: in whatever order; hooks in the order of the kernel's chains
 * 10. headings, hook positions: not part of the kernel's state
 * 11. tables and families without anything of ours
 * 12. sets and members: in whatever order, members with or without a full length
 */
export function canonicalState({ rulesets, ipSets, arpGuard }: IptablesState): IptablesState {
  return {
    rulesets: rulesets.map(canonicalRuleset).filter(({ tables }) => tables.length > 0),
    ipSets: canonicalSets(ipSets),
    arpGuard: {
      interfaces: arpGuard.interfaces
        .map(({ name, addresses }) => ({ name, addresses: addresses.toSorted((a, b) => a.value - b.value) }))
        .sort((a, b) => compareText(a.name, b.name)),
    },
  };
}

function canonicalRuleset({ version, tables }: XtRuleset): XtRuleset {
  return {
    version,
    tables: XT_TABLES.flatMap((name) => tables.filter((table) => table.name === name))
      .filter(({ hooks, chains }) => hooks.length + chains.length > 0)
      .map(canonicalTable),
  };
}

/** 8, 9, 10 */
function canonicalTable({ name, hooks, chains }: XtTable): XtTable {
  const order: readonly string[] = KERNEL_CHAINS[name];
  return {
    name,
    hooks: hooks
      .toSorted((a, b) => order.indexOf(a.chain) - order.indexOf(b.chain))
      .map(
        ({ chain, rule, others, precededBy }): XtHook => ({
          chain,
          rule: canonicalRule(rule),
          ...(others === undefined ? {} : { others }),
          ...(precededBy === undefined ? {} : { precededBy }),
        }),
      ),
    chains: chains
      .map((chain) => ({ name: chain.name, heading: [], rules: chain.rules.map(canonicalRule) }))
      .sort((a, b) => compareText(a.name, b.name)),
  };
}

/** The rule itself where its matches are in order: a reader keeps it, and who compares sees that it is the same. */
function canonicalRule(rule: XtRule): XtRule {
  const { matches } = rule;
  const isSorted = matches.every(
    (match, i) => i === 0 || compareMatches(matches[i - 1] ?? match, match) <= 0,
  );
  return isSorted ? rule : { ...rule, matches: matches.toSorted(compareMatches) };
}

/** 12 */
function canonicalSets({ sets }: IpSetState): IpSetState {
  return {
    sets: sets.map((set) => ({ ...set, heading: [] })).sort((a, b) => compareText(a.name, b.name)),
  };
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** 1 */
export const OPTION_ALIASES: Readonly<Record<string, string>> = {
  "--append": "-A",
  "--insert": "-I",
  "--source": "-s",
  "--src": "-s",
  "--destination": "-d",
  "--dst": "-d",
  "--in-interface": "-i",
  "--out-interface": "-o",
  "--protocol": "-p",
  "--proto": "-p",
  "--match": "-m",
  "--jump": "-j",
  "--goto": "-g",
  "--source-ports": "--sports",
  "--destination-ports": "--dports",
};

/** 2 */
export function canonicalProtocol(text: string): number | undefined {
  return protocolOf(text);
}

/** 3 */
export function canonicalAddress(text: string, version: IpVersion): Cidr | undefined {
  const cidr = parseCidr(text);
  return cidr?.version === version ? cidr : undefined;
}

/** 4 */
export function canonicalSetMark(option: "--set-mark" | "--set-xmark", text: string): XtTarget | undefined {
  const mark = parseMark(text);
  if (mark === undefined) return undefined;
  const mask = option === "--set-mark" ? (mark.mask | mark.value) >>> 0 : mark.mask;
  return { kind: "mark", value: mark.value, mask };
}

export function parseMark(text: string): { readonly value: number; readonly mask: number } | undefined {
  const [value, mask, ...rest] = text
    .split("/")
    .map((part) => (/^(0x[\da-f]+|\d+)$/i.test(part) ? Number(part) : Number.NaN));
  if (value === undefined || rest.length > 0 || !isMark(value) || (mask !== undefined && !isMark(mask)))
    return undefined;
  return { value, mask: mask ?? 0xffffffff };
}

function isMark(value: number): boolean {
  return Number.isInteger(value) && value <= 0xffffffff;
}

const RATE_UNITS: Readonly<Record<string, RateUnit>> = {
  s: "sec",
  sec: "sec",
  second: "sec",
  m: "min",
  min: "min",
  minute: "min",
  h: "hour",
  hour: "hour",
  d: "day",
  day: "day",
};

/** 5 */
export function canonicalRate(text: string, burst: number): XtMatch | undefined {
  const [amount = "", unit = "sec"] = text.split("/");
  const known = Object.hasOwn(RATE_UNITS, unit) ? RATE_UNITS[unit] : undefined;
  if (known === undefined || !/^[1-9]\d*$/.test(amount)) return undefined;
  return canonicalLimit(Number(amount), known, burst);
}

/** 6 */
export function canonicalReject(how: string | undefined): XtTarget | undefined {
  switch (how) {
    case undefined:
    case "icmp-port-unreachable":
    case "icmp6-port-unreachable":
    case "port-unreach":
      return { kind: "reject", with: "port-unreachable" };
    case "tcp-reset":
      return { kind: "reject", with: how };
    default:
      return undefined;
  }
}

const LOG_LEVELS = ["emerg", "alert", "crit", "error", "warning", "notice", "info", "debug"];

/** 7 */
export function canonicalLogLevel(text: string): number | undefined {
  if (/^[0-7]$/.test(text)) return Number(text);
  const level = LOG_LEVELS.indexOf(text.toLowerCase());
  return level === -1 ? undefined : level;
}
