import type { XtMatch, XtRule, XtTarget } from "../../dataplane/xtables.ts";
import type { Ip, IpVersion, PortRange } from "../../net/cidr.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { protocolText } from "./protocols.ts";

/**
 * A rule as `iptables-restore` reads it, without `-A CHAIN`, in the spelling that `iptables-save` itself uses: short
 * options, hexadecimal marks, `--set-xmark`. Options that would only state a default are left out.
 *
 * @param body where it is known already
 */
export function printRule(rule: XtRule, version: IpVersion, body = printBody(rule, version)): string {
  if (rule.id === "") return body;
  const id = printComment(`cali:${rule.id}`);
  return body === "" ? id : `${id} ${body}`;
}

/** Everything but the id: the text from which the id is made. */
export function printBody(rule: Omit<XtRule, "id">, version: IpVersion): string {
  const words = [
    ...rule.comments.map(printComment),
    ...rule.matches.map((match) => printMatch(match, version)),
  ];
  if (rule.target !== undefined) words.push(printTarget(rule.target));
  return words.join(" ");
}

/** Comments are quoted always; `comment.ts` has left nothing in them that would need an escape. */
function printComment(text: string): string {
  return `-m comment --comment "${text}"`;
}

function printMatch(match: XtMatch, version: IpVersion): string {
  const not = "negated" in match && match.negated ? "! " : "";
  switch (match.kind) {
    case "address":
      return `${not}${match.side === "source" ? "-s" : "-d"} ${formatCidr(match.cidr)}`;
    case "interface":
      return `${not}${match.direction === "in" ? "-i" : "-o"} ${match.name}`;
    case "protocol":
      return `${not}-p ${protocolText(match.protocol)}`;
    case "tcp-flags":
      return `-m tcp ${not}--tcp-flags ${match.flags.join(",")} ${match.set.length === 0 ? "NONE" : match.set.join(",")}`;
    case "icmp": {
      const value = match.code === undefined ? `${match.type}` : `${match.type}/${match.code}`;
      return version === 4 ? `-m icmp ${not}--icmp-type ${value}` : `-m icmp6 ${not}--icmpv6-type ${value}`;
    }
    case "set": {
      const flag = match.side === "source" ? "src" : "dst";
      return `-m set ${not}--match-set ${match.set} ${match.dimensions === 2 ? `${flag},${flag}` : flag}`;
    }
    case "ports":
      return `-m multiport ${not}--${match.side === "source" ? "sports" : "dports"} ${match.ranges.map(printPorts).join(",")}`;
    case "conntrack":
      return `-m conntrack ${not}--ctstate ${match.states.join(",")}`;
    case "local-address": {
      const type = `-m addrtype ${not}--${match.side === "source" ? "src" : "dst"}-type LOCAL`;
      return match.outInterfaceOnly ? `${type} --limit-iface-out` : type;
    }
    case "mark":
      return `-m mark ${not}--mark ${hex(match.value)}/${hex(match.mask)}`;
    case "reverse-path-failed":
      return "-m rpfilter --validmark --invert";
    case "connlimit-above":
      return `-m connlimit --connlimit-above ${match.connections} --connlimit-mask 0 --connlimit-saddr`;
    case "limit": {
      const rate = `-m limit --limit ${match.amount}/${match.unit}`;
      return match.burst === DEFAULT_LIMIT_BURST ? rate : `${rate} --limit-burst ${match.burst}`;
    }
    case "foreign":
      return match.text;
    default:
      return match satisfies never;
  }
}

/** What `-m limit` uses where no burst is given. */
export const DEFAULT_LIMIT_BURST = 5;

function printTarget(target: XtTarget): string {
  switch (target.kind) {
    case "accept":
    case "drop":
    case "return":
      return `-j ${target.kind.toUpperCase()}`;
    case "reject":
      return target.with === "tcp-reset" ? "-j REJECT --reject-with tcp-reset" : "-j REJECT";
    case "jump":
      return `-j ${target.chain}`;
    case "goto":
      return `-g ${target.chain}`;
    case "mark":
      return `-j MARK --set-xmark ${hex(target.value)}/${hex(target.mask)}`;
    case "log":
      return `-j LOG --log-prefix "${target.prefix}" --log-level ${target.level}`;
    case "notrack":
      return "-j CT --notrack";
    case "dscp":
      return `-j DSCP --set-dscp 0x${target.value.toString(16).padStart(2, "0")}`;
    case "dnat":
      return `-j DNAT --to-destination ${formatIp(target.to)}`;
    case "snat": {
      const to = hostPort(target.to, target.ports && printNatPorts(target.ports));
      return `-j SNAT --to-source ${to}${target.randomFully ? " --random-fully" : ""}`;
    }
    case "masquerade": {
      const ports = target.ports === undefined ? "" : ` --to-ports ${printNatPorts(target.ports)}`;
      return `-j MASQUERADE${ports}${target.randomFully ? " --random-fully" : ""}`;
    }
    case "foreign":
      return target.text;
    default:
      return target satisfies never;
  }
}

function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

function printPorts({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}:${last}`;
}

function printNatPorts({ first, last }: PortRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}

function hostPort(ip: Ip, port: string | undefined): string {
  const host = formatIp(ip);
  if (port === undefined) return host;
  return ip.version === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}
