import type { Match, Rule } from "../../ir/node-ir.ts";
import type { IpVersion } from "../../net/cidr.ts";

export const ICMP: Readonly<Record<IpVersion, number>> = { 4: 1, 6: 58 };

/**
 * The rule as one IP version sees it, or `undefined` where it says nothing there (Calico reference §4.2).
 *
 * Quirk kept on purpose: a list of networks that holds none of the family removes the rule from it, *also when the
 * list is negated*; lint makes that an error for a deny rule.
 */
export function inFamily(rule: Rule, version: IpVersion): Rule | undefined {
  if (rule.ipVersion !== undefined && rule.ipVersion !== version) return undefined;
  const matches: Match[] = [];
  for (const match of rule.matches) {
    const kept = inFamilyAs(match, rule, version);
    if (kept === "never") return undefined;
    if (kept !== "always") matches.push(kept);
  }
  return { ...rule, matches };
}

function inFamilyAs(match: Match, rule: Rule, version: IpVersion): Match | "never" | "always" {
  switch (match.kind) {
    case "nets":
      return netsInFamily(match, version);
    case "icmp":
      return icmpInFamily(match, rule, version);
    case "protocol":
      return besidesPositive(match, rule);
    default:
      return match;
  }
}

/** iptables takes one `-p`: beside the protocol that a rule asks for, another that it excludes says nothing or all. */
function besidesPositive(match: Protocol, { matches }: Rule): Protocol | "never" | "always" {
  const positive = matches.find((m) => m.kind === "protocol" && !m.negated);
  if (!match.negated || positive?.kind !== "protocol") return match;
  return match.protocol === positive.protocol ? "never" : "always";
}

type Protocol = Extract<Match, { kind: "protocol" }>;
type Nets = Extract<Match, { kind: "nets" }>;
type Icmp = Extract<Match, { kind: "icmp" }>;

function netsInFamily(match: Nets, version: IpVersion): Nets | "never" | "always" {
  const cidrs = match.cidrs.filter((cidr) => cidr.version === version);
  if (cidrs.length === 0) return "never";
  // The kernel has no way to write "every address" or its negation as an address match.
  if (cidrs.some((cidr) => cidr.length === 0)) return match.negated ? "never" : "always";
  return { ...match, cidrs };
}

/**
 * Only the family's own ICMP has types. A rule for the other one's number (`protocol: 58` without `ipVersion`) can
 * match no type here, and every packet of it is "not that type".
 */
function icmpInFamily(match: Icmp, rule: Rule, version: IpVersion): Icmp | "never" | "always" {
  const other = rule.matches.some(
    (m) => m.kind === "protocol" && (m.protocol === ICMP[version]) === m.negated,
  );
  return other ? (match.negated ? "always" : "never") : match;
}
