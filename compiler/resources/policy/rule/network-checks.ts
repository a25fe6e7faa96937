import type { Report } from "../../../diagnostics/bag.ts";
import { at, type Origin } from "../../../diagnostics/diagnostic.ts";
import { type Cidr, formatCidr, isStrictCidr, parseCidr } from "../../../net/cidr.ts";
import type { RuleCheck, RuleContext, Side } from "./context.ts";
import { impliedVersion } from "./protocol-checks.ts";
import type { Rule } from "./schema.ts";

interface Network {
  readonly text: string;
  readonly cidr: Cidr;
  readonly negated: boolean;
  readonly origin: Origin;
}

/** R7–R11: each network on its own, then their IP versions together. */
export const checkNetworks: RuleCheck = ({ rule, sides }, context, report) => {
  if (!sides.some(hasNetworks)) return;
  const networks = readNetworks(sides, context, report);
  for (const { text, cidr, negated, origin } of networks) {
    if (negated && cidr.length === 0) report("policy/negated-catch-all", { value: text }, origin);
    if (rule.ipVersion !== undefined && cidr.version !== rule.ipVersion)
      report("policy/cidr-ip-version", { value: text, ipVersion: rule.ipVersion }, origin);
  }
  const [first] = networks;
  if (first === undefined) return;
  const other = networks.find(({ cidr }) => cidr.version !== first.cidr.version);
  if (other !== undefined)
    report("policy/mixed-families", { first: first.text, other: other.text }, other.origin, {
      related: [{ message: "The first network of the rule", origin: first.origin }],
    });
  else if (impliedVersion(rule) === undefined && networks.every(({ negated }) => negated))
    reportSkippedFamily(rule, first, report);
};

/**
 * A family filter leaves a rule out of an IP version when a list of networks holds none of that version, negated
 * lists included (dataplane-iptables.md §4.2). For a deny rule that is a hole.
 */
function reportSkippedFamily({ action }: Rule, { cidr, origin }: Network, report: Report): void {
  const version = cidr.version === 4 ? 6 : 4;
  if (action === "Deny") report("policy/deny-skips-family", { version }, origin);
  else report("policy/rule-skips-family", { action, version }, origin);
}

function hasNetworks({ entity: { nets, notNets } }: Side): boolean {
  return nets !== undefined || notNets !== undefined;
}

function readNetworks(sides: readonly Side[], { origin }: RuleContext, report: Report): readonly Network[] {
  const networks: Network[] = [];
  for (const { side, entity } of sides)
    for (const list of ["nets", "notNets"] as const)
      entity[list]?.forEach((text, index) => {
        const here = at(origin, side, list, index);
        const cidr = readNetwork(text, here, report);
        if (cidr !== undefined) networks.push({ text, cidr, negated: list === "notNets", origin: here });
      });
  return networks;
}

/** Unlike a network set, a rule takes neither bare addresses nor host bits; what is meant is clear all the same. */
function readNetwork(text: string, origin: Origin, report: Report): Cidr | undefined {
  const cidr = parseCidr(text);
  if (cidr === undefined) {
    report("policy/cidr-invalid", { value: text, bare: undefined }, origin);
    return undefined;
  }
  if (isStrictCidr(text)) return cidr;
  const canonical = formatCidr(cidr);
  const fix = { fix: { description: `Write ${canonical}`, replacement: canonical } };
  if (text.includes("/")) report("policy/cidr-host-bits", { value: text, masked: canonical }, origin, fix);
  else report("policy/cidr-invalid", { value: text, bare: canonical }, origin, fix);
  return cidr;
}
