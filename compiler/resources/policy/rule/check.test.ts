import { describe, expect, test } from "vitest";
import { RULE_CODES } from "../../../diagnostics/codes/policy/rule.ts";
import { collector } from "../../network/testing/read.ts";
import { checkRule } from "./check.ts";
import type { RuleContext } from "./context.ts";
import type { Rule } from "./schema.ts";

const ORIGIN = { file: "x", document: 0, path: [] };

const INGRESS: RuleContext = {
  owner: "namespaced policy",
  namespace: "shop",
  direction: "ingress",
  origin: ORIGIN,
};
const EGRESS: RuleContext = { ...INGRESS, direction: "egress" };
const GLOBAL: RuleContext = { ...INGRESS, owner: "global policy", namespace: "" };
const PROFILE: RuleContext = { ...GLOBAL, owner: "profile" };

function check(rule: Partial<Rule>, context = INGRESS) {
  const { report, findings, messages } = collector();
  checkRule({ action: "Allow", ...rule }, context, report);
  return { findings, messages };
}

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

describe("HTTP", () => {
  const HTTP = { methods: ["GET"], paths: [{ prefix: "/api" }] };
  const NOT_ENFORCED = "policy/http-not-enforced http";

  test.each([
    ["R23: only on Allow", { action: "Deny", http: HTTP }, "policy/http-action http"],
    ["R24: only TCP", { protocol: "UDP", http: HTTP }, "policy/http-protocol http"],
    [
      "R26: repeated method",
      { http: { methods: ["GET", "PUT", "GET"] } },
      "policy/http-duplicate-methods http.methods",
    ],
    ["R27: both", { http: { paths: [{ exact: "/a", prefix: "/b" }] } }, "policy/http-path http.paths.0"],
    ["R27: neither", { http: { paths: [{}] } }, "policy/http-path http.paths.0"],
    ["R27: no slash", { http: { paths: [{ exact: "a" }] } }, "policy/http-path http.paths.0"],
    ["R27: query", { http: { paths: [{ prefix: "/a?b" }] } }, "policy/http-path http.paths.0"],
    ["R27: fragment", { http: { paths: [{ prefix: "/a#b" }] } }, "policy/http-path http.paths.0"],
    ["R27: blank", { http: { paths: [{ prefix: "/a b" }] } }, "policy/http-path http.paths.0"],
  ] as const)("%s", (_, rule, finding) => {
    expect(check(rule as Partial<Rule>).findings).toEqual([finding, NOT_ENFORCED]);
  });

  test("R25: only in ingress", () => {
    expect(check({ http: HTTP }, EGRESS).findings).toEqual(["policy/http-direction http", NOT_ENFORCED]);
    expect(check({ http: HTTP }, { ...GLOBAL, direction: "egress" }).findings).toEqual([
      "policy/http-direction http",
      NOT_ENFORCED,
    ]);
  });

  test.each([undefined, "TCP", 6])(
    "a sound match on protocol %s only warns that packets do not show it",
    (protocol) => {
      const rule = protocol === undefined ? { http: HTTP } : { protocol, http: HTTP };
      expect(check(rule).findings).toEqual([NOT_ENFORCED]);
    },
  );
});

describe("protocols and ports", () => {
  test.each(["tcp", "TPC", 0, "0", 256, "6 ", ""])("protocol %j is none", (protocol) => {
    expect(check({ protocol }).findings).toEqual(["policy/protocol-invalid protocol"]);
  });

  test.each([
    ["udplite", "UDPLite"],
    ["ICMPV6", "ICMPv6"],
  ])("for %s the right spelling is offered", (protocol, suggestion) => {
    const given: unknown[] = [];
    checkRule({ action: "Allow", protocol }, INGRESS, (_code, params) => given.push(params));
    expect(given).toEqual([{ value: protocol, suggestion }]);
    expect(RULE_CODES["policy/protocol-invalid"].hint?.({ value: protocol, suggestion })).toContain(
      suggestion,
    );
  });

  test.each([1, 255, "6", "UDPLite"])("protocol %s is one", (protocol) => {
    expect(check({ protocol }).findings).toEqual([]);
  });

  test.each([
    [0, "between 1 and 65535"],
    ["0:80", "between 1 and 65535"],
    [65536, "between 1 and 65535"],
    ["70000", "between 1 and 65535"],
    ["1:70000", "between 1 and 65535"],
    ["99999999999999999999", "between 1 and 65535"],
    ["90:80", "ends before it begins"],
    ["80,90", "neither a number, nor a range, nor a name"],
    ["", "neither"],
    ["a b", "neither"],
    ["x".repeat(129), "neither"],
  ])("port %s is refused", (port, says) => {
    const { findings, messages } = check({ protocol: "TCP", destination: { ports: [port] } });
    expect(findings).toEqual(["policy/port-invalid destination.ports.0"]);
    expect(messages[0]).toContain(says);
  });

  test.each([1, 65535, "80", "80:80", "1:65535", "http", "8080-tcp", "x".repeat(128)])(
    "port %s is taken",
    (port) => {
      expect(check({ protocol: "TCP", destination: { ports: [port] } }).findings).toEqual([]);
    },
  );

  test("a name that looks like a range is pointed out", () => {
    expect(check({ protocol: "TCP", destination: { ports: ["80-90"] } }).findings).toEqual([
      "policy/port-name-like-range destination.ports.0",
    ]);
  });
});

describe("what surprises on a host", () => {
  test("a deny rule with only negated networks leaves the other IP version open: an error", () => {
    const rule: Rule = { action: "Deny", source: { notNets: ["10.0.0.0/8"] } };
    const { findings, messages } = check(rule);
    expect(findings).toEqual(["policy/deny-skips-family source.notNets.0"]);
    expect(messages[0]).toContain("does nothing for IPv6");
    expect(check({ ...rule, ipVersion: 4 }).findings).toEqual([]);
    expect(check({ ...rule, destination: { nets: ["10.0.0.0/16"] } }).findings).toEqual([]);
    expect(check({ ...rule, protocol: "ICMP" }).findings).toEqual([]);
  });

  test.each(["Allow", "Pass", "Log"] as const)("for %s it is a warning", (action) => {
    expect(check({ action, destination: { notNets: ["2001:db8::/32"] } }).findings).toEqual([
      "policy/rule-skips-family destination.notNets.0",
    ]);
  });

  test("notSelector alone stays in the namespace", () => {
    const rule = { source: { notSelector: "has(a)" } };
    expect(check(rule).findings).toEqual(["policy/not-selector-in-namespace source.notSelector"]);
    expect(check(rule, GLOBAL).findings).toEqual([]);
    expect(check({ source: { ...rule.source, namespaceSelector: "all()" } }).findings).toEqual([]);
    expect(check({ source: { ...rule.source, selector: "has(b)" } }).findings).toEqual([]);
  });

  test("an ICMP match by number has no IP version", () => {
    expect(check({ protocol: 58, icmp: { type: 128 } }).findings).toEqual([
      "policy/icmp-family-unknown icmp",
    ]);
    expect(check({ protocol: 58, ipVersion: 6, icmp: { type: 128 } }).findings).toEqual([]);
  });

  test("an empty ICMP match says nothing", () => {
    expect(check({ protocol: "ICMP", icmp: {} }).findings).toEqual(["policy/icmp-empty icmp"]);
  });

  test("Pass in a profile goes nowhere", () => {
    expect(check({ action: "Pass" }, PROFILE).findings).toEqual(["policy/pass-in-profile action"]);
    expect(check({ action: "Pass" }, GLOBAL).findings).toEqual([]);
  });
});

describe("selectors", () => {
  test.each(["selector", "notSelector", "namespaceSelector"] as const)("%s must parse", (field) => {
    expect(check({ destination: { [field]: "a ==" } }, GLOBAL).findings).toEqual([
      `selector/invalid destination.${field}`,
    ]);
  });

  test("the selector of service accounts must parse", () => {
    expect(check({ source: { serviceAccounts: { selector: "a &&" } } }).findings).toEqual([
      "selector/invalid source.serviceAccounts.selector",
    ]);
  });

  test("the error points into the text", () => {
    const spans: unknown[] = [];
    checkRule(
      { action: "Allow", source: { selector: "a == 'b' &&& c" } },
      INGRESS,
      (_code, _params, _origin, options) => spans.push(options?.span),
    );
    expect(spans).toEqual([{ start: 11, end: 12 }]);
  });

  test.each(["a'b", "A", "x y", "", "a\n"])("%j is no service account", (name) => {
    expect(check({ source: { serviceAccounts: { names: ["api", name] } } }).findings).toEqual([
      "policy/service-account-name source.serviceAccounts.names.1",
    ]);
  });
});

test("annotations have qualified names, compared in lower case", () => {
  const annotations = { "Example.COM/Note": "x", "-bad": "y" };
  expect(check({ metadata: { annotations } }).findings).toEqual([
    "resource/invalid-annotation metadata.annotations.-bad",
  ]);
});

test("annotations are limited in size", () => {
  expect(check({ metadata: { annotations: { a: "x".repeat(262_144) } } }).findings).toEqual([
    "resource/annotations-too-large metadata.annotations",
  ]);
});
