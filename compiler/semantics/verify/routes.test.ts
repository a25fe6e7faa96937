import { describe, expect, test } from "vitest";
import * as make from "../../ir/testing/objects.ts";
import { hostOf, NODE, OWN_NODE } from "../evaluator/testing/host.ts";
import type { Dataplane, Match, Rule } from "../simulator/program.ts";
import { interfacesToTellApart, routesOf } from "./routes.ts";

function pod(name: string, given = {}) {
  return make.pod(NODE, `demo/${name}`, { interfaceName: `cali-${name}`, ...given });
}

describe("routes", () => {
  const floating = [
    { internal: make.ip("10.0.0.1"), external: make.ip("198.51.100.1") },
    { internal: make.ip("fd00::1"), external: make.ip("2001:db8::1") },
  ];
  const objects = [OWN_NODE, pod("a", { floatingIps: floating })];
  const words = (version: 4 | 6, floatingIps: boolean) =>
    routesOf(hostOf(objects, { floatingIps }), version).map(
      ({ kind, connection, translation }) => `${connection} ${kind} ${translation.kind}`,
    );

  test("are every kind in every state of a connection, translated by others or not", () => {
    const kinds = ["to-host", "forwarded", "sent", "sent-to-itself"];
    const expected = ["new", "established", "related"].flatMap((connection) =>
      kinds.flatMap((kind) => [`${connection} ${kind} none`, `${connection} ${kind} others`]),
    );
    // What belongs to no connection is not translated.
    const invalid = kinds.map((kind) => `invalid ${kind} none`);
    expect(words(4, false).toSorted()).toEqual([...expected, ...invalid].toSorted());
  });

  test("lead to each floating address of the version, where they are enabled", () => {
    const added = words(4, true).filter((word) => word.endsWith("floating"));
    expect(added.toSorted()).toEqual(
      ["new", "established", "related"]
        .flatMap((state) => [`${state} forwarded floating`, `${state} sent floating`])
        .toSorted(),
    );
    const to6 = routesOf(hostOf(objects, { floatingIps: true }), 6);
    const externals = to6.flatMap(({ translation }) =>
      translation.kind === "floating" ? [translation.external] : [],
    );
    expect(new Set(externals)).toEqual(new Set([floating[1]!.external]));
  });
});

describe("interfaces to tell apart", () => {
  function textWith(...names: readonly string[]): Dataplane {
    const matches = names.map(
      (name): Match => ({ kind: "interface", direction: "in", name, negated: false }),
    );
    const rule: Rule = { line: 1, text: "", matches, target: { kind: "accept" } };
    const chain = new Map([["FORWARD", [rule]]]);
    const none = new Map();
    return {
      version: 4,
      tables: { raw: none, mangle: none, nat: none, filter: chain },
      routes: [],
      sets: new Map(),
    };
  }

  test("are those that the resources name, one more of each prefix, another, and the loopback", () => {
    const host = hostOf([
      OWN_NODE,
      pod("a"),
      make.hostEndpoint(NODE, "bond", { interfaceName: "bond0" }),
      make.hostEndpoint(NODE, "wild", { interfaceName: "*" }),
      make.pod("n2", "demo/there", { interfaceName: "cali-there" }),
    ]);
    expect(interfacesToTellApart(host, textWith())).toEqual([
      "bond0",
      "cali-a",
      "cali0",
      "eth0",
      "eth1",
      "lo",
    ]);
  });

  test("are also those that the text names, and one more of each of its prefixes", () => {
    const host = hostOf([pod("a")], { interfacePrefixes: ["cali", "tap"] });
    expect(interfacesToTellApart(host, textWith("wg0", "ens+", "+", "cali-a"))).toEqual([
      "0",
      "cali-a",
      "cali0",
      "ens0",
      "eth0",
      "lo",
      "tap0",
      "wg0",
    ]);
  });

  test("the one more of a prefix is never one that is known", () => {
    const host = hostOf([pod("a", { interfaceName: "cali0" }), pod("b", { interfaceName: "cali1" })]);
    expect(interfacesToTellApart(host, textWith("cali3"))).toEqual(
      expect.arrayContaining(["cali0", "cali1", "cali2", "cali3"]),
    );
  });
});
