import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FilterExpression, FilterStatement } from "../../dataplane/bird-filter.ts";
import { cidr, ip } from "../../ir/testing/objects.ts";
import { FilterProgram } from "./filter.ts";
import { matchesGlob } from "./filter-values.ts";
import { BLACKHOLE, type RibRoute, type RouteAttributes } from "./route.ts";

const route = (attributes: RouteAttributes = {}, more: Partial<RibRoute> = {}): RibRoute => ({
  cidr: cidr("10.0.0.64/26"),
  protocol: "blocks4",
  source: "static",
  path: "",
  preference: 200,
  way: BLACKHOLE,
  igpMetric: undefined,
  attributes,
  learned: undefined,
  ...more,
});

const program = new FilterProgram({
  routerId: { version: 4, value: 1 },
  log: undefined,
  include: undefined,
  constants: [
    { kind: "number", name: "base", value: 2147483647 },
    {
      kind: "prefixes",
      name: "nets",
      items: [
        { cidr: cidr("10.0.0.64/26"), within: false },
        { cidr: cidr("10.1.0.0/16"), within: true },
      ],
    },
  ],
  routines: [
    {
      kind: "function",
      name: "refuse_if",
      parameters: ["yes"],
      body: [
        { kind: "if", condition: { kind: "symbol", name: "yes" }, body: [{ kind: "reject" }], otherwise: [] },
      ],
    },
  ],
  protocols: [],
});

const run = (body: readonly FilterStatement[], of = route()): RibRoute | undefined =>
  program.run({ kind: "inline", body }, of);
const accepts = (condition: FilterExpression, of = route()): boolean =>
  run([{ kind: "if", condition, body: [{ kind: "accept" }], otherwise: [{ kind: "reject" }] }], of) !==
  undefined;

const net: FilterExpression = { kind: "attribute", attribute: "net" };
const pref: FilterExpression = { kind: "attribute", attribute: "bgp_local_pref" };
const metric: FilterExpression = { kind: "attribute", attribute: "krt_metric" };
const number = (value: number): FilterExpression => ({ kind: "number", value });
const compare = (
  left: FilterExpression,
  operator: "=" | "!=" | "~" | "!~" | "<" | ">",
  right: FilterExpression,
) => ({ kind: "compare", operator, left, right }) as const;

describe("BIRD's filter language", () => {
  test("a filter without a decision refuses", () => {
    expect(run([])).toBeUndefined();
  });

  test("a function's decision is the filter's", () => {
    const call = (value: boolean): FilterStatement => ({
      kind: "call",
      function: "refuse_if",
      arguments: [{ kind: "boolean", value }],
    });
    expect(run([call(true), { kind: "accept" }])).toBeUndefined();
    expect(run([call(false), { kind: "accept" }])).toBeDefined();
  });

  test.each<[string, boolean, Partial<RibRoute>]>([
    ["10.0.0.64/26", true, {}],
    ["10.0.0.64/27", false, {}],
    ["10.1.2.0/24", true, {}],
    ["10.0.0.0/8", false, {}],
  ])("%s in the prefix list: %s", (text, expected) => {
    expect(
      accepts(compare(net, "~", { kind: "symbol", name: "nets" }), route({}, { cidr: cidr(text) })),
    ).toBe(expected);
  });

  test("a prefix of the other family is in no network, and not equal to any", () => {
    const six = route({}, { cidr: cidr("fd00::/64") });
    const four: FilterExpression = { kind: "prefix", cidr: cidr("0.0.0.0/0") };
    expect(accepts(compare(net, "~", four), six)).toBe(false);
    expect(accepts(compare(net, "!~", four), six)).toBe(true);
    expect(accepts(compare(net, "=", four), six)).toBe(false);
  });

  test("undefined is smaller than everything and equal to nothing", () => {
    expect(accepts(compare(metric, "<", number(1024)))).toBe(true);
    expect(accepts(compare(pref, ">", number(5)))).toBe(false);
    expect(accepts(compare(pref, "=", number(0)))).toBe(false);
  });

  test("what cannot be computed refuses the route, whatever comes after", () => {
    const difference: FilterExpression = {
      kind: "subtract",
      left: { kind: "symbol", name: "base" },
      right: pref,
    };
    expect(
      run([{ kind: "assign", attribute: "krt_metric", value: difference }, { kind: "accept" }]),
    ).toBeUndefined();
    const hop = compare({ kind: "attribute", attribute: "bgp_next_hop" }, "~", {
      kind: "set",
      items: [{ kind: "ip", ip: ip("10.0.0.1") }],
    });
    expect(
      run([{ kind: "if", condition: hop, body: [], otherwise: [] }, { kind: "accept" }]),
    ).toBeUndefined();
  });

  test("differences wrap around at 32 bits", () => {
    const difference: FilterExpression = { kind: "subtract", left: number(1), right: number(2) };
    const left = run([{ kind: "assign", attribute: "krt_metric", value: difference }, { kind: "accept" }]);
    expect(left?.attributes.krtMetric).toBe(0xffffffff);
  });

  test("communities are added once, and AS numbers in front", () => {
    const add = (value: readonly number[]): FilterStatement => ({
      kind: "extend",
      attribute: "bgp_community",
      method: "add",
      argument: { kind: "community", value },
    });
    const prepend: FilterStatement = {
      kind: "extend",
      attribute: "bgp_path",
      method: "prepend",
      argument: number(65001),
    };
    const left = run(
      [add([1, 2]), add([1, 2]), add([3, 4]), prepend, { kind: "accept" }],
      route({ asPath: [65002] }),
    );
    expect(left?.attributes).toMatchObject({
      communities: [
        [1, 2],
        [3, 4],
      ],
      asPath: [65001, 65002],
    });
  });

  test("a path begins with the mask", () => {
    const mask = (...asNumbers: readonly number[]): FilterExpression =>
      compare({ kind: "attribute", attribute: "bgp_path" }, "~", { kind: "path-mask", asNumbers });
    const of = route({ asPath: [65001, 65002] });
    expect([accepts(mask(65001), of), accepts(mask(65001, 65002), of), accepts(mask(65002), of)]).toEqual([
      true,
      true,
      false,
    ]);
    expect(accepts(mask(65001))).toBe(false);
  });
});

test("a pattern of interfaces is a regular expression of `.*` and `.`", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
  const glob = fc.string({ unit: fc.constantFrom("a", "b", ".", "*", "?"), maxLength: 6 });
  fc.assert(
    fc.property(text, glob, (name, pattern) => {
      const expression = pattern.replaceAll(".", "\\.").replaceAll("*", ".*").replaceAll("?", ".");
      expect(matchesGlob(name, pattern)).toBe(new RegExp(`^${expression}$`).test(name));
    }),
    { numRuns: 3000, seed: 3 },
  );
});
