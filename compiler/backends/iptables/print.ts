import type { ArpGuard } from "../../dataplane/arp-guard.ts";
import type { IpSetState, KernelSet } from "../../dataplane/ipset.ts";
import type { XtChain, XtHook, XtRule, XtRuleset, XtTable } from "../../dataplane/xtables.ts";
import type { Ip4, IpVersion } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import type { Artifact } from "../backend.ts";
import { safeHeading } from "./comment.ts";
import { printRule } from "./print-rule.ts";
import type { KnownLines, RuleLines } from "./rule-lines.ts";
import { PlacedChain } from "./rule-list.ts";
import { printMember } from "./set-members.ts";
import { SharedParts } from "./shared-parts.ts";
import type { IptablesState } from "./state.ts";

const FORMAT_VERSION = 1;

export const RULES_PATH: Readonly<Record<IpVersion, string>> = {
  4: "iptables.restore",
  6: "ip6tables.restore",
};
export const SETS_PATH = "ipset.restore";
export const ARP_PATH = "arp.nft";

/**
 * `known`: rules that were read from lines are printed as those, which takes less time and means the same.
 * `shared`: what `emitIptables` made for several nodes is printed once for them.
 */
export function printIptables(
  state: IptablesState,
  node: string,
  known?: KnownLines,
  shared = new SharedParts(),
): readonly Artifact[] {
  const artifacts: Artifact[] = [];
  if (state.ipSets.sets.length > 0) artifacts.push(file(SETS_PATH, node, printSets(state.ipSets, shared)));
  for (const ruleset of state.rulesets)
    artifacts.push(file(RULES_PATH[ruleset.version], node, printRuleset(ruleset, known, shared)));
  if (state.arpGuard.interfaces.length > 0)
    artifacts.push(file(ARP_PATH, node, printArpGuard(state.arpGuard)));
  return artifacts;
}

function file(path: string, node: string, lines: readonly string[]): Artifact {
  const header = safeHeading(`# ${path} of node ${node}, format ${FORMAT_VERSION}`);
  return { path, text: `${[header, ...lines].join("\n")}\n` };
}

/** For `iptables-restore --noflush`: each table is one commit. */
function printRuleset(
  { tables, version }: XtRuleset,
  known: KnownLines | undefined,
  shared: SharedParts,
): readonly string[] {
  const print = (chain: XtChain) =>
    shared.texts.get(chain, `${version}`, () => {
      shared.counters.chainsPrinted++;
      return printChain(chain, version, known?.[version]);
    });
  return tables.flatMap((table) => ["", ...printTable(table, version, print)]);
}

function printTable(
  { name, hooks, chains }: XtTable,
  version: IpVersion,
  print: (chain: XtChain) => string,
): readonly string[] {
  return [
    `*${name}`,
    ...chains.map((chain) => `:${chain.name} - -`),
    ...hooks.map((hook) => printHook(hook, version)),
    ...chains.map(print),
    "COMMIT",
  ];
}

function printChain(chain: XtChain, version: IpVersion, known: RuleLines | undefined): string {
  const { name, heading, rules } = chain;
  const bodies = PlacedChain.listOf(chain)?.bodies(version);
  const print = (rule: XtRule, index: number) =>
    known?.lineOf(rule, name) ?? `-A ${name} ${printRule(rule, version, bodies?.[index])}`;
  return ["", ...heading.map((line) => `# ${line}`), ...rules.map(print)].join("\n");
}

/** On a host that has none of our rules yet: a kernel chain has one hook at its top at most. */
function printHook({ chain, position, rule }: XtHook, version: IpVersion): string {
  return `${position === "top" ? "-I" : "-A"} ${chain} ${printRule(rule, version)}`;
}

function printSets({ sets }: IpSetState, shared: SharedParts): readonly string[] {
  return sets.map((set) =>
    shared.texts.get(set, "", () => {
      shared.counters.setsPrinted++;
      return printSet(set);
    }),
  );
}

function printSet(set: KernelSet): string {
  return [
    "",
    ...set.heading.map((line) => `# ${line}`),
    printSetHead(set),
    ...set.members.map((member) => `add ${set.name} ${printMember(member)}`),
  ].join("\n");
}

export function printSetHead({ name, type, version, maxElements }: KernelSet): string {
  return `create ${name} ${type} family ${version === 4 ? "inet" : "inet6"} maxelem ${maxElements}`;
}

export const ARP_TABLE = "calico-arp";

export function printArpElement(interfaceName: string, address: Ip4): string {
  return `"${interfaceName}" . ${formatIp(address)},`;
}

/** For `nft -f`: one lookup for all workloads. */
function printArpGuard({ interfaces }: ArpGuard): readonly string[] {
  const elements = interfaces.flatMap(({ name, addresses }) =>
    addresses.map((ip) => `\t\t\t${printArpElement(name, ip)}`),
  );
  return [
    "# The host must not answer, by proxy ARP, a pod's question whether somebody has its own address.",
    `table arp ${ARP_TABLE} {`,
    "\tset own-addresses {",
    "\t\ttypeof oifname . arp saddr ip",
    "\t\telements = {",
    ...elements,
    "\t\t}",
    "\t}",
    "",
    "\tchain output {",
    "\t\ttype filter hook output priority filter; policy accept;",
    "\t\tarp operation reply oifname . arp saddr ip @own-addresses drop",
    "\t}",
    "}",
  ];
}
