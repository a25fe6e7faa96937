import { describe, expect, test } from "vitest";
import type { ModelObject } from "../../ir/cluster-model.ts";
import { bgpConfig, bgpPeer, cidr, ip, pod, selector } from "../../ir/testing/objects.ts";
import { bgpNode, resolveCluster } from "./testing/cluster.ts";

const NODES = [bgpNode("a", "10.0.0.1/24"), bgpNode("b", "10.0.0.2/24")];

/** Code and field of every finding about the two nodes and what is given. */
function findings(...objects: readonly ModelObject[]): readonly string[] {
  return resolveCluster([...NODES, ...objects]).findings.map(({ code, path }) => `${code} ${path}`);
}

describe("topologies that cannot work are told at their place", () => {
  test.each<[string, ModelObject, string]>([
    ["a peer without AS", bgpPeer("p", { peerIp: ip("10.9.9.9") }), "bgp/peer-without-as spec.peerIP"],
    [
      "workload peers without AS",
      bgpPeer("p", { localWorkloadSelector: selector("all()") }),
      "bgp/peer-without-as spec",
    ],
    [
      "a node selector that matches nothing",
      bgpPeer("p", { nodeSelector: selector("rack == 'x'"), peerIp: ip("10.9.9.9"), asNumber: 65000 }),
      "bgp/peer-matches-no-node spec.nodeSelector",
    ],
    [
      "a node that does not exist",
      bgpPeer("p", { node: "x", peerIp: ip("10.9.9.9"), asNumber: 65000 }),
      "bgp/peer-matches-no-node spec.node",
    ],
    [
      "a peer selector that matches nothing",
      bgpPeer("p", { nodeSelector: selector("all()"), peerSelector: selector("has(rr)") }),
      "bgp/peer-selector-matches-no-node spec.peerSelector",
    ],
    [
      "a peer of a family that no node has",
      bgpPeer("p", { peerIp: ip("fd00::9"), asNumber: 65000 }),
      "bgp/peer-family spec.peerIP",
    ],
    [
      "another AS than the node's at the address",
      bgpPeer("p", { node: "a", peerIp: ip("10.0.0.2"), asNumber: 65000 }),
      "bgp/peer-as-mismatch spec.asNumber",
    ],
    [
      "a keepalive interval above the hold time",
      bgpPeer("p", { peerIp: ip("10.9.9.9"), asNumber: 65000, keepaliveTime: 241 }),
      "bgp/keepalive-exceeds-hold spec.keepaliveTime",
    ],
    [
      "a keepalive interval above half of it",
      bgpPeer("p", { peerIp: ip("10.9.9.9"), asNumber: 65000, keepaliveTime: 121 }),
      "bgp/keepalive-above-half-hold spec.keepaliveTime",
    ],
    [
      "a gateway of another family",
      bgpPeer("p", { peerIp: ip("10.9.9.9"), asNumber: 65000, reachableBy: ip("fd00::1") }),
      "bgp/reachable-by-family spec.reachableBy",
    ],
    [
      "a node of another AS in the mesh",
      bgpNode("c", "10.0.0.3/24", { as: 65000 }),
      "bgp/mesh-as-mismatch spec.bgp.asNumber",
    ],
    ["two nodes with one router id", bgpNode("c", "10.0.0.1/24"), "bgp/duplicate-router-id spec.bgp"],
    [
      "a reflector without clients",
      bgpNode("c", "10.0.0.3/24", { cluster: "1.1.1.1" }),
      "bgp/reflector-without-clients spec.bgp.routeReflectorClusterID",
    ],
    ["a configuration of no use", bgpConfig("other"), "bgp/configuration-not-used "],
  ])("%s", (_title, object, expected) => {
    expect(findings(object)).toContain(expected);
  });
});

test("a sound cluster has no findings", () => {
  expect(
    findings(
      bgpConfig("default", { nodeToNodeMesh: true, asNumber: 64600 }),
      bgpConfig("node.a", { listenPort: 500 }),
      bgpPeer("border", {
        peerIp: ip("10.0.0.254"),
        asNumber: 65000,
        keepaliveTime: 20,
        reachableBy: ip("10.0.0.253"),
      }),
    ),
  ).toEqual([]);
});

test("policy alone, without any node, is no reason to complain about selectors", () => {
  const objects = [
    bgpPeer("p", { nodeSelector: selector("has(rack)"), peerSelector: selector("has(rr)") }),
    bgpPeer("q", { node: "a", peerIp: ip("10.9.9.9"), asNumber: 65000 }),
  ];
  expect(resolveCluster(objects).findings).toEqual([]);
});

test("the mesh's AS is that of most nodes", () => {
  const objects = [
    bgpNode("a", "10.0.0.1/24", { as: 65001 }),
    bgpNode("b", "10.0.0.2/24", { as: 65001 }),
    bgpNode("c", "10.0.0.3/24"),
  ];
  expect(resolveCluster(objects).findings).toEqual([
    {
      code: "bgp/mesh-as-mismatch",
      path: "spec.bgp.asNumber",
      params: { node: "c", asNumber: 64512, expected: 65001 },
    },
  ]);
});

test("from a hundred nodes on the mesh is called large", () => {
  const many = Array.from({ length: 101 }, (_, i) => bgpNode(`n${i}`, `10.1.0.${i + 1}/16`));
  expect(resolveCluster(many).findings.map(({ code }) => code)).toEqual(["bgp/large-mesh"]);
  expect(resolveCluster(many.slice(1)).findings).toEqual([]);
});

describe("a workload that dials its node", () => {
  const objects = [
    ...NODES,
    pod("a", "default/router", { labels: { bgp: "yes" }, addresses: [cidr("10.65.0.9/32")] }),
    bgpPeer("pods", { localWorkloadSelector: selector("bgp == 'yes'"), asNumber: 65401 }),
  ];
  const config = bgpConfig("default", { nodeToNodeMesh: true, localWorkloadPeeringIp4: ip("169.254.1.1") });
  const told = (action: "DROP" | "RETURN" | "ACCEPT") =>
    resolveCluster([...objects, config], { defaultEndpointToHostAction: action }).findings;

  test("is told that the node drops it", () => {
    expect(told("DROP")).toEqual([
      { code: "bgp/workload-peer-dropped", path: "spec.localWorkloadSelector", params: { peer: "pods" } },
    ]);
  });

  test("is let in by any other action", () => {
    expect(told("RETURN")).toEqual([]);
    expect(told("ACCEPT")).toEqual([]);
  });

  test.each([
    ["no configuration", []],
    ["an IPv6 address only", [bgpConfig("default", { localWorkloadPeeringIp6: ip("fe80::1") })]],
  ])("is told that it has no address to dial: %s", (_, configs) => {
    const { findings } = resolveCluster([...objects, ...configs], { defaultEndpointToHostAction: "RETURN" });
    expect(findings).toEqual([
      {
        code: "bgp/workload-peer-without-address",
        path: "spec.localWorkloadSelector",
        params: { peer: "pods", version: 4 },
      },
    ]);
  });
});
