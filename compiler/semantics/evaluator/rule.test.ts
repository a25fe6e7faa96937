import { describe, expect, test } from "vitest";
import type { EntityMatch, PolicyRule } from "../../ir/cluster-model.ts";
import * as make from "../../ir/testing/objects.ts";
import { UDP } from "../condition.ts";
import { ruleMatches } from "./rule.ts";
import { modelOf, packet } from "./testing/cluster.ts";

const HTTP = { name: "http", protocol: 6, port: 80 };
const DNS = { name: "dns", protocol: UDP, port: 53 };

/** 10.0.0.1 is red through its profile, 10.0.0.2 blue and big, 10.1.0.0/16 a red set; the rest is unknown. */
const MODEL = modelOf(
  make.profile("kns.red", { labelsToApply: { color: "red", size: "small" } }),
  make.pod("n1", "red/a", {
    profiles: ["kns.red"],
    addresses: [make.cidr("10.0.0.1"), make.cidr("fd00::1")],
    ports: [HTTP, DNS],
  }),
  make.pod("n2", "blue/b", {
    labels: { color: "blue", size: "big" },
    addresses: [make.cidr("10.0.0.2")],
    ports: [{ ...HTTP, port: 8080 }],
  }),
  make.networkSet("set", { labels: { color: "red" }, nets: [make.cidr("10.1.0.0/16")] }),
  make.slice("default", "web", {
    endpoints: [{ addresses: [make.ip("10.0.0.9")], ready: false, node: undefined }],
    ports: [{ name: "", protocol: 6, port: 80 }],
  }),
);

function matches(given: Partial<PolicyRule>, probe = packet("10.0.0.1", "10.0.0.2")): boolean {
  return ruleMatches(MODEL, make.rule(given), probe);
}

/** Whether a rule on the source side matches a packet from the address. */
function from(given: Partial<EntityMatch>, source: string): boolean {
  return matches(
    { source: make.entity(given) },
    packet(source, source.includes(":") ? "fd00::9" : "9.9.9.9"),
  );
}

/** Whether a rule of the protocol on the destination side matches a packet of it to the address and port. */
function to(given: Partial<EntityMatch>, destination: string, port: number, protocol?: number): boolean {
  const probe = packet("9.9.9.9", destination, { protocol: protocol ?? 6, destinationPort: port });
  return matches({ protocol, destination: make.entity(given) }, probe);
}

test("an empty rule matches everything", () => {
  expect(matches({})).toBe(true);
});

describe("protocols", () => {
  test.each([
    [{ protocol: 6 }, true],
    [{ protocol: 17 }, false],
    [{ notProtocol: 6 }, false],
    [{ notProtocol: 17 }, true],
  ])("%j", (given, expected) => {
    expect(matches(given)).toBe(expected);
  });

  test.each([
    [{ icmp: { type: 8, code: undefined } }, true],
    [{ icmp: { type: 8, code: 1 } }, false],
    [{ icmp: { type: 0, code: undefined } }, false],
    [{ notIcmp: { type: 8, code: undefined } }, false],
    [{ notIcmp: { type: 8, code: 1 } }, true],
  ])("echo request against %j", (given, expected) => {
    const echo = packet("10.0.0.1", "10.0.0.2", { protocol: 1, icmp: { type: 8, code: 0 } });
    expect(matches({ protocol: 1, ...given }, echo)).toBe(expected);
  });

  test("what is not ICMP has no type", () => {
    expect(matches({ icmp: { type: 8, code: undefined } })).toBe(false);
  });
});

describe("networks", () => {
  const nets = [make.cidr("10.0.0.0/31"), make.cidr("10.0.0.8/31")];
  test("are alternatives, negated ones a conjunction", () => {
    expect(["10.0.0.1", "10.0.0.2", "10.0.0.9"].map((ip) => from({ nets }, ip))).toEqual([true, false, true]);
    expect(["10.0.0.1", "10.0.0.2", "10.0.0.9"].map((ip) => from({ notNets: nets }, ip))).toEqual([
      false,
      true,
      false,
    ]);
  });

  test("a rule of one version is none for the other", () => {
    expect(matches({ ipVersion: 6 })).toBe(false);
    expect(matches({ ipVersion: 4 })).toBe(true);
  });
});

describe("selectors", () => {
  const red = make.selector("color == 'red'");
  const small = make.selector("size == 'small'");
  test.each([
    [
      "a positive one: endpoints by inherited labels, and sets",
      { selector: red },
      [true, false, true, false],
    ],
    ["all(): whatever is known", { selector: make.selector("all()") }, [true, true, true, false]],
    ["a negative one alone: unknown addresses too", { notSelector: red }, [false, true, false, true]],
    [
      "both: one member must satisfy both",
      { selector: red, notSelector: small },
      [false, false, true, false],
    ],
  ])("%s", (_, given, expected) => {
    const probes = ["10.0.0.1", "10.0.0.2", "10.1.2.3", "9.9.9.9"];
    expect(probes.map((ip) => from(given, ip))).toEqual(expected);
  });

  test("an own label hides the inherited one", () => {
    const model = modelOf(
      make.profile("kns.red", { labelsToApply: { color: "red" } }),
      make.pod("n1", "red/a", { labels: { color: "blue" }, profiles: ["kns.red"] }),
    );
    const rule = make.rule({ source: make.entity({ selector: red }) });
    expect(ruleMatches(model, rule, packet("10.0.0.1", "9.9.9.9"))).toBe(false);
  });

  test("the first profile with a label wins", () => {
    const model = modelOf(
      make.profile("one", { labelsToApply: { color: "red" } }),
      make.profile("two", { labelsToApply: { color: "blue" } }),
      make.pod("n1", "red/a", { profiles: ["one", "two"] }),
    );
    const rule = make.rule({ source: make.entity({ selector: red }) });
    expect(ruleMatches(model, rule, packet("10.0.0.1", "9.9.9.9"))).toBe(true);
  });
});

describe("ports", () => {
  const ports = { ranges: [{ first: 80, last: 90 }], names: ["dns"] };
  test("ranges and names are alternatives", () => {
    expect(to({ ports }, "10.0.0.1", 90, UDP)).toBe(true);
    expect(to({ ports }, "10.0.0.1", 53, UDP)).toBe(true);
    expect(to({ ports }, "10.0.0.2", 53, UDP)).toBe(false);
    expect(to({ ports }, "10.0.0.1", 91, UDP)).toBe(false);
  });

  test("negated, none of them may match", () => {
    expect(to({ notPorts: ports }, "10.0.0.1", 80, UDP)).toBe(false);
    expect(to({ notPorts: ports }, "10.0.0.1", 53, UDP)).toBe(false);
    expect(to({ notPorts: ports }, "10.0.0.2", 53, UDP)).toBe(true);
  });

  test("a name is the port of the endpoint at that address, of the rule's protocol", () => {
    const http = { ports: { ranges: [], names: ["http"] } };
    expect(to(http, "10.0.0.1", 80, 6)).toBe(true);
    expect(to(http, "10.0.0.2", 80, 6)).toBe(false);
    expect(to(http, "10.0.0.2", 8080, 6)).toBe(true);
    expect(to(http, "10.0.0.2", 8080)).toBe(true);
    expect(to(http, "10.0.0.1", 80, UDP)).toBe(false);
  });

  test("names count only on endpoints that the selector matches", () => {
    const ofBlue = { selector: make.selector("color == 'blue'"), ports: { ranges: [], names: ["http"] } };
    expect(to(ofBlue, "10.0.0.1", 80, 6)).toBe(false);
    expect(to(ofBlue, "10.0.0.2", 8080, 6)).toBe(true);
  });

  test("a protocol without ports looks up names as TCP's", () => {
    const probe = packet("9.9.9.9", "10.0.0.1", { protocol: 136, destinationPort: 80 });
    const http = make.entity({ ports: { ranges: [], names: ["http"] } });
    expect(matches({ protocol: 136, destination: http }, probe)).toBe(false);
  });
});

describe("services", () => {
  const service = { namespace: "default", name: "web" };
  test("as the source: addresses, ready or not", () => {
    expect(from({ service }, "10.0.0.9")).toBe(true);
    expect(from({ service }, "10.0.0.1")).toBe(false);
  });

  test("as the destination: together with the ports", () => {
    expect(to({ service }, "10.0.0.9", 80)).toBe(true);
    expect(to({ service }, "10.0.0.9", 81)).toBe(false);
    expect(to({ service }, "10.0.0.9", 80, UDP)).toBe(false);
  });

  test("one without slices has no endpoints", () => {
    expect(from({ service: { namespace: "default", name: "other" } }, "10.0.0.9")).toBe(false);
  });
});
