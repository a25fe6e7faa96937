import type { XtTarget } from "../../dataplane/xtables.ts";
import type { Ip, IpVersion, PortRange } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import { canonicalLogLevel, canonicalReject, canonicalSetMark } from "./canonical.ts";
import { quoteWord } from "./words.ts";

/** The words from `-j` or `-g` on. */
export function parseTarget(words: readonly string[], version: IpVersion): XtTarget {
  const [option, name = "", ...args] = words;
  const known = option === "-g" ? gotoTarget(name, args) : jumpTarget(name, args, version);
  return known ?? { kind: "foreign", text: words.map(quoteWord).join(" ") };
}

function gotoTarget(name: string, args: readonly string[]): XtTarget | undefined {
  return args.length === 0 ? { kind: "goto", chain: name } : undefined;
}

function jumpTarget(name: string, args: readonly string[], version: IpVersion): XtTarget | undefined {
  const options = readOptions(args);
  const only = (...names: readonly string[]) => [...options.keys()].every((key) => names.includes(key));
  const text = (key: string) => options.get(key) ?? "";
  switch (name) {
    case "ACCEPT":
    case "DROP":
    case "RETURN":
      return args.length === 0 ? { kind: name.toLowerCase() as "accept" | "drop" | "return" } : undefined;
    case "REJECT":
      return only("--reject-with") ? canonicalReject(options.get("--reject-with")) : undefined;
    case "MARK": {
      const how = options.has("--set-mark") ? "--set-mark" : "--set-xmark";
      return only(how) ? canonicalSetMark(how, text(how)) : undefined;
    }
    case "LOG": {
      const level = canonicalLogLevel(options.get("--log-level") ?? "4");
      return only("--log-prefix", "--log-level") && level !== undefined
        ? { kind: "log", prefix: text("--log-prefix"), level }
        : undefined;
    }
    case "CT":
      return only("--notrack") && options.has("--notrack") ? { kind: "notrack" } : undefined;
    case "NOTRACK":
      return args.length === 0 ? { kind: "notrack" } : undefined;
    case "DSCP": {
      const value = Number(text("--set-dscp"));
      return only("--set-dscp") && text("--set-dscp") !== "" && value >= 0 && value < 64
        ? { kind: "dscp", value }
        : undefined;
    }
    case "DNAT": {
      const to = parseIp(text("--to-destination"));
      return only("--to-destination") && to?.version === version ? { kind: "dnat", to } : undefined;
    }
    case "SNAT": {
      const to = parseHostPorts(text("--to-source"), version);
      const randomFully = options.has("--random-fully");
      return only("--to-source", "--random-fully") && to !== undefined
        ? { kind: "snat", ...to, randomFully }
        : undefined;
    }
    case "MASQUERADE": {
      const ports = options.has("--to-ports") ? parsePorts(text("--to-ports")) : undefined;
      if (options.has("--to-ports") && ports === undefined) return undefined;
      return only("--to-ports", "--random-fully")
        ? { kind: "masquerade", ports, randomFully: options.has("--random-fully") }
        : undefined;
    }
    default:
      return args.length === 0 ? { kind: "jump", chain: name } : undefined;
  }
}

const FLAGS = ["--random-fully", "--notrack"];

function readOptions(args: readonly string[]): ReadonlyMap<string, string> {
  const options = new Map<string, string>();
  for (let index = 0; index < args.length; index++) {
    const name = args[index] ?? "";
    options.set(name, FLAGS.includes(name) ? "" : (args[++index] ?? ""));
  }
  return options;
}

function parsePorts(text: string): PortRange | undefined {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? [];
  return first === undefined ? undefined : { first: Number(first), last: Number(last) };
}

function parseHostPorts(
  text: string,
  version: IpVersion,
): { readonly to: Ip; readonly ports: PortRange | undefined } | undefined {
  const [, host = text, portText] =
    (version === 4 ? /^([\d.]+):([\d-]+)$/ : /^\[([\da-f:.]+)\]:([\d-]+)$/).exec(text) ?? [];
  const to = parseIp(host);
  const ports = portText === undefined ? undefined : parsePorts(portText);
  if (to?.version !== version || (portText !== undefined && ports === undefined)) return undefined;
  return { to, ports };
}
