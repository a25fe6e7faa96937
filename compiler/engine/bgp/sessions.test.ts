import { describe, expect, test } from "vitest";
import { isInternal } from "../../ir/bgp-ir.ts";
import {
  bgpConfig,
  bgpFilter,
  bgpPeer,
  cidr,
  ip,
  node,
  pod,
  profile,
  selector,
} from "../../ir/testing/objects.ts";
import { formatIp } from "../../net/ip.ts";
import {
  bgpNode,
  filterRule,
  resolveCluster,
  sessionNames,
  sessionOf,
  speakerOf,
} from "./testing/cluster.ts";

const MASTER = bgpNode("kube-master", "10.192.0.2/16");
const NODE_1 = bgpNode("kube-node-1", "10.192.0.3/16");
const NODE_2 = bgpNode("kube-node-2", "10.192.0.4/16");
const NODES = [MASTER, NODE_1, NODE_2];
const NO_MESH = bgpConfig("default", { nodeToNodeMesh: false });

describe("mesh", () => {
  test("is on by default, with every other node, per family", () => {
    const dual = [
      bgpNode("a", "10.0.0.1/24", { v6: "fd5f::1" }),
      bgpNode("b", "10.0.0.2/24", { v6: "fd5f::2" }),
      bgpNode("c", "10.0.0.3/24"),
    ];
    expect(sessionNames(dual, "a")).toEqual(["Mesh_10_0_0_2", "Mesh_10_0_0_3", "Mesh_fd5f__2"]);
    expect(sessionNames(dual, "c")).toEqual(["Mesh_10_0_0_1", "Mesh_10_0_0_2"]);
  });

  test("exactly one side dials, by the text of the addresses", () => {
    const nodes = [bgpNode("a", "10.0.0.9/24"), bgpNode("b", "10.0.0.10/24")];
    expect(sessionOf(nodes, "a", "Mesh_10_0_0_10").passive).toBe(false);
    expect(sessionOf(nodes, "b", "Mesh_10_0_0_9").passive).toBe(true);
  });

  test("takes password, restart time and ports from the configuration, and no filter", () => {
    const password = { namespace: "", name: "mesh", key: "password" };
    const session = sessionOf(
      [
        ...NODES,
        bgpConfig("default", { nodeMeshPassword: password, nodeMeshMaxRestartTime: 10.4, listenPort: 177 }),
        bgpConfig("node.kube-node-1", { listenPort: 500 }),
      ],
      "kube-master",
      "Mesh_10_192_0_3",
    );
    expect(session).toMatchObject({ password, gracefulRestartTime: 10, port: 500, importFilters: [] });
  });

  test("leaves a route reflector out, in both directions", () => {
    const nodes = [MASTER, NODE_1, bgpNode("rr", "10.192.0.9/16", { cluster: "244.0.0.1" })];
    expect(sessionNames(nodes, "kube-master")).toEqual(["Mesh_10_192_0_3"]);
    expect(sessionNames(nodes, "rr")).toEqual([]);
  });

  test("a node of another AS becomes an external peer", () => {
    const nodes = [MASTER, bgpNode("other", "10.192.0.9/16", { as: 4200000000 })];
    const session = sessionOf(nodes, "kube-master", "Mesh_10_192_0_9");
    expect([session.remoteAs, session.localAs, isInternal(session)]).toEqual([4200000000, 64512, false]);
  });

  test("gives way to an explicit peer with the same node, and says so", () => {
    const objects = [...NODES, bgpPeer("extra", { peerIp: ip("10.192.0.3"), asNumber: 64512 })];
    const { speakers, findings } = resolveCluster(objects);
    expect(speakers.get("kube-master")?.peers.map(({ name }) => name)).toEqual([
      "Global_10_192_0_3",
      "Mesh_10_192_0_4",
    ]);
    expect(findings.map(({ code }) => code)).toContain("bgp/mesh-and-explicit-peer");
  });
});

describe("explicit peers", () => {
  test("a global peer is everywhere, a node's own only there; the far node gets the reverse", () => {
    const objects = [
      ...NODES,
      NO_MESH,
      bgpPeer("border", { peerIp: ip("10.192.0.254"), asNumber: 65001, peerPort: 166 }),
      bgpPeer("rack", { node: "kube-node-1", peerIp: ip("fd00::1"), asNumber: 65002 }),
      bgpPeer("pair", { node: "kube-node-2", peerIp: ip("10.192.0.2"), asNumber: 64512 }),
    ];
    expect(sessionNames(objects, "kube-master")).toEqual(["Global_10_192_0_254_port_166", "Node_10_192_0_4"]);
    // kube-node-1 has no IPv6 address, hence no session with fd00::1.
    expect(sessionNames(objects, "kube-node-1")).toEqual(["Global_10_192_0_254_port_166"]);
    expect(sessionNames(objects, "kube-node-2")).toEqual(["Global_10_192_0_254_port_166", "Node_10_192_0_2"]);
  });

  test("only a global peer that is a node of the cluster may be passive", () => {
    const global = [...NODES, NO_MESH, bgpPeer("p", { peerIp: ip("10.192.0.3"), asNumber: 64512 })];
    expect(sessionOf(global, "kube-master", "Global_10_192_0_3").passive).toBe(true);
    expect(sessionOf(global, "kube-node-2", "Global_10_192_0_3").passive).toBe(false);
    const external = [...NODES, NO_MESH, bgpPeer("p", { peerIp: ip("10.192.0.30"), asNumber: 64512 })];
    expect(sessionOf(external, "kube-master", "Global_10_192_0_30").passive).toBe(false);
  });

  test("a peer address without port takes the listen port of the node that has it", () => {
    const config = bgpConfig("default", { nodeToNodeMesh: false, listenPort: 150 });
    const at = (address: string) =>
      bgpPeer("p", { node: "kube-master", peerIp: ip(address), asNumber: 64512 });
    expect(sessionNames([...NODES, config, at("10.192.0.3")], "kube-master")).toEqual([
      "Node_10_192_0_3_port_150",
    ]);
    expect(sessionNames([...NODES, config, at("10.192.0.30")], "kube-master")).toEqual(["Node_10_192_0_30"]);
    const own = bgpConfig("node.kube-node-1", { listenPort: 500 });
    expect(sessionNames([...NODES, config, own, at("10.192.0.3")], "kube-master")).toEqual([
      "Node_10_192_0_3_port_500",
    ]);
  });

  test("a peer address without AS takes that of the node that has it", () => {
    const nodes = [MASTER, bgpNode("far", "10.192.0.3/16", { as: 65100 })];
    const objects = [...nodes, NO_MESH, bgpPeer("p", { node: "kube-master", peerIp: ip("10.192.0.3") })];
    expect(sessionOf(objects, "kube-master", "Node_10_192_0_3").remoteAs).toBe(65100);
    expect(sessionOf(objects, "far", "Node_10_192_0_2").remoteAs).toBe(64512);
  });

  test("local AS decides what is internal; the far end expects it", () => {
    const objects = [
      ...NODES,
      NO_MESH,
      bgpPeer("p", {
        node: "kube-master",
        peerIp: ip("10.192.0.3"),
        asNumber: 64512,
        localAsNumber: 64999,
        numAllowedLocalAsNumbers: 1,
      }),
    ];
    const near = sessionOf(objects, "kube-master", "Node_10_192_0_3");
    expect([near.localAs, isInternal(near), near.allowedLocalAs]).toEqual([64999, false, 1]);
    const far = sessionOf(objects, "kube-node-1", "Node_10_192_0_2");
    expect([far.remoteAs, far.localAs, far.allowedLocalAs]).toEqual([64999, 64512, 0]);
  });

  test("carries password, source, timers, TTL security and filters, also in reverse", () => {
    const password = { namespace: "ns", name: "s", key: "k" };
    const traits = {
      password,
      gracefulRestartTime: 10,
      keepaliveTime: 20,
      ttlSecurity: 2,
      sourceAddress: undefined,
    };
    const objects = [
      ...NODES,
      NO_MESH,
      bgpFilter("f", { importV4: [filterRule()], exportV6: [filterRule()] }),
      bgpPeer("p", {
        node: "kube-master",
        peerIp: ip("10.192.0.3"),
        asNumber: 64512,
        password,
        sourceAddress: "None",
        maxRestartTime: 10,
        keepaliveTime: 20,
        ttlSecurity: 2,
        filters: ["f"],
      }),
    ];
    for (const [name, session] of [
      ["kube-master", "Node_10_192_0_3"],
      ["kube-node-1", "Node_10_192_0_2"],
    ] as const)
      expect(sessionOf(objects, name, session)).toMatchObject({
        ...traits,
        importFilters: ["f"],
        exportFilters: [],
      });
    expect(
      speakerOf(objects, "kube-master").filters.map(({ name, direction, version }) => [
        name,
        direction,
        version,
      ]),
    ).toEqual([["f", "import", 4]]);
  });

  test("next hop: an explicit mode always, the deprecated flag only towards external peers", () => {
    const peerOf = (given: Parameters<typeof bgpPeer>[1]) =>
      sessionOf(
        [MASTER, NO_MESH, bgpPeer("p", { peerIp: ip("10.192.0.9"), ...given })],
        "kube-master",
        "Global_10_192_0_9",
      ).nextHop;
    expect(peerOf({ asNumber: 65000, keepOriginalNextHop: true })).toBe("keep");
    expect(peerOf({ asNumber: 64512, keepOriginalNextHop: true })).toBe("auto");
    expect(peerOf({ asNumber: 64512, nextHopMode: "Keep" })).toBe("keep");
    expect(peerOf({ asNumber: 64512, nextHopMode: "Self" })).toBe("self");
  });

  test("bind mode NodeIP fixes the source address", () => {
    const peer = bgpPeer("p", { peerIp: ip("10.192.0.9"), asNumber: 65000, sourceAddress: "None" });
    const config = bgpConfig("default", { nodeToNodeMesh: false, bindMode: "NodeIP" });
    const { speakers, findings } = resolveCluster([MASTER, config, peer]);
    expect(speakers.get("kube-master")?.peers[0]?.sourceAddress).toEqual(ip("10.192.0.2"));
    expect(findings.map(({ code }) => code)).toEqual(["bgp/bind-needs-source"]);
  });
});

describe("selectors and reverse peering", () => {
  const rack = (name: string, address: string, label: string, given = {}) =>
    bgpNode(name, address, { labels: { group: label }, ...given });
  const nodes = [
    rack("a", "10.0.0.1/24", "one", { v6: "fd00::1" }),
    rack("b", "10.0.0.2/24", "two", { v6: "fd00::2" }),
    rack("c", "10.0.0.3/24", "two"),
  ];
  const peer = bgpPeer("p", {
    nodeSelector: selector("group == 'one'"),
    peerSelector: selector("group == 'two'"),
  });

  test("every pair of both sides peers, both families, both ways", () => {
    const objects = [...nodes, NO_MESH, peer];
    expect(sessionNames(objects, "a")).toEqual(["Node_10_0_0_2", "Node_10_0_0_3", "Node_fd00__2"]);
    expect(sessionNames(objects, "b")).toEqual(["Node_10_0_0_1", "Node_fd00__1"]);
    expect(sessionNames(objects, "c")).toEqual(["Node_10_0_0_1"]);
  });

  test("Manual makes no reverse", () => {
    const objects = [...nodes, NO_MESH, { ...peer, reversePeering: "Manual" as const }];
    expect(sessionNames(objects, "a")).toHaveLength(3);
    expect(sessionNames(objects, "b")).toEqual([]);
  });

  test("ports and AS come from the nodes", () => {
    const objects = [
      ...nodes,
      NO_MESH,
      bgpConfig("node.b", { listenPort: 500 }),
      { ...peer, localAsNumber: 64999, numAllowedLocalAsNumbers: 3 },
    ];
    expect(sessionOf(objects, "a", "Node_10_0_0_2_port_500")).toMatchObject({
      localAs: 64512,
      allowedLocalAs: 0,
      passive: false,
    });
  });

  test("a global peer wins over a node's own, an explicit one over the reverse, the first by name among equals", () => {
    const objects = [
      ...nodes,
      NO_MESH,
      bgpPeer("z-global", { peerIp: ip("10.9.9.9"), asNumber: 65000 }),
      bgpPeer("a-node", { node: "a", peerIp: ip("10.9.9.9"), asNumber: 65000, ttlSecurity: 1 }),
      bgpPeer("m-node", { node: "b", peerIp: ip("10.8.8.8"), asNumber: 65000 }),
      bgpPeer("n-node", { node: "b", peerIp: ip("10.8.8.8"), asNumber: 65000 }),
    ];
    const { speakers, findings } = resolveCluster(objects);
    expect(speakers.get("a")?.peers.map(({ name, resources }) => [name, resources])).toEqual([
      ["Global_10_9_9_9", ["z-global", "a-node"]],
    ]);
    expect(speakers.get("b")?.peers.map(({ name, resources }) => [name, resources])).toEqual([
      ["Global_10_9_9_9", ["z-global"]],
      ["Node_10_8_8_8", ["m-node", "n-node"]],
    ]);
    expect(findings).toEqual([
      { code: "bgp/duplicate-peer", path: "spec", params: expect.objectContaining({ peer: "a-node" }) },
      { code: "bgp/redundant-peer", path: "spec", params: { peer: "n-node", winner: "m-node" } },
    ]);
  });

  test("a given port reverses only to a node that listens on it", () => {
    const config = bgpConfig("default", { nodeToNodeMesh: false, listenPort: 150 });
    const own = bgpConfig("node.b", { listenPort: 500 });
    const at = (port: number) =>
      bgpPeer("p", { node: "a", peerIp: ip("10.0.0.2"), asNumber: 64512, peerPort: port });
    // Calico compares with the cluster's port even here; a node's own port is what it listens on.
    expect(sessionNames([...nodes, config, own, at(500)], "b")).toEqual(["Node_10_0_0_1_port_150"]);
    expect(sessionNames([...nodes, config, own, at(150)], "b")).toEqual([]);
  });

  test("a deleted node leaves no session behind", () => {
    const mesh = bgpPeer("all", { nodeSelector: selector("all()"), peerSelector: selector("all()") });
    expect(sessionNames([...nodes, NO_MESH, mesh], "c")).toHaveLength(2);
    expect(sessionNames([...nodes.slice(1), NO_MESH, mesh], "c")).toHaveLength(1);
  });
});

describe("route reflectors", () => {
  const reflector = (name: string, address: string, cluster: string) =>
    bgpNode(name, address, { cluster, labels: { rr: "true" } });
  const objects = [
    reflector("rr-1", "10.0.0.1/24", "244.0.0.1"),
    reflector("rr-2", "10.0.0.2/24", "244.0.0.1"),
    reflector("rr-3", "10.0.0.3/24", "244.0.0.2"),
    bgpNode("leaf", "10.0.0.9/24"),
    NO_MESH,
    bgpPeer("rr", { nodeSelector: selector("all()"), peerSelector: selector("has(rr)") }),
    bgpPeer("edge", { peerIp: ip("10.1.1.1"), asNumber: 64512 }),
    bgpPeer("tor", { peerIp: ip("10.1.1.2"), asNumber: 65000 }),
  ];
  const clusterOf = (node: string, session: string) => {
    const id = sessionOf(objects, node, session).reflectorCluster;
    return id && formatIp(id);
  };

  test("internal peers of another cluster, of none, or unknown are clients; the own cluster's and external are not", () => {
    expect(clusterOf("rr-1", "Node_10_0_0_9")).toBe("244.0.0.1");
    expect(clusterOf("rr-1", "Node_10_0_0_3")).toBe("244.0.0.1");
    expect(clusterOf("rr-1", "Node_10_0_0_2")).toBeUndefined();
    expect(clusterOf("rr-1", "Global_10_1_1_1")).toBe("244.0.0.1");
    expect(clusterOf("rr-1", "Global_10_1_1_2")).toBeUndefined();
    expect(clusterOf("leaf", "Node_10_0_0_1")).toBeUndefined();
  });

  test("without a client it is diagnosed", () => {
    const { findings } = resolveCluster([objects[0] ?? MASTER, MASTER]);
    expect(findings).toEqual([
      {
        code: "bgp/reflector-without-clients",
        path: "spec.bgp.routeReflectorClusterID",
        params: { node: "rr-1", cluster: "244.0.0.1" },
      },
    ]);
  });
});

describe("local workloads", () => {
  const red = pod("kube-master", "ns/red", {
    labels: { bgp: "yes" },
    addresses: [cidr("10.65.0.9/32"), cidr("fd00::9/128")],
  });
  const inherits = pod("kube-node-1", "ns/blue", {
    profiles: ["kns.ns"],
    addresses: [cidr("10.65.1.9/32")],
  });
  const peer = bgpPeer("tenants", {
    localWorkloadSelector: selector("bgp == 'yes'"),
    asNumber: 65401,
    localAsNumber: 65400,
    password: { namespace: "", name: "s", key: "k" },
    ttlSecurity: 3,
    keepaliveTime: 10,
  });
  const objects = [
    ...NODES,
    NO_MESH,
    red,
    inherits,
    profile("kns.ns", { labelsToApply: { bgp: "yes" } }),
    peer,
  ];

  test("each matching workload of the node itself, first address per family of the node, passive and bare", () => {
    expect(sessionNames(objects, "kube-master")).toEqual(["Local_Workload_10_65_0_9"]);
    expect(sessionNames(objects, "kube-node-1")).toEqual(["Local_Workload_10_65_1_9"]);
    expect(sessionNames(objects, "kube-node-2")).toEqual([]);
    expect(sessionOf(objects, "kube-master", "Local_Workload_10_65_0_9")).toMatchObject({
      passive: true,
      remoteAs: 65401,
      localAs: 65400,
      sourceAddress: undefined,
      password: undefined,
      ttlSecurity: 0,
      keepaliveTime: undefined,
      address: ip("10.65.0.9"),
    });
  });

  test("of several peers that select a workload the first by name is in force, wherever it is defined", () => {
    const own = bgpPeer("alone", {
      node: "kube-master",
      localWorkloadSelector: selector("bgp == 'yes'"),
      asNumber: 65402,
    });
    const session = sessionOf([...objects, own], "kube-master", "Local_Workload_10_65_0_9");
    expect(session).toMatchObject({ remoteAs: 65402, resources: ["alone", "tenants"] });
  });

  test("with bind mode NodeIP they dial the peering address", () => {
    const bound = bgpConfig("default", {
      nodeToNodeMesh: false,
      bindMode: "NodeIP",
      localWorkloadPeeringIp4: ip("169.254.1.1"),
    });
    const session = sessionOf([...NODES, bound, red, peer], "kube-master", "Local_Workload_10_65_0_9");
    expect(session.sourceAddress).toEqual(ip("169.254.1.1"));
  });
});

describe("nodes", () => {
  test("router ids: the IPv4 address, else Calico's hash of the name", () => {
    expect(formatIp(speakerOf(NODES, "kube-master").routerId)).toBe("10.192.0.2");
    const six = [bgpNode("kube-master", undefined, { v6: "fd00::1" })];
    expect(formatIp(speakerOf(six, "kube-master").routerId)).toBe("25.79.212.8");
  });

  test("a node without spec.bgp takes no part", () => {
    const { speakers } = resolveCluster([...NODES, node("bare")]);
    expect([...speakers.keys()]).toEqual(["kube-master", "kube-node-1", "kube-node-2"]);
    expect(speakers.get("kube-master")?.peers).toHaveLength(2);
  });

  test("a node never peers with itself", () => {
    const objects = [MASTER, NO_MESH, bgpPeer("p", { peerIp: ip("10.192.0.2"), asNumber: 64512 })];
    expect(sessionNames(objects, "kube-master")).toEqual([]);
  });
});
