import { describe, expect, test } from "vitest";
import type { EntityMatch, PolicyRule } from "../../../ir/cluster-model.ts";
import { formatCidr } from "../../../net/cidr.ts";
import { SelectorFolder } from "../../../syntax/selector/folder.ts";
import type { RuleContext } from "./context.ts";
import { lowerRule, lowerRules } from "./lower.ts";
import type { EntityRule, Rule } from "./schema.ts";

const ORIGIN = { file: "x", document: 0, path: ["spec", "ingress", 0] };
const NAMESPACED: RuleContext = {
  owner: "namespaced policy",
  namespace: "prod",
  direction: "ingress",
  origin: ORIGIN,
  selectors: new SelectorFolder(),
};
const GLOBAL: RuleContext = { ...NAMESPACED, owner: "global policy", namespace: "" };

function lower(rule: Partial<Rule>, context = NAMESPACED): PolicyRule {
  const lowered = lowerRule({ action: "Allow", ...rule }, context);
  if (lowered === undefined) throw new Error("the rule is in error");
  return lowered;
}

function source(entity: EntityRule, context = NAMESPACED): EntityMatch {
  return lower({ source: entity }, context).source;
}

const ANYTHING: EntityMatch = {
  nets: [],
  notNets: [],
  selector: undefined,
  notSelector: undefined,
  ports: { ranges: [], names: [] },
  notPorts: { ranges: [], names: [] },
  service: undefined,
};

test("a rule of which only the action is given matches everything", () => {
  expect(lower({ action: "Pass" })).toEqual({
    action: "pass",
    ipVersion: undefined,
    protocol: undefined,
    notProtocol: undefined,
    icmp: undefined,
    notIcmp: undefined,
    source: ANYTHING,
    destination: ANYTHING,
    annotations: [],
    http: false,
    origin: ORIGIN,
  });
});

test.each([
  ["Allow", "allow"],
  ["Deny", "deny"],
  ["Log", "log"],
  ["Pass", "pass"],
] as const)("%s is %s", (action, lowered) => {
  expect(lower({ action }).action).toBe(lowered);
});

describe("protocol and IP version", () => {
  test.each([
    ["TCP", 6, undefined],
    ["UDP", 17, undefined],
    ["SCTP", 132, undefined],
    ["UDPLite", 136, undefined],
    ["ICMP", 1, 4],
    ["ICMPv6", 58, 6],
    [1, 1, undefined],
    [58, 58, undefined],
    ["58", 58, undefined],
  ])("%s is %s, and implies %s", (protocol, number, ipVersion) => {
    const rule = lower({ protocol });
    expect([rule.protocol, rule.ipVersion]).toEqual([number, ipVersion]);
  });

  test("an explicit version stays, a negated name implies none", () => {
    expect(lower({ ipVersion: 6 }).ipVersion).toBe(6);
    expect(lower({ notProtocol: "ICMP" })).toMatchObject({ notProtocol: 1, ipVersion: undefined });
  });

  test("ICMP type and code", () => {
    const rule = lower({ protocol: "ICMP", icmp: { type: 8 }, notICMP: { type: 3, code: 1 } });
    expect(rule.icmp).toEqual({ type: 8, code: undefined });
    expect(rule.notIcmp).toEqual({ type: 3, code: 1 });
  });
});

describe("ports and networks", () => {
  test("numbers and names part, order stays, repetitions go", () => {
    const { ports, notPorts } = lower({
      protocol: "TCP",
      destination: {
        ports: [443, "http", "80", "8000:8080", 80, "http", "443:443"],
        notPorts: ["metrics", 1],
      },
    }).destination;
    expect(ports).toEqual({
      ranges: [
        { first: 443, last: 443 },
        { first: 80, last: 80 },
        { first: 8000, last: 8080 },
      ],
      names: ["http"],
    });
    expect(notPorts).toEqual({ ranges: [{ first: 1, last: 1 }], names: ["metrics"] });
  });

  test("one network in two spellings is one", () => {
    const { nets } = lower({
      source: { nets: ["2001:DB8::/32", "2001:db8:0::/32", "2001:db8::/33"] },
    }).source;
    expect(nets.map(formatCidr)).toEqual(["2001:db8::/32", "2001:db8::/33"]);
  });
});

describe("folding, by the worked examples of the sheet (§3.7)", () => {
  test.each<[string, EntityRule, string | undefined, RuleContext]>([
    [
      "selector",
      { selector: "app == 'a'" },
      `(projectcalico.org/namespace == "prod" && app == "a")`,
      NAMESPACED,
    ],
    ["all namespaces", { namespaceSelector: "all()" }, "has(projectcalico.org/namespace)", NAMESPACED],
    [
      "global",
      { namespaceSelector: "global()", selector: "role == 'ext'" },
      `(!has(projectcalico.org/namespace) && role == "ext")`,
      NAMESPACED,
    ],
    [
      "namespace labels",
      { namespaceSelector: "env == 'x'", selector: "app == 'a'" },
      `(pcns.env == "x" && app == "a")`,
      NAMESPACED,
    ],
    [
      "service accounts",
      { serviceAccounts: { names: ["b", "a"], selector: "t == 'q'" }, selector: "z == '1'" },
      `(projectcalico.org/namespace == "prod" && ((pcsa.t == "q" && projectcalico.org/serviceaccount in {"a", "b"}) && z == "1"))`,
      NAMESPACED,
    ],
    [
      "notSelector only",
      { notSelector: "app == 'a'" },
      `(projectcalico.org/namespace == "prod" && !app == "a")`,
      NAMESPACED,
    ],
    ["networks only", { nets: ["10.0.0.0/8"] }, undefined, NAMESPACED],
    ["global policy", { selector: "app == 'a'" }, `app == "a"`, GLOBAL],
  ])("%s", (_, entity, canonical, context) => {
    const { selector, notSelector } = source(entity, context);
    expect(selector?.canonical).toBe(canonical);
    expect(notSelector).toBeUndefined();
  });

  test("without a positive selector the negative one stays", () => {
    const { selector, notSelector } = source({ notSelector: "app == 'a'" }, GLOBAL);
    expect(selector).toBeUndefined();
    expect(notSelector?.canonical).toBe(`app == "a"`);
  });
});

describe("services", () => {
  test("without a namespace it is the policy's own", () => {
    expect(source({ services: { name: "db" } }).service).toEqual({ namespace: "prod", name: "db" });
    expect(source({ services: { name: "db", namespace: "" } }).service?.namespace).toBe("prod");
  });

  test("and never a selector", () => {
    expect(source({ services: { name: "db", namespace: "x" } })).toEqual({
      ...ANYTHING,
      service: { namespace: "x", name: "db" },
    });
  });
});

test("annotations are sorted", () => {
  expect(lower({ metadata: { annotations: { b: "2", a: "1", B: "3" } } }).annotations).toEqual([
    ["B", "3"],
    ["a", "1"],
    ["b", "2"],
  ]);
});

test("an HTTP match is marked", () => {
  expect(lower({ http: { methods: ["GET"] } }).http).toBe(true);
});

describe("rules in error", () => {
  test.each<[string, Partial<Rule>]>([
    ["protocol", { protocol: "tcp" }],
    ["port", { protocol: "TCP", source: { ports: [0] } }],
    ["port without protocol", { source: { ports: [80] } }],
    ["network", { source: { notNets: ["10.0.0.0"] } }],
    ["selector", { destination: { selector: "a ==" } }],
    ["service", { source: { services: {} } }],
  ])("a bad %s makes the rule meaningless, and with it its list", (_, rule) => {
    expect(lowerRule({ action: "Deny", ...rule }, NAMESPACED)).toBeUndefined();
    expect(lowerRules([{ action: "Allow" }, { action: "Deny", ...rule }], () => NAMESPACED)).toBeUndefined();
  });

  test("a warning does not", () => {
    expect(lower({ source: { notNets: ["10.0.0.0/8"] } }).source.notNets.map(formatCidr)).toEqual([
      "10.0.0.0/8",
    ]);
  });
});
