import type { ConntrackState, TcpFlag, XtMatch } from "../../dataplane/xtables.ts";
import type { Side } from "../../ir/node-ir.ts";
import type { IpVersion, PortRange } from "../../net/cidr.ts";
import { canonicalRate, parseMark } from "./canonical.ts";
import { DEFAULT_LIMIT_BURST } from "./print-rule.ts";

/** One option of a module: `! --match-set NAME src` is negated, named, with two values. */
interface Option {
  readonly negated: boolean;
  readonly name: string;
  readonly values: readonly string[];
}

/** Options of one `-m MODULE` → matches; `undefined` where there is anything that we never write. */
type ModuleReader = (
  options: readonly (readonly string[])[],
  version: IpVersion,
) => readonly XtMatch[] | undefined;

/** Reads each option of a module by itself. */
function each(read: (option: Option, version: IpVersion) => XtMatch | undefined): ModuleReader {
  return (words, version) => {
    const matches = words.map((option) => read(optionOf(option), version));
    return matches.every((match) => match !== undefined) ? matches : undefined;
  };
}

function optionOf(words: readonly string[]): Option {
  const negated = words[0] === "!";
  const [name = "", ...values] = negated ? words.slice(1) : words;
  return { negated, name, values };
}

export const MATCH_MODULES: ReadonlyMap<string, ModuleReader> = new Map([
  ["set", each(readSet)],
  ["multiport", each(readMultiport)],
  ["mark", each(readMark)],
  ["conntrack", each(readConntrack)],
  ["icmp", each(readIcmp)],
  ["icmp6", each(readIcmp)],
  ["tcp", each(readTcp)],
  ["addrtype", readAddressType],
  ["rpfilter", readReversePath],
  ["connlimit", readConnlimit],
  ["limit", readLimit],
]);

function readSet({ negated, name, values }: Option): XtMatch | undefined {
  const [set, direction, ...rest] = values;
  const side = direction === undefined ? undefined : SET_DIRECTIONS[direction];
  if (name !== "--match-set" || set === undefined || side === undefined || rest.length > 0) return undefined;
  return { kind: "set", set, ...side, negated };
}

const SET_DIRECTIONS: Readonly<Record<string, { readonly side: Side; readonly dimensions: 1 | 2 }>> = {
  src: { side: "source", dimensions: 1 },
  dst: { side: "destination", dimensions: 1 },
  "src,src": { side: "source", dimensions: 2 },
  "dst,dst": { side: "destination", dimensions: 2 },
};

function readMultiport({ negated, name, values }: Option): XtMatch | undefined {
  const side = name === "--sports" ? "source" : name === "--dports" ? "destination" : undefined;
  const ranges = values[0]?.split(",").map(parseRange);
  if (side === undefined || values.length !== 1 || ranges === undefined) return undefined;
  return ranges.every((range) => range !== undefined) ? { kind: "ports", side, ranges, negated } : undefined;
}

function parseRange(text: string): PortRange | undefined {
  const [, first, last = first] = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text) ?? [];
  return first === undefined ? undefined : { first: Number(first), last: Number(last) };
}

function readMark({ negated, name, values }: Option): XtMatch | undefined {
  const mark = values.length === 1 && name === "--mark" ? parseMark(values[0] ?? "") : undefined;
  return mark && { kind: "mark", ...mark, negated };
}

const STATES: readonly ConntrackState[] = [
  "INVALID",
  "NEW",
  "RELATED",
  "ESTABLISHED",
  "UNTRACKED",
  "SNAT",
  "DNAT",
];

function readConntrack({ negated, name, values }: Option): XtMatch | undefined {
  const names = name === "--ctstate" && values.length === 1 ? (values[0] ?? "").split(",") : [];
  const states = STATES.filter((state) => names.includes(state));
  return states.length === names.length && states.length > 0
    ? { kind: "conntrack", states, negated }
    : undefined;
}

function readIcmp({ negated, name, values }: Option, version: IpVersion): XtMatch | undefined {
  const [, type, code] = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(values[0] ?? "") ?? [];
  if (name !== (version === 4 ? "--icmp-type" : "--icmpv6-type") || type === undefined) return undefined;
  return { kind: "icmp", type: Number(type), code: code === undefined ? undefined : Number(code), negated };
}

const FLAGS: readonly TcpFlag[] = ["FIN", "SYN", "RST", "PSH", "ACK", "URG"];

function readTcp({ negated, name, values }: Option): XtMatch | undefined {
  const [examined, set, ...rest] = values.map(parseFlags);
  if (name !== "--tcp-flags" || examined === undefined || set === undefined || rest.length > 0)
    return undefined;
  return { kind: "tcp-flags", flags: examined, set, negated };
}

function parseFlags(text: string): readonly TcpFlag[] | undefined {
  if (text === "NONE") return [];
  const names = text.split(",");
  const flags = FLAGS.filter((flag) => names.includes(flag));
  return flags.length === names.length ? flags : undefined;
}

function readAddressType(words: readonly (readonly string[])[]): readonly XtMatch[] | undefined {
  const [type, limit, ...rest] = words.map(optionOf);
  const side =
    type?.name === "--src-type" ? "source" : type?.name === "--dst-type" ? "destination" : undefined;
  const limited = limit?.name === "--limit-iface-out" && limit.values.length === 0 && !limit.negated;
  if (type === undefined || side === undefined || type.values.join() !== "LOCAL") return undefined;
  if (rest.length > 0 || (limit !== undefined && !limited)) return undefined;
  return [{ kind: "local-address", side, outInterfaceOnly: limited, negated: type.negated }];
}

function readReversePath(words: readonly (readonly string[])[]): readonly XtMatch[] | undefined {
  const options = words.map((option) => option.join(" ")).sort();
  return options.join(" ") === "--invert --validmark" ? [{ kind: "reverse-path-failed" }] : undefined;
}

/** Over all addresses together: a mask of 0, and then it does not matter whose. */
function readConnlimit(words: readonly (readonly string[])[]): readonly XtMatch[] | undefined {
  const options = new Map(words.map((option) => [option[0] ?? "", option.slice(1).join(" ")]));
  const above = options.get("--connlimit-above") ?? "";
  const known = ["--connlimit-above", "--connlimit-mask", "--connlimit-saddr"];
  if (!/^\d+$/.test(above) || options.get("--connlimit-mask") !== "0") return undefined;
  if ([...options.keys()].some((name) => !known.includes(name))) return undefined;
  return [{ kind: "connlimit-above", connections: Number(above) }];
}

function readLimit(words: readonly (readonly string[])[]): readonly XtMatch[] | undefined {
  const options = new Map(words.map((option) => [option[0] ?? "", option.slice(1).join(" ")]));
  const burst = options.get("--limit-burst") ?? `${DEFAULT_LIMIT_BURST}`;
  const rate = options.get("--limit");
  const known = [...options.keys()].every((name) => name === "--limit" || name === "--limit-burst");
  if (rate === undefined || !known || !/^\d+$/.test(burst)) return undefined;
  const match = canonicalRate(rate, Number(burst));
  return match === undefined ? undefined : [match];
}
