import { describe, expect, test } from "vitest";
import type { RuleContext } from "./context.ts";
import type { Rule } from "./schema.ts";
import { check, EGRESS, GLOBAL, INGRESS } from "./testing/check-rule.ts";

/** A rule that breaks one row of the sheet (§2.4), and a neighbour that does not. */
interface Row {
  readonly row: string;
  readonly context?: RuleContext;
  readonly invalid: Partial<Rule>;
  readonly finding: string;
  readonly says: string;
  readonly valid: Partial<Rule>;
}

const ROWS: readonly Row[] = [
  {
    row: "R1: ports with a protocol that has none",
    invalid: { protocol: "ICMP", destination: { ports: ["http"] } },
    finding: "policy/ports-need-protocol destination.ports",
    says: "rules that specify ports must set protocol to TCP or UDP or SCTP",
    valid: { protocol: "SCTP", destination: { ports: ["http"] } },
  },
  {
    row: "R1: UDPLite counts as having none",
    invalid: { protocol: "UDPLite", source: { notPorts: [53] } },
    finding: "policy/ports-need-protocol source.notPorts",
    says: "UDPLite has no ports",
    valid: { protocol: 17, source: { notPorts: [53] } },
  },
  {
    row: "R2: numeric port without protocol",
    invalid: { destination: { ports: ["http", 80] } },
    finding: "policy/numeric-port-needs-protocol destination.ports",
    says: "rules with numeric port or port range must set protocol to TCP or UDP or SCTP",
    valid: { destination: { ports: ["http", "metrics"] } },
  },
  {
    row: "R3: icmp on another protocol",
    invalid: { protocol: "TCP", icmp: { type: 8 } },
    finding: "policy/icmp-needs-protocol icmp",
    says: "ICMP fields require protocol to be ICMP or ICMPv6",
    valid: { protocol: 1, ipVersion: 4, icmp: { type: 8 } },
  },
  {
    row: "R3, beyond Calico: notICMP alone cannot be loaded",
    invalid: { notICMP: { type: 8 } },
    finding: "policy/icmp-needs-protocol notICMP",
    says: "no host can load such a rule",
    valid: { protocol: "ICMPv6", notICMP: { type: 128 } },
  },
  {
    row: "R4: ICMP code without type",
    invalid: { protocol: "ICMP", icmp: { code: 0 } },
    finding: "policy/icmp-code-without-type icmp",
    says: "ICMP code specified without an ICMP type",
    valid: { protocol: "ICMP", icmp: { type: 3, code: 0 } },
  },
  {
    row: "R5: ICMP with ipVersion 6",
    invalid: { protocol: "ICMP", ipVersion: 6 },
    finding: "policy/protocol-ip-version protocol",
    says: "protocol ICMP requires ipVersion 4",
    valid: { protocol: "ICMP", ipVersion: 4 },
  },
  {
    row: "R5: not protocol 1 with ipVersion 6",
    invalid: { notProtocol: 1, ipVersion: 6 },
    finding: "policy/protocol-ip-version notProtocol",
    says: "protocol ICMP requires ipVersion 4",
    valid: { notProtocol: 1 },
  },
  {
    row: "R6: ICMPv6 with ipVersion 4",
    invalid: { protocol: 58, ipVersion: 4 },
    finding: "policy/protocol-ip-version protocol",
    says: "protocol ICMPv6 requires ipVersion 6",
    valid: { protocol: 58, ipVersion: 6 },
  },
  {
    row: "R7: unparsable network",
    invalid: { source: { nets: ["10.0.0.0/8", "10.0.0/8"] } },
    finding: "policy/cidr-invalid source.nets.1",
    says: "invalid CIDR",
    valid: { source: { nets: ["10.0.0.0/8", "10.0.0.0/24"] } },
  },
  {
    row: "R7: bare address",
    invalid: { destination: { nets: ["2001:db8::1"] } },
    finding: "policy/cidr-invalid destination.nets.0",
    says: "rules take networks, not bare addresses",
    valid: { destination: { nets: ["2001:db8::1/128"] } },
  },
  {
    row: "R8: host bits",
    invalid: { source: { nets: ["10.0.0.1/8"] } },
    finding: "policy/cidr-host-bits source.nets.0",
    says: "the network is 10.0.0.0/8",
    valid: { source: { nets: ["2001:DB8:0::/32"] } },
  },
  {
    row: "R9: families mixed across lists",
    invalid: { source: { nets: ["10.0.0.0/8"] }, destination: { notNets: ["2001:db8::/32"] } },
    finding: "policy/mixed-families destination.notNets.0",
    says: "rule contains both IPv4 and IPv6 CIDRs",
    valid: { source: { nets: ["10.0.0.0/8"] }, destination: { notNets: ["10.1.0.0/16"] } },
  },
  {
    row: "R10: family against ipVersion",
    invalid: { ipVersion: 6, source: { nets: ["10.0.0.0/8"] } },
    finding: "policy/cidr-ip-version source.nets.0",
    says: "rule IP version doesn't match CIDR version",
    valid: { ipVersion: 4, source: { nets: ["10.0.0.0/8"] } },
  },
  {
    row: "R11: negated IPv4 catch-all",
    invalid: { ipVersion: 4, source: { notNets: ["0.0.0.0/0"] } },
    finding: "policy/negated-catch-all source.notNets.0",
    says: "catch-all CIDR in negation creates logical contradiction (matches no traffic)",
    valid: { ipVersion: 4, source: { notNets: ["0.0.0.0/1"] } },
  },
  {
    row: "R11: negated IPv6 catch-all in any spelling",
    invalid: { ipVersion: 6, destination: { notNets: ["0:0::0/0"] } },
    finding: "policy/negated-catch-all destination.notNets.0",
    says: "matches no traffic",
    valid: { ipVersion: 6, destination: { nets: ["::/0"] } },
  },
  {
    row: "R12: global() in a selector",
    invalid: { source: { selector: "global()" } },
    finding: "policy/global-misplaced source.selector",
    says: "global() can only be used in an EntityRule namespaceSelector",
    valid: { source: { namespaceSelector: " global() " } },
  },
  {
    row: "R12: even inside a quoted value",
    invalid: { source: { selector: "a == 'global('" } },
    finding: "policy/global-misplaced source.selector",
    says: "global() can only be used",
    valid: { source: { selector: "a == 'global'" } },
  },
  {
    row: "R13: global() combined",
    invalid: { source: { namespaceSelector: "global() || env == 'x'" } },
    finding: "policy/global-combined source.namespaceSelector",
    says: "global() cannot be combined with other selectors",
    valid: { source: { namespaceSelector: "env == 'x'" } },
  },
  {
    row: "R13: !global()",
    invalid: { source: { namespaceSelector: "!global()" } },
    finding: "policy/global-combined source.namespaceSelector",
    says: "global() cannot be combined with other selectors",
    valid: { source: { namespaceSelector: "all()" } },
  },
  {
    row: "R14: services with namespaceSelector",
    context: EGRESS,
    invalid: { destination: { services: { name: "db" }, namespaceSelector: "all()" } },
    finding: "policy/services-exclusive destination.services",
    says: "cannot specify NamespaceSelector and Services on the same rule",
    valid: { destination: { services: { name: "db" }, namespaceSelector: "" } },
  },
  {
    row: "R15: services with serviceAccounts",
    context: EGRESS,
    invalid: { destination: { services: { name: "db" }, serviceAccounts: {} } },
    finding: "policy/services-exclusive destination.services",
    says: "cannot specify ServiceAccounts and Services on the same rule",
    valid: { destination: { services: { name: "db" } }, source: { serviceAccounts: { names: ["api"] } } },
  },
  {
    row: "R16: services without name",
    context: EGRESS,
    invalid: { destination: { services: { namespace: "shop" } } },
    finding: "policy/service-name-missing destination.services",
    says: "services must specify a service name",
    valid: { destination: { services: { namespace: "shop", name: "db" } } },
  },
  {
    row: "R17: services with notSelector",
    context: EGRESS,
    invalid: { destination: { services: { name: "db" }, notSelector: "has(a)", selector: "" } },
    finding: "policy/services-exclusive destination.services",
    says: "cannot specify Selector/NotSelector and Services on the same rule",
    valid: { destination: { services: { name: "db" }, selector: "" } },
  },
  {
    row: "R18: services with nets",
    context: EGRESS,
    invalid: { destination: { services: { name: "db" }, nets: ["10.0.0.0/8"] } },
    finding: "policy/services-exclusive destination.services",
    says: "cannot specify Nets/NotNets and Services on the same rule",
    valid: { destination: { services: { name: "db" }, nets: [] } },
  },
  {
    row: "R19: destination services with ports",
    context: EGRESS,
    invalid: { protocol: "TCP", destination: { services: { name: "db" }, ports: [5432] } },
    finding: "policy/services-with-ports destination.services",
    says: "ports and notPorts cannot be specified with services",
    valid: { protocol: "TCP", destination: { services: { name: "db" } }, source: { ports: [5432] } },
  },
  {
    row: "R19: source services may have ports",
    context: INGRESS,
    invalid: { protocol: "TCP", source: { services: { name: "db" }, ports: [0] } },
    finding: "policy/port-invalid source.ports.0",
    says: "port number must be between 1 and 65535",
    valid: { protocol: "TCP", source: { services: { name: "db" }, ports: [5432] } },
  },
  {
    row: "R20: source services in egress",
    context: EGRESS,
    invalid: { source: { services: { name: "db" } } },
    finding: "policy/services-direction source.services",
    says: "not allowed in egress rule source",
    valid: { destination: { services: { name: "db" } } },
  },
  {
    row: "R21: destination services in ingress",
    context: INGRESS,
    invalid: { destination: { services: { name: "db" } } },
    finding: "policy/services-direction destination.services",
    says: "not allowed in ingress rule destination",
    valid: { source: { services: { name: "db" } } },
  },
  {
    row: "R22: services of a global policy without namespace",
    context: GLOBAL,
    invalid: { source: { services: { name: "db" } } },
    finding: "policy/service-namespace-missing source.services",
    says: "must specify a namespace",
    valid: { source: { services: { name: "db", namespace: "shop" } } },
  },
];

describe("rows of the sheet's rule checks", () => {
  test.each(ROWS)("$row", ({ context, invalid, finding, says, valid }) => {
    const { findings, messages } = check(invalid, context);
    expect(findings).toEqual([finding]);
    expect(messages[0]).toContain(says);
    expect(check(valid, context).findings).toEqual([]);
  });
});
