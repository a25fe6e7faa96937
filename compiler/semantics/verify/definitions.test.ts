import { describe, expect, test } from "vitest";
import { MemberList } from "../../ir/member-list.ts";
import type { IpSet, IpSetDefinition } from "../../ir/node-ir.ts";
import * as make from "../../ir/testing/objects.ts";
import { formatCidr } from "../../net/cidr.ts";
import { TCP } from "../condition.ts";
import {
  addressesOfService,
  hosts,
  namedPort,
  pools,
  portsOfService,
  selected,
} from "../evaluator/members.ts";
import { hostOf, NODE, OWN_NODE } from "../evaluator/testing/host.ts";
import { asItIs, definitionsOf } from "./definitions.ts";

const HOST = hostOf([
  OWN_NODE,
  make.pod(NODE, "demo/a", {
    addresses: [make.cidr("10.0.0.1")],
    qos: { ingress: {}, egress: {}, dscp: 10 },
  }),
]);

const NOTHING = new MemberList({ version: 4, kind: "net" });

function set(id: string, definition: IpSetDefinition): IpSet {
  return { id, type: "hash:net", definition, members4: NOTHING, members6: NOTHING };
}

const all = make.selector("all()");

/** Vectors of dataplane §12.3, and names that need no cut. */
const VECTORS: readonly (readonly [id: string, definition: IpSetDefinition, cut: string])[] = [
  [
    "s:5y5I3VdRZfDU01O--xXAPx2yxCQQqMf0M6IWug",
    { kind: "selector", selector: all },
    "s:5y5I3VdRZfDU01O--xXAPx2",
  ],
  [
    "n:cl9_Kgeu4H0OGLbhovVR3NBLUOZscKeMK1Mu4A",
    { kind: "named-port", selector: all, protocol: "tcp", port: "http" },
    "n:cl9_Kgeu4H0OGLbhovVR3NB",
  ],
  [
    "svc:s31wA7nVf9huzPDXWOKvDxxxxxxxxxxxxxxxxx",
    { kind: "service", namespace: "ns", name: "name", withPorts: true },
    "svc:s31wA7nVf9huzPDXWOKvD",
  ],
  ["network-ip-pools", { kind: "static", id: "network-ip-pools" }, "network-ip-pools"],
];

test.each(VECTORS)("%s has the kernel's name in both IP versions", (id, definition, cut) => {
  expect([...definitionsOf(HOST, [set(id, definition)]).keys()]).toEqual([`cali40${cut}`, `cali60${cut}`]);
});

describe("what sets mean", () => {
  const meaningOf = (definition: IpSetDefinition) =>
    definitionsOf(HOST, [set("x", definition)]).get("cali40x");
  const service = { namespace: "ns", name: "web" };

  test.each<readonly [IpSetDefinition, unknown]>([
    [{ kind: "selector", selector: all }, selected({ selector: all })],
    [
      { kind: "named-port", selector: all, protocol: "tcp", port: "http" },
      namedPort({ selector: all, notSelector: undefined }, "http", TCP),
    ],
    [
      { kind: "named-port", selector: all, protocol: "any", port: "http" },
      namedPort({ selector: all, notSelector: undefined }, "http", undefined),
    ],
    [{ kind: "service", ...service, withPorts: true }, portsOfService(service)],
    [{ kind: "service", ...service, withPorts: false }, addressesOfService(service)],
    [{ kind: "static", id: "all-hosts-net" }, hosts(HOST.settings, false)],
    [{ kind: "static", id: "all-vxlan-net" }, hosts(HOST.settings, true)],
    [{ kind: "static", id: "network-ip-pools" }, pools(false)],
    [{ kind: "static", id: "masq-ipam-pools" }, pools(true)],
  ])("%j", (definition, expected) => {
    expect(meaningOf(definition)).toEqual(expected);
  });

  test.each([
    ["this-host", ["127.0.0.1/32", "172.16.1.11/32", "::1/128", "fd16::11/128"]],
    ["dscp-src-net", ["10.0.0.1/32"]],
  ] as const)("%s: what the host itself tells", (id, expected) => {
    const { nets, triples } = HOST.sets.contents(meaningOf({ kind: "static", id })!);
    expect(triples).toEqual([]);
    // The node names its address twice: for BGP and on its interface.
    expect([...new Set(nets.map(formatCidr))].toSorted()).toEqual(expected);
  });

  test("a key tells the meanings apart", () => {
    const definitions = VECTORS.map(([id, definition]) => set(id, definition));
    const meanings = [...definitionsOf(HOST, definitions).values()].map(({ key }) => key);
    expect(new Set(meanings).size).toBe(VECTORS.length);
  });
});

test("a set that nothing defines means what it holds", () => {
  const contents = { line: 1, withPorts: false, nets: [make.cidr("10.0.0.0/8")], triples: [] };
  const { key, meaning } = asItIs("cali40x", contents);
  expect(key).toContain("cali40x");
  expect(HOST.sets.contents({ key, withPorts: false, meaning })).toMatchObject({
    nets: contents.nets,
    triples: [],
  });
});
