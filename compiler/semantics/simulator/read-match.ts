import { type Cidr, type IpVersion, parseCidr } from "../../net/cidr.ts";
import {
  any,
  type Condition,
  ICMP,
  ICMPV6,
  inNet,
  isIcmp,
  isMember,
  isProtocol,
  not,
  PORT_PROTOCOLS,
  portIn,
  SCTP,
  type SetDefinition,
  type Side,
  TCP,
  UDP,
  UDPLITE,
} from "../condition.ts";
import type { CtState, Match } from "./program.ts";
import type { Words } from "./words.ts";

/** What rules are read with. */
export interface RuleContext {
  readonly version: IpVersion;
  /** `undefined` for a set that no file creates for this IP version. */
  readonly definitionOf: (set: string) => SetDefinition | undefined;
}

/** What the options of a rule leave for those behind them. */
export interface RuleSoFar {
  /** Of a `-p` that is not negated: what modules for one protocol need. */
  protocol?: number;
  /** An `addrtype` asks for the addresses of the interface that the packet leaves by. */
  dependsOnOutAddresses?: boolean;
}

const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: ICMP,
  tcp: TCP,
  udp: UDP,
  "ipv6-icmp": ICMPV6,
  sctp: SCTP,
  udplite: UDPLITE,
};
/** Not `SNAT`: what becomes of sources in the end is not followed here. */
const CT_STATES = ["INVALID", "NEW", "RELATED", "ESTABLISHED", "UNTRACKED", "DNAT"] as const;
const MAX_MARK = 0xffffffff;
const MAX_PORT = 65535;
/** `multiport` has room for that many ports; a range takes two places. */
const MULTIPORT_PLACES = 15;

/** Reads what follows an option that is no target; `undefined` where it asks nothing of the packet. */
export function readMatch(
  words: Words,
  option: string,
  negated: boolean,
  context: RuleContext,
  rule: RuleSoFar,
): Match | undefined {
  switch (option) {
    case "-s":
      return headerMatch(inNet("source", readNet(words, context.version)), negated);
    case "-d":
      return headerMatch(inNet("destination", readNet(words, context.version)), negated);
    case "-i":
    case "-o": {
      const direction = option === "-i" ? "in" : "out";
      return { kind: "interface", direction, name: readInterface(words), negated };
    }
    case "-p": {
      const protocol = readProtocol(words);
      if (!negated) rule.protocol = protocol;
      return headerMatch(isProtocol(protocol), negated);
    }
    case "-m":
      // The negation of a module's match stands behind the module's name.
      if (negated) words.fail("! before -m");
      return readModule(words, context, rule);
    default:
      return words.fail(`unknown option ${option}`);
  }
}

const NEVER_NEGATED: readonly string[] = ["comment", "rpfilter", "connlimit", "limit", "tcp"];

function readModule(words: Words, context: RuleContext, rule: RuleSoFar): Match | undefined {
  const module = words.take("a module");
  const negated = words.takeIf("!");
  if (negated && NEVER_NEGATED.includes(module)) words.fail(`! behind -m ${module}`);
  const option = words.take("an option");
  switch (`${module} ${option}`) {
    case "comment --comment":
      words.take("a comment");
      return undefined;
    case "mark --mark":
      return { kind: "mark", ...readMarkAndMask(words), negated };
    case "conntrack --ctstate":
      return { kind: "conntrack", states: readStates(words), negated };
    case "set --match-set":
      return headerMatch(readSet(words, context), negated);
    case "multiport --sports":
      return headerMatch(readPorts(words, "source", rule), negated);
    case "multiport --dports":
      return headerMatch(readPorts(words, "destination", rule), negated);
    case "icmp --icmp-type":
      return headerMatch(readIcmp(words, 4, context, rule), negated);
    case "icmp6 --icmpv6-type":
      return headerMatch(readIcmp(words, 6, context, rule), negated);
    case "addrtype --src-type":
    case "addrtype --dst-type":
      words.expect("LOCAL");
      if (words.takeIf("--limit-iface-out")) rule.dependsOnOutAddresses = true;
      return { kind: "local-address", side: option === "--src-type" ? "source" : "destination", negated };
    case "rpfilter --validmark":
      words.expect("--invert");
      return { kind: "reverse-path-failed" };
    case "connlimit --connlimit-above":
      words.number(words.take("a number of connections"), MAX_MARK);
      words.expect("--connlimit-mask", "0", "--connlimit-saddr");
      return { kind: "limit", passes: false };
    case "limit --limit":
      readRate(words);
      return { kind: "limit", passes: true };
    case "tcp --tcp-flags":
      readTcpFlags(words, rule);
      return undefined;
    default:
      return words.fail(`unknown: -m ${module} ${option}`);
  }
}

function headerMatch(condition: Condition, negated: boolean): Match {
  return { kind: "header", condition: negated ? not(condition) : condition };
}

function readNet(words: Words, version: IpVersion): Cidr {
  const text = words.take("a network");
  const cidr = parseCidr(text);
  if (cidr?.version !== version) words.fail(`not a network of IPv${version}: ${text}`);
  return cidr;
}

function readInterface(words: Words): string {
  const name = words.take("an interface");
  // The kernel has 16 bytes for a name, one of them NUL.
  if (name === "" || name.length > 15) words.fail(`not an interface: ${name}`);
  return name;
}

function readProtocol(words: Words): number {
  const text = words.take("a protocol");
  const protocol = Object.hasOwn(PROTOCOLS, text) ? PROTOCOLS[text]! : words.number(text, 255);
  // To the tools, 0 is any protocol.
  if (protocol === 0) words.fail("protocol 0");
  return protocol;
}

/** `VALUE/MASK`. */
export function readMarkAndMask(words: Words): { readonly value: number; readonly mask: number } {
  const [value = "", mask = "", ...rest] = words.take("a mark").split("/");
  if (rest.length > 0) words.fail("not a mark with its mask");
  const read = { value: words.number(value, MAX_MARK), mask: words.number(mask, MAX_MARK) };
  // The kernel never matches those, and flips them where a target sets them.
  if ((read.value & ~read.mask) !== 0) words.fail("bits beyond the mask");
  return read;
}

function readStates(words: Words): readonly CtState[] {
  return words
    .take("a state")
    .split(",")
    .map((name) => CT_STATES.find((state) => state === name) ?? words.fail(`unknown state ${name}`));
}

function readSet(words: Words, { definitionOf }: RuleContext): Condition {
  const name = words.take("a set");
  const set = definitionOf(name) ?? words.fail(`no file creates the set ${name}`);
  const flags = words.take("src or dst");
  for (const [side, flag] of [
    ["source", "src"],
    ["destination", "dst"],
  ] as const)
    if (flags === (set.withPorts ? `${flag},${flag}` : flag)) return isMember(side, set);
  return words.fail(`${flags} does not fit the type of the set ${name}`);
}

function readPorts(words: Words, side: Side, { protocol }: RuleSoFar): Condition {
  // The tools ask for it, too; behind it a negation cannot reach packets without ports.
  if (protocol === undefined || !PORT_PROTOCOLS.includes(protocol))
    words.fail("multiport without a protocol");
  const ranges = words
    .take("ports")
    .split(",")
    .map((text) => words.range(text, ":", MAX_PORT));
  const places = ranges.reduce((sum, { first, last }) => sum + (first === last ? 1 : 2), 0);
  if (places > MULTIPORT_PLACES) words.fail("too many ports");
  return any(...ranges.map(({ first, last }) => portIn(side, first, last)));
}

function readIcmp(words: Words, of: IpVersion, { version }: RuleContext, { protocol }: RuleSoFar): Condition {
  if (version !== of || protocol !== (of === 4 ? ICMP : ICMPV6))
    words.fail("an ICMP type without its protocol");
  const [type = "", code, ...rest] = words.take("a type").split("/");
  // In IPv4, the kernel takes 255 for any type.
  const number = words.number(type, of === 4 ? 254 : 255);
  if (rest.length > 0) words.fail("not a type with its code");
  return isIcmp(of, number, code === undefined ? undefined : words.number(code, 255));
}

function readRate(words: Words): void {
  const rate = words.take("a rate");
  if (!/^[1-9]\d*\/(sec|min|hour|day)$/.test(rate)) words.fail(`not a rate: ${rate}`);
  if (words.takeIf("--limit-burst")) words.number(words.take("a burst"), MAX_MARK);
}

/** Packets have no flags here. They need none where a connection limit stands behind, which is never reached. */
function readTcpFlags(words: Words, { protocol }: RuleSoFar): void {
  if (protocol !== TCP) words.fail("TCP flags without TCP");
  words.take("flags");
  words.take("flags");
  if (!words.isNext("-m", "connlimit")) words.fail("TCP flags without a connection limit");
}
