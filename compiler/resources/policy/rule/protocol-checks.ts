import type { Report } from "../../../diagnostics/bag.ts";
import { at, type Origin } from "../../../diagnostics/diagnostic.ts";
import { closest } from "../../../diagnostics/suggest.ts";
import type { IpVersion } from "../../../net/cidr.ts";
import { PROTOCOL_NAMES, protocolHasPorts, protocolNumber } from "../../../net/protocols.ts";
import type { RuleCheck, RuleContext, Side } from "./context.ts";
import { type Port, parsePort } from "./port.ts";
import type { Rule } from "./schema.ts";

const ICMP = 1;
const ICMP_V6 = 58;

/** The IANA number; names only in the spelling that Calico's API accepts. */
export function parseProtocol(value: number | string): number | undefined {
  return typeof value === "number" || /^\d/.test(value) || PROTOCOL_NAMES.includes(value)
    ? protocolNumber(value)
    : undefined;
}

/** Of a rule without `ipVersion`: the *names* ICMP and ICMPv6 imply one, the numbers 1 and 58 do not. */
export function impliedVersion({ ipVersion, protocol }: Rule): IpVersion | undefined {
  if (ipVersion !== undefined) return ipVersion;
  return protocol === "ICMP" ? 4 : protocol === "ICMPv6" ? 6 : undefined;
}

/** R1–R6: protocols, ports and ICMP, each on its own and against each other. */
export const checkProtocols: RuleCheck = ({ rule, sides }, context, report) => {
  checkProtocol(rule, "protocol", context, report);
  checkProtocol(rule, "notProtocol", context, report);
  for (const side of sides) {
    checkPorts(rule.protocol, side, "ports", context, report);
    checkPorts(rule.protocol, side, "notPorts", context, report);
  }
  checkIcmp(rule, "icmp", context, report);
  checkIcmp(rule, "notICMP", context, report);
};

function checkProtocol(
  rule: Rule,
  field: "protocol" | "notProtocol",
  context: RuleContext,
  report: Report,
): void {
  const value = rule[field];
  if (value === undefined) return;
  const number = parseProtocol(value);
  if (number === undefined)
    report("policy/protocol-invalid", { value, suggestion: suggestion(value) }, at(context.origin, field));
  if (number === ICMP && rule.ipVersion === 6)
    report("policy/protocol-ip-version", { protocol: "ICMP" }, at(context.origin, field));
  if (number === ICMP_V6 && rule.ipVersion === 4)
    report("policy/protocol-ip-version", { protocol: "ICMPv6" }, at(context.origin, field));
}

function suggestion(value: number | string): string | undefined {
  const text = String(value);
  return (
    PROTOCOL_NAMES.find((name) => name.toLowerCase() === text.toLowerCase()) ?? closest(text, PROTOCOL_NAMES)
  );
}

function checkPorts(
  protocol: Rule["protocol"],
  { side, entity }: Side,
  list: "ports" | "notPorts",
  { origin }: RuleContext,
  report: Report,
): void {
  const values = entity[list] ?? [];
  if (values.length === 0) return;
  let numeric = false;
  values.forEach((value, index) => {
    const port = parsePort(value);
    if (port.kind === "range") numeric = true;
    else reportPort(value, port, at(origin, side, list, index), report);
  });
  if (protocol === undefined) {
    if (numeric) report("policy/numeric-port-needs-protocol", {}, at(origin, side, list));
    return;
  }
  const number = parseProtocol(protocol);
  if (number !== undefined && !protocolHasPorts(number))
    report("policy/ports-need-protocol", { protocol: String(protocol) }, at(origin, side, list));
}

function reportPort(value: number | string, port: Port, origin: Origin, report: Report): void {
  if (port.kind === "invalid") report("policy/port-invalid", { value, reason: port.reason }, origin);
  if (port.kind === "name" && /^\d+-\d+$/.test(port.name))
    report("policy/port-name-like-range", { value: port.name, range: port.name.replace("-", ":") }, origin);
}

function checkIcmp(rule: Rule, field: "icmp" | "notICMP", context: RuleContext, report: Report): void {
  const match = rule[field];
  if (match === undefined) return;
  const here = at(context.origin, field);
  if (match.type === undefined) {
    if (match.code === undefined) report("policy/icmp-empty", { field }, here);
    else report("policy/icmp-code-without-type", {}, here);
  }
  const number = rule.protocol === undefined ? undefined : parseProtocol(rule.protocol);
  // Calico lets `notICMP` stand alone, and then fails to load the rule: iptables wants the protocol for it, too.
  if (number !== ICMP && number !== ICMP_V6) report("policy/icmp-needs-protocol", { field }, here);
  else if (impliedVersion(rule) === undefined)
    report("policy/icmp-family-unknown", { protocol: number, version: number === ICMP ? 4 : 6 }, here);
}
