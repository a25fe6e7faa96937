import type { ArpGuard } from "../../dataplane/arp-guard.ts";
import type { IpSetState, KernelSet } from "../../dataplane/ipset.ts";
import {
  KERNEL_CHAINS,
  type KernelChain,
  XT_TABLES,
  type XtHook,
  type XtRule,
  type XtRuleset,
  type XtTable,
  type XtTableName,
} from "../../dataplane/xtables.ts";
import { MemberList, type SetMember } from "../../ir/member-list.ts";
import { type IpSetType, memberShape } from "../../ir/node-ir.ts";
import { type IpVersion, parseCidr } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import { parsePortRange } from "../../net/ports.ts";
import { type Artifact, ParseError } from "../backend.ts";
import { canonicalState } from "./canonical.ts";
import { ARP_PATH, RULES_PATH, SETS_PATH } from "./print.ts";
import { type KnownLines, noLines, type RuleLine, type RuleLines } from "./rule-lines.ts";
import { protocolOfMember } from "./set-members.ts";
import type { IptablesState } from "./state.ts";

/**
 * Reads our artifacts, or what `iptables-save`, `ip6tables-save`, `ipset save` and `nft list table arp calico-arp`
 * print, under the names of the artifacts, into canonical form. Keeps only what is ours: chains `cali-…`, rules of the
 * kernel's chains with a `cali:` comment, sets `cali4…` and `cali6…`. `known` gets the lines that are new. Throws
 * `ParseError`.
 */
export function parseIptables(artifacts: readonly Artifact[], known: KnownLines = noLines()): IptablesState {
  const find = (path: string) => artifacts.find((artifact) => artifact.path === path);
  const rulesets = ([4, 6] as const).flatMap((version) => {
    const artifact = find(RULES_PATH[version]);
    return artifact === undefined ? [] : [parseRuleset(artifact, version, known[version])];
  });
  const sets = find(SETS_PATH);
  const arp = find(ARP_PATH);
  return canonicalState({
    rulesets,
    ipSets: sets === undefined ? { sets: [] } : parseSets(sets),
    arpGuard: arp === undefined ? { interfaces: [] } : parseArpGuard(arp),
  });
}

/** Lines with content, with their 1-based numbers. */
function* contentLines({ text }: Artifact): Generator<readonly [string, number]> {
  let number = 0;
  for (const line of text.split("\n")) {
    number++;
    if (!line.startsWith("#") && line.trim() !== "") yield [line, number];
  }
}

interface TableReader {
  readonly name: XtTableName;
  readonly chains: Map<string, XtRule[]>;
  /** All rules of the kernel's chains, ours and others'. */
  readonly kernel: Map<KernelChain, { readonly rule: XtRule; readonly text: string }[]>;
}

function parseRuleset(artifact: Artifact, version: IpVersion, known: RuleLines): XtRuleset {
  const tables: XtTable[] = [];
  let table: TableReader | undefined;
  for (const [line, number] of contentLines(artifact)) {
    const fail = (reason: string) => new ParseError(artifact.path, number, reason);
    if (line.startsWith("*")) {
      const name = XT_TABLES.find((known) => known === line.slice(1).trim());
      // The `security` table, where somebody uses it, holds nothing of ours.
      table = name === undefined ? undefined : { name, chains: new Map(), kernel: new Map() };
    } else if (line.trim() === "COMMIT") {
      if (table !== undefined) tables.push(finishTable(table));
      table = undefined;
    } else if (table === undefined) continue;
    else if (line.startsWith(":")) {
      const [name = ""] = line.slice(1).split(" ");
      if (isOurs(name) && !table.chains.has(name)) table.chains.set(name, []);
    } else {
      addRule(table, known.read(line, fail), line);
    }
  }
  return { version, tables };
}

function isOurs(chain: string): boolean {
  return chain.startsWith("cali-");
}

function addRule(table: TableReader, { chain, insert, rule }: RuleLine, line: string): void {
  if (isOurs(chain)) {
    const rules = table.chains.get(chain) ?? [];
    if (insert) rules.unshift(rule);
    else rules.push(rule);
    table.chains.set(chain, rules);
    return;
  }
  const kernelChain = KERNEL_CHAINS[table.name].find((name) => name === chain);
  if (kernelChain === undefined) return;
  const rules = table.kernel.get(kernelChain) ?? [];
  if (insert) rules.unshift({ rule, text: line });
  else rules.push({ rule, text: line });
  table.kernel.set(kernelChain, rules);
}

function finishTable({ name, chains, kernel }: TableReader): XtTable {
  return {
    name,
    hooks: [...kernel].flatMap(([chain, rules]) => ownHooks(chain, rules)),
    chains: [...chains].map(([chain, rules]) => ({ name: chain, heading: [], rules })),
  };
}

/** A foreign rule above ours that takes packets away may keep them from us. */
function ownHooks(
  chain: KernelChain,
  rules: readonly { readonly rule: XtRule; readonly text: string }[],
): readonly XtHook[] {
  let precededBy: string | undefined;
  const total = rules.filter(({ rule }) => rule.id === "").length;
  let above = 0;
  return rules.flatMap(({ rule, text }) => {
    if (rule.id === "") {
      above++;
      if (endsWalk(rule)) precededBy ??= text;
      return [];
    }
    const others = placeOfOthers(above, total - above);
    return [
      {
        chain,
        rule,
        ...(others === undefined ? {} : { others }),
        ...(precededBy === undefined ? {} : { precededBy }),
      },
    ];
  });
}

/** `undefined`: there are none, as in every file; who reads a host knows that it is one. */
function placeOfOthers(above: number, below: number): XtHook["others"] {
  if (above === 0) return below === 0 ? undefined : "below";
  return below === 0 ? "above" : "around";
}

function endsWalk({ target }: XtRule): boolean {
  switch (target?.kind) {
    case "accept":
    case "drop":
    case "return":
    case "reject":
    case "goto":
      return true;
    default:
      return target?.kind === "jump" && ["QUEUE", "NFQUEUE"].includes(target.chain);
  }
}

const SET_TYPES: readonly IpSetType[] = ["hash:net", "hash:ip", "hash:ip,port"];
const OUR_SET = /^cali([46])/;
const DEFAULT_MAX_ELEMENTS = 65536;

function parseSets(artifact: Artifact): IpSetState {
  const sets = new Map<
    string,
    { readonly head: Omit<KernelSet, "members">; readonly members: SetMember[] }
  >();
  for (const [line, number] of contentLines(artifact)) {
    const fail = (reason: string) => new ParseError(artifact.path, number, reason);
    const [command, name = "", what = "", ...options] = line.trim().split(/\s+/);
    const version = OUR_SET.exec(name)?.[1] === "6" ? 6 : 4;
    if (!OUR_SET.test(name)) continue;
    if (command === "create") {
      const type = SET_TYPES.find((known) => known === what);
      if (type === undefined) throw fail(`set ${name} has type ${what}, which none of ours has`);
      const limit = options[options.indexOf("maxelem") + 1];
      const maxElements = options.includes("maxelem") ? Number(limit) : DEFAULT_MAX_ELEMENTS;
      sets.set(name, { head: { name, version, type, maxElements, heading: [] }, members: [] });
    } else if (command === "add") {
      const set = sets.get(name);
      const member = set && parseMember(what, set.head);
      if (set === undefined || member === undefined) throw fail(`cannot read member ${what} of set ${name}`);
      set.members.push(member);
    } else throw fail(`expected "create" or "add", found ${JSON.stringify(command)}`);
  }
  return {
    sets: Array.from(sets.values(), ({ head, members }) => ({
      ...head,
      members: MemberList.of(memberShape(head.version, head.type), members),
    })),
  };
}

function parseMember(
  text: string,
  { type, version }: Pick<KernelSet, "type" | "version">,
): SetMember | undefined {
  if (type !== "hash:ip,port") {
    const cidr = parseCidr(text);
    return cidr?.version === version ? { kind: "net", cidr } : undefined;
  }
  const [, address = "", name = "", number = ""] = /^([^,]+),([a-z\d]+):(\d+)$/.exec(text) ?? [];
  const ip = parseIp(address);
  const protocol = protocolOfMember(name);
  const port = parsePortRange(number)?.first;
  return ip?.version !== version || protocol === undefined || port === undefined
    ? undefined
    : { kind: "ip-port", ip, protocol, port };
}

/** The elements of the one set: `"cali123" . 10.0.0.1`. */
function parseArpGuard({ text }: Artifact): ArpGuard {
  const interfaces = new Map<string, ArpGuard["interfaces"][number]["addresses"][number][]>();
  for (const [, name = "", address = ""] of text.matchAll(/"([^"]+)" \. (\d+\.\d+\.\d+\.\d+)/g)) {
    const ip = parseIp(address);
    if (ip?.version === 4) interfaces.set(name, [...(interfaces.get(name) ?? []), ip]);
  }
  return { interfaces: [...interfaces].map(([name, addresses]) => ({ name, addresses })) };
}
