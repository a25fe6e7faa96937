import { describe, expect, test } from "vitest";
import { RULE_CODES } from "../../../diagnostics/codes/policy/rule.ts";
import { checkRule } from "./check.ts";
import type { Rule } from "./schema.ts";
import { check, EGRESS, GLOBAL, INGRESS, PROFILE } from "./testing/check-rule.ts";

describe("HTTP", () => {
  const HTTP = { methods: ["GET"], paths: [{ prefix: "/api" }] };
  const NOT_ENFORCED = "policy/http-not-enforced http";

  test.each([
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

  test("R23: only on Allow", () => {
    expect(check({ action: "Deny", http: HTTP }).findings).toEqual(["policy/http-action http"]);
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
    ["udplite", "UDPLite", "Names are case-sensitive: write UDPLite."],
    ["ICMPV6", "ICMPv6", "Names are case-sensitive: write ICMPv6."],
    ["TPC", "TCP", 'Did you mean "TCP"?'],
  ])("for %s the right spelling is offered", (protocol, suggestion, hint) => {
    const given: unknown[] = [];
    checkRule({ action: "Allow", protocol }, INGRESS, (_code, params) => given.push(params));
    expect(given).toEqual([{ value: protocol, suggestion }]);
    expect(RULE_CODES["policy/protocol-invalid"].hint?.({ value: protocol, suggestion })).toBe(hint);
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
