import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { buildSteps, spacesOf } from "./build.ts";
import { layOut } from "./layout.ts";
import type { LabPlan } from "./plan.ts";

const node = (name: string, bgp: string, extra = "") => `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: ${name} }
spec: { bgp: { ${bgp} }${extra} }
`;

const peer = (name: string, spec: string) => `apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: { name: ${name} }
spec: { asNumber: 65001, ${spec} }
`;

function planOf(...documents: readonly string[]): LabPlan {
  const files = [{ path: "all.yaml", text: documents.join("---\n") }];
  const { model, nodes, inputErrors } = compile(files, {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
  });
  expect(inputErrors).toBe(false);
  return layOut(
    "t",
    model,
    nodes.map(({ ir }) => ir),
  ).plan;
}

describe("layOut", () => {
  test("nodes of one subnet share a bridge, and the router of the subnet has an address that nobody has", () => {
    const { fabric, nodes } = planOf(
      node("a", "ipv4Address: 10.1.0.254/24"),
      node("b", "ipv4Address: 10.1.0.2/24"),
      node("c", "ipv4Address: 10.2.0.1/24"),
    );
    expect(fabric.segments.map(({ gateways }) => gateways)).toEqual([["10.1.0.253/24"], ["10.2.0.254/24"]]);
    const [a, b, c] = nodes.map(({ interfaces }) => interfaces[0]?.bridge);
    expect([a === b, a === c]).toEqual([true, false]);
    expect(nodes.map(({ gateways }) => gateways)).toEqual([["10.1.0.253"], ["10.1.0.253"], ["10.2.0.254"]]);
  });

  test("subnets of both IP versions that meet on an interface are one segment", () => {
    const { fabric } = planOf(
      node("a", 'ipv4Address: 10.1.0.1/24, ipv6Address: "fd01::1/64"'),
      node("b", 'ipv6Address: "fd01::2/64", ipv4Address: 10.1.0.2/24'),
    );
    expect(fabric.segments).toHaveLength(1);
    expect(fabric.segments[0]?.gateways).toEqual(["10.1.0.254/24", "fd01::ffff:ffff:ffff:fffe/64"]);
  });

  test("interfaces are those of the Node, and an address without a network gets one", () => {
    const { nodes } = planOf(
      node("a", "ipv4Address: 10.1.0.1", ', interfaces: [{ name: bond0, addresses: ["10.1.0.1"] }]'),
    );
    expect(nodes[0]?.interfaces).toMatchObject([{ device: "bond0", addresses: ["10.1.0.1/24"] }]);
  });

  test("a router on a subnet of the nodes, one elsewhere, and one behind another", () => {
    const { routers, fabric } = planOf(
      node("a", "ipv4Address: 10.1.0.1/24"),
      peer("near", "peerIP: 10.1.0.9"),
      peer("far", "peerIP: 10.9.0.1"),
      peer("behind", "peerIP: 10.8.0.1, reachableBy: 10.1.0.9"),
    );
    expect(routers.map(({ name, gateways }) => [name, gateways])).toEqual([
      ["10.1.0.9", ["10.1.0.254"]],
      ["10.8.0.1", ["10.8.0.0"]],
      ["10.9.0.1", ["10.9.0.0"]],
    ]);
    expect(routers[0]?.interfaces[1]?.addresses).toEqual(["10.8.0.0/31"]);
    expect(routers[0]?.interfaces[1]?.bridge).toBe(routers[1]?.interfaces[0]?.bridge);
    expect(fabric.routes).toEqual([{ subnet: "10.8.0.0/31", via: "10.1.0.9" }]);
    expect(routers[0]?.sessions).toMatchObject([
      {
        node: "a",
        local: "10.1.0.9",
        localAs: 65001,
        remote: "10.1.0.1",
        remoteAs: 64512,
        isInternal: false,
      },
    ]);
  });
});

describe("buildSteps", () => {
  const before = planOf(node("a", "ipv4Address: 10.1.0.1/24"), node("b", "ipv4Address: 10.1.0.2/24"));
  const all = new Set(spacesOf(before));

  test("nothing where nothing has changed", () => {
    expect(buildSteps(before, before, [...all], all)).toEqual({
      remove: [],
      machines: [],
      workloads: [],
      isFabricNew: false,
    });
  });

  test("a new node leaves the others' wires alone", () => {
    const after = planOf(
      node("a", "ipv4Address: 10.1.0.1/24"),
      node("aa", "ipv4Address: 10.1.0.3/24"),
      node("b", "ipv4Address: 10.1.0.2/24"),
    );
    const { remove, machines } = buildSteps(before, after, [...all], all);
    expect([remove, machines.map(({ name }) => name)]).toEqual([[], ["aa"]]);
  });

  test("a fabric that is not whole takes all machines with it", () => {
    const whole = new Set([...all].filter((space) => space !== before.fabric.space));
    const { remove, machines, isFabricNew } = buildSteps(before, before, [...all], whole);
    expect([remove.length, machines.length, isFabricNew]).toEqual([3, 2, true]);
  });
});
