import { code } from "../../diagnostic.ts";
import { didYouMean } from "../../suggest.ts";

type None = Record<string, never>;

/** What can be wrong with one rule: R1–R27 of the resource sheet (§2.4), and what its meaning on a host adds. */
export const RULE_CODES = {
  "policy/protocol-invalid": code<{ value: string | number; suggestion: string | undefined }>({
    severity: "error",
    summary: "Unknown protocol",
    message: ({ value }) =>
      value === 0 || value === "0"
        ? "protocol number invalid: 0 is no protocol."
        : `protocol ${typeof value === "number" ? "number" : "name"} invalid: ${JSON.stringify(value)}.`,
    hint: ({ value, suggestion }) =>
      suggestion?.toLowerCase() === String(value).toLowerCase()
        ? `Names are case-sensitive: write ${suggestion}.`
        : (didYouMean(suggestion) ??
          "Write TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite, or a number from 1 to 255."),
  }),
  "policy/port-invalid": code<{ value: string | number; reason: string }>({
    severity: "error",
    summary: "Invalid port",
    message: ({ value, reason }) => `Port ${JSON.stringify(value)}: ${reason}.`,
    hint: () => 'Write a number, a range "1000:2000", or the name of a port.',
  }),
  "policy/port-name-like-range": code<{ value: string; range: string }>({
    severity: "warning",
    summary: "Named port that looks like a range",
    message: ({ value }) => `"${value}" is read as the *name* of a port, not as a range.`,
    hint: ({ range }) => `A range is written with a colon: "${range}".`,
  }),
  "policy/ports-need-protocol": code<{ protocol: string }>({
    severity: "error",
    summary: "Ports with a protocol that has none",
    message: ({ protocol }) =>
      `rules that specify ports must set protocol to TCP or UDP or SCTP; ${protocol} has no ports.`,
    hint: () => "Change the protocol, or remove the ports.",
  }),
  "policy/numeric-port-needs-protocol": code<None>({
    severity: "error",
    summary: "Numeric port without a protocol",
    message: () =>
      "rules with numeric port or port range must set protocol to TCP or UDP or SCTP: a number alone does not say whose port it is.",
    hint: () => "Add `protocol: TCP` (a named port may go without, the endpoint's port knows its protocol).",
  }),
  "policy/icmp-needs-protocol": code<{ field: "icmp" | "notICMP" }>({
    severity: "error",
    summary: "ICMP match on another protocol",
    message: ({ field }) =>
      field === "icmp"
        ? "ICMP fields require protocol to be ICMP or ICMPv6."
        : "notICMP without protocol ICMP or ICMPv6: no host can load such a rule, and leaving the match out would widen it.",
    hint: () => "Add `protocol: ICMP` for IPv4 or `protocol: ICMPv6` for IPv6.",
  }),
  "policy/icmp-family-unknown": code<{ protocol: number; version: 4 | 6 }>({
    severity: "warning",
    summary: "ICMP match by a protocol number that implies no IP version",
    message: ({ protocol, version }) =>
      `Protocol number ${protocol} does not imply IPv${version} as its name does; the ICMP match has no meaning in the other family.`,
    hint: ({ version }) =>
      `Write \`protocol: ${version === 4 ? "ICMP" : "ICMPv6"}\`, or set \`ipVersion: ${version}\`.`,
  }),
  "policy/icmp-code-without-type": code<None>({
    severity: "error",
    summary: "ICMP code without a type",
    message: () => "ICMP code specified without an ICMP type: codes mean something else for each type.",
    hint: () => "Add `type`.",
  }),
  "policy/icmp-empty": code<{ field: "icmp" | "notICMP" }>({
    severity: "warning",
    summary: "Empty ICMP match",
    message: ({ field }) => `\`${field}\` without a type matches nothing in particular and is ignored.`,
    hint: () => "Add `type`, or remove the field.",
  }),
  "policy/protocol-ip-version": code<{ protocol: "ICMP" | "ICMPv6" }>({
    severity: "error",
    summary: "Protocol of the other IP version",
    message: ({ protocol }) => `protocol ${protocol} requires ipVersion ${protocol === "ICMP" ? 4 : 6}.`,
    hint: ({ protocol }) => `Remove \`ipVersion\`, or use ${protocol === "ICMP" ? "ICMPv6" : "ICMP"}.`,
  }),
  "policy/cidr-invalid": code<{ value: string; bare: string | undefined }>({
    severity: "error",
    summary: "Invalid CIDR",
    message: ({ value, bare }) =>
      bare === undefined
        ? `invalid CIDR ${JSON.stringify(value)}.`
        : `invalid CIDR "${value}": rules take networks, not bare addresses.`,
    hint: ({ bare }) =>
      bare === undefined ? 'Write a network like "10.0.0.0/8" or "2001:db8::/32".' : `Write "${bare}".`,
  }),
  "policy/cidr-host-bits": code<{ value: string; masked: string }>({
    severity: "error",
    summary: "CIDR with host bits",
    message: ({ value, masked }) => `${value} is not a strictly masked CIDR: the network is ${masked}.`,
    hint: ({ masked }) => `Write "${masked}", or a longer prefix if one address is meant.`,
  }),
  "policy/mixed-families": code<{ first: string; other: string }>({
    severity: "error",
    summary: "IPv4 and IPv6 networks in one rule",
    message: ({ first, other }) =>
      `rule contains both IPv4 and IPv6 CIDRs: ${first} and ${other}. No packet has both.`,
    hint: () => "Write one rule for each IP version.",
  }),
  "policy/cidr-ip-version": code<{ value: string; ipVersion: 4 | 6 }>({
    severity: "error",
    summary: "CIDR of the other IP version",
    message: ({ value, ipVersion }) =>
      `rule IP version doesn't match CIDR version: ${value} is not IPv${ipVersion}, so the rule could match nothing.`,
    hint: () => "Change or remove `ipVersion` (the names ICMP and ICMPv6 imply one), or the network.",
  }),
  "policy/negated-catch-all": code<{ value: string }>({
    severity: "error",
    summary: "Negated catch-all network",
    message: ({ value }) =>
      `catch-all CIDR in negation creates logical contradiction (matches no traffic): nothing is outside ${value}.`,
    hint: () => "Remove it from `notNets`, or remove the rule.",
  }),
  "policy/deny-skips-family": code<{ version: 4 | 6 }>({
    severity: "error",
    summary: "Deny rule that does not deny in one IP version",
    message: ({ version }) =>
      `This Deny rule does nothing for IPv${version}: a rule with only IPv${other(version)} networks, negated ones included, is left out of the other IP version, so IPv${version} packets pass it by.`,
    hint: ({ version }) =>
      `Set \`ipVersion: ${other(version)}\` if that is meant, and add a rule with \`ipVersion: ${version}\` that denies the rest.`,
  }),
  "policy/rule-skips-family": code<{ action: string; version: 4 | 6 }>({
    severity: "warning",
    summary: "Rule that is absent in one IP version",
    message: ({ action, version }) =>
      `This ${action} rule does nothing for IPv${version}: negated IPv${other(version)} networks make it an IPv${other(version)} rule.`,
    hint: ({ version }) => `Set \`ipVersion: ${other(version)}\` to say so, or add a rule for IPv${version}.`,
  }),
  "policy/global-misplaced": code<{ field: string }>({
    severity: "error",
    summary: "global() where it has no meaning",
    message: ({ field }) =>
      `global() can only be used in an EntityRule namespaceSelector, not in \`${field}\` (the text is refused inside quotes too).`,
    hint: () => "Select non-namespaced endpoints with `!has(projectcalico.org/namespace)`.",
  }),
  "policy/global-combined": code<None>({
    severity: "error",
    summary: "global() combined with another term",
    message: () => "global() cannot be combined with other selectors.",
    hint: () => "Write two rules: one with `namespaceSelector: global()`, one with the other term.",
  }),
  "policy/services-exclusive": code<{
    with: "NamespaceSelector" | "ServiceAccounts" | "Selector/NotSelector" | "Nets/NotNets";
  }>({
    severity: "error",
    summary: "Service match beside another match of the same side",
    message: (p) =>
      `cannot specify ${p.with} and Services on the same rule: the service already names its addresses.`,
    hint: () => "Keep one of the two.",
  }),
  "policy/services-with-ports": code<None>({
    severity: "error",
    summary: "Service match beside ports",
    message: () => "ports and notPorts cannot be specified with services: the service brings its own ports.",
    hint: () => "Remove the ports, or select the endpoints by label.",
  }),
  "policy/service-name-missing": code<None>({
    severity: "error",
    summary: "Service match without a name",
    message: () => "services must specify a service name.",
    hint: () => "Add `name`.",
  }),
  "policy/service-namespace-missing": code<None>({
    severity: "error",
    summary: "Service match without a namespace",
    message: () => "services must specify a namespace here: a global policy has none of its own.",
    hint: () => "Add `namespace`.",
  }),
  "policy/services-direction": code<{ side: "source" | "destination"; direction: "ingress" | "egress" }>({
    severity: "error",
    summary: "Service match on the policy's own side",
    message: ({ side, direction }) =>
      `Services: not allowed in ${direction} rule ${side}, which is the selected endpoint itself.`,
    hint: ({ side }) => `Move it to \`${side === "source" ? "destination" : "source"}\`, or select by label.`,
  }),
  "policy/service-account-name": code<{ name: string }>({
    severity: "error",
    summary: "Impossible service account name",
    message: ({ name }) =>
      `${JSON.stringify(name)} cannot be the name of a service account, so the rule could never match it.`,
    hint: () => "Use `serviceAccounts.selector` to select by label.",
  }),
  "policy/http-action": code<{ action: string }>({
    severity: "error",
    summary: "HTTP match on a rule that does not allow",
    message: ({ action }) => `HTTP match is only valid on Allow rules, this one says ${action}.`,
    hint: () => "Allow the wanted requests; what no rule allows is denied by the tier.",
  }),
  "policy/http-protocol": code<{ protocol: string }>({
    severity: "error",
    summary: "HTTP match on another protocol",
    message: ({ protocol }) => `rules with HTTP match must have protocol TCP or unset, not ${protocol}.`,
    hint: () => "Use `protocol: TCP`.",
  }),
  "policy/http-direction": code<None>({
    severity: "error",
    summary: "HTTP match in an egress rule",
    message: () => "HTTP: not allowed in egress rules: only the receiving side sees requests.",
    hint: () => "Put the match into an ingress rule of the server.",
  }),
  "policy/http-duplicate-methods": code<{ methods: readonly string[] }>({
    severity: "error",
    summary: "Repeated HTTP method",
    message: ({ methods }) => `Invalid methods (duplicates): [${methods.join(" ")}].`,
    hint: () => "Name each method once.",
  }),
  "policy/http-path": code<{ reason: string }>({
    severity: "error",
    summary: "Invalid HTTP path match",
    message: ({ reason }) => `Invalid path match: ${reason}.`,
    hint: () => "Write `{ exact: /a/b }` or `{ prefix: /a }`.",
  }),
  "policy/http-not-enforced": code<None>({
    severity: "warning",
    summary: "HTTP match that packets cannot show",
    message: () =>
      "An IP dataplane enforces only the address and port part of this rule: every HTTP request of a connection that it allows gets through.",
    hint: () => "Methods and paths need the application-layer sidecar.",
  }),
  "policy/not-selector-in-namespace": code<{ namespace: string }>({
    severity: "info",
    summary: "notSelector limits a rule to its namespace",
    message: ({ namespace }) =>
      `\`notSelector\` alone also restricts the rule to endpoints and network sets of namespace ${namespace}; addresses outside it do not match.`,
    hint: () => "Say which namespaces are meant with `namespaceSelector`, for example `all()`.",
  }),
  "policy/pass-in-profile": code<None>({
    severity: "warning",
    summary: "Pass in a profile",
    message: () => "A profile is the last thing that is evaluated: Pass has no tier to go to.",
    hint: () => "Use Allow or Deny.",
  }),
} as const;

function other(version: 4 | 6): 4 | 6 {
  return version === 4 ? 6 : 4;
}
