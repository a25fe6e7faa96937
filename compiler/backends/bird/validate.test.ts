import { describe, expect, test } from "vitest";
import type { BgpOption, BgpProtocol, BirdConfig, KernelProtocol } from "../../dataplane/bird.ts";
import type { FilterExpression, FilterStatement } from "../../dataplane/bird-filter.ts";
import { cidr, ip } from "../../ir/testing/objects.ts";
import { ACCEPT, attribute, call, compare, set, symbol, text, when } from "./expressions.ts";
import { findProblems } from "./validate.ts";

const EMPTY: BirdConfig = {
  routerId: { version: 4, value: 1 },
  log: undefined,
  include: undefined,
  constants: [{ kind: "prefixes", name: "nets", items: [{ cidr: cidr("10.0.0.0/8"), within: true }] }],
  routines: [{ kind: "filter", name: "everything", body: [ACCEPT] }],
  protocols: [
    {
      kind: "bgp-template",
      name: "bgp4",
      options: [{ kind: "local", port: undefined, asNumber: 64512 }],
      channel: channel(4),
    },
  ],
};

function channel(version: 4 | 6): BgpProtocol["channel"] {
  return {
    version,
    gatewayRecursive: false,
    addPaths: false,
    nextHop: undefined,
    import: { kind: "filter", name: "everything" },
    export: { kind: "none" },
  };
}

function session(name: string, address: string, ...options: readonly BgpOption[]): BgpProtocol {
  return {
    kind: "bgp",
    name,
    template: "bgp4",
    options: [{ kind: "neighbor", ip: ip(address), port: undefined, asNumber: 65000 }, ...options],
    channel: channel(ip(address).version),
  };
}

function reasons(config: Partial<BirdConfig>): readonly string[] {
  const given = { ...EMPTY, ...config, protocols: [...EMPTY.protocols, ...(config.protocols ?? [])] };
  return findProblems(given).map(({ where, reason }) => `${where}: ${reason}`);
}

function filterReasons(condition: FilterExpression): readonly string[] {
  return reasons({
    routines: [...EMPTY.routines, { kind: "filter", name: "f", body: [when(condition, [ACCEPT])] }],
  });
}

test("a sound configuration has no problem", () => {
  expect(reasons({ protocols: [session("a", "10.0.0.1"), session("b", "10.0.0.2")] })).toEqual([]);
});

describe("protocols", () => {
  const kernel = (name: string): KernelProtocol => ({
    kind: "kernel",
    name,
    version: 4,
    scanTime: 2,
    metric: 1024,
    import: { kind: "none" },
    export: { kind: "none" },
  });

  test("two kernel protocols on one table, which crash the daemon later", () => {
    expect(reasons({ protocols: [kernel("k1"), kernel("k2")] })).toEqual([
      "k2: the kernel's IPv4 table already belongs to k1",
    ]);
  });

  test("static routes: twice, of another family, through another family", () => {
    const route = (net: string, via?: string) => ({
      cidr: cidr(net),
      via: via === undefined ? undefined : ip(via),
    });
    const routes = [
      route("10.0.0.0/8"),
      route("10.0.0.0/8"),
      route("fd00::/8"),
      route("10.1.0.0/16", "fd00::1"),
    ];
    expect(reasons({ protocols: [{ kind: "static", name: "s", version: 4, routes }] })).toEqual([
      "s: the route 10.0.0.0/8 is there twice",
      "s: the route fd00::/8 is not IPv4",
      "s: the gateway fd00::1 of 10.1.0.0/16 is of another family",
    ]);
  });

  test("names: twice, or none that BIRD can read", () => {
    expect(reasons({ protocols: [session("bgp4", "10.0.0.1")] })).toContain("bgp4: the name is given twice");
    expect(reasons({ protocols: [session("x y", "10.0.0.1")] })).toEqual([
      "x y: the name cannot be a symbol of BIRD",
    ]);
  });
});

describe("sessions", () => {
  test.each<[string, BgpProtocol[], string]>([
    [
      "one neighbor twice",
      [session("a", "10.0.0.1"), session("b", "10.0.0.1")],
      "b: a has the same neighbor",
    ],
    [
      "a source address of another family",
      [session("a", "10.0.0.1", { kind: "source-address", ip: ip("fd00::1") })],
      "a: the source address fd00::1 is of another family",
    ],
    [
      "the node itself",
      [session("a", "10.0.0.1", { kind: "source-address", ip: ip("10.0.0.1") })],
      "a: the neighbor is the node itself",
    ],
    [
      "strict bind to nothing",
      [session("a", "10.0.0.1", { kind: "strict-bind" })],
      "a: strict bind needs a source",
    ],
    [
      "a link-local neighbor",
      [session("a", "fe80::1")],
      "a: the link-local neighbor fe80::1 needs an interface",
    ],
    [
      "a keepalive time above the hold time",
      [session("a", "10.0.0.1", { kind: "keepalive-time", seconds: 241 })],
      "a: the keepalive time 241 s is not within",
    ],
    [
      "too many hops",
      [session("a", "10.0.0.1", { kind: "multihop", hops: 256 })],
      "a: 256 hops are not within",
    ],
    [
      "an external client",
      [session("a", "10.0.0.1", { kind: "rr-client" })],
      "a: only an internal neighbor can be",
    ],
    ["a missing template", [{ ...session("a", "10.0.0.1"), template: "x" }], "a: there is no template x"],
    [
      "a missing filter",
      [{ ...session("a", "10.0.0.1"), channel: { ...channel(4), import: { kind: "filter", name: "x" } } }],
      "a: there is no filter x",
    ],
    [
      "a channel of another family",
      [{ ...session("a", "10.0.0.1"), channel: channel(6) }],
      "a: the channel is not of the family",
    ],
  ])("%s", (_title, protocols, expected) => {
    expect(reasons({ protocols }).some((reason) => reason.startsWith(expected))).toBe(true);
  });
});

describe("filters", () => {
  const lengths = { kind: "lengths", cidr: cidr("10.0.0.0/8"), min: 8, max: 32 } as const;

  test("a comparison with a set never looks inside", () => {
    expect(filterReasons(compare(attribute("net"), "=", set(lengths)))).toHaveLength(1);
    expect(filterReasons(compare(attribute("net"), "!=", symbol("nets")))).toHaveLength(1);
    expect(filterReasons(compare(attribute("net"), "~", symbol("nets")))).toEqual([]);
  });

  test("a next hop matched with prefixes rejects every route", () => {
    expect(filterReasons(compare(attribute("bgp_next_hop"), "~", set(lengths)))).toHaveLength(1);
    expect(filterReasons(compare(attribute("bgp_next_hop"), "~", symbol("nets")))).toHaveLength(1);
    expect(
      filterReasons(compare(attribute("bgp_next_hop"), "~", set({ kind: "ip", ip: ip("10.0.0.1") }))),
    ).toEqual([]);
  });

  test("sets of mixed families", () => {
    const six = { ...lengths, cidr: cidr("fd00::/8") };
    expect(filterReasons(compare(attribute("net"), "~", set(lengths, six)))).toEqual([
      "f: a set mixes address families or kinds",
    ]);
  });

  test("texts that end early", () => {
    expect(filterReasons(compare(attribute("ifname"), "~", text('"; } #')))).toHaveLength(1);
  });

  test("calls of functions that come later, or want other arguments", () => {
    const body = (statement: FilterStatement) => [
      { kind: "filter" as const, name: "f", body: [statement] },
      { kind: "function" as const, name: "late", parameters: [], body: [] },
    ];
    expect(reasons({ routines: [...EMPTY.routines, ...body(call("late"))] })).toEqual([
      "f: function late is not defined before its use",
    ]);
    const [filter, late] = body(call("late", { kind: "boolean", value: true }));
    if (filter === undefined || late === undefined) throw new Error("unreachable");
    expect(reasons({ routines: [...EMPTY.routines, late, filter] })).toEqual([
      "f: function late is called with the wrong number of arguments",
    ]);
  });
});
