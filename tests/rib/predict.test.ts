import { describe, expect, test } from "vitest";
import { type Compilation, compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { formatCidr, parseCidr } from "../../compiler/net/cidr.ts";
import { formatIp, parseIp4Value } from "../../compiler/net/ip.ts";
import { diffRib, predictRoutes, speakersOf } from "../../compiler/rib.ts";
import { type Prediction, predictRibs } from "../../compiler/semantics/rib/predict.ts";
import { fixtureSteps } from "../fixtures.ts";
import { resource } from "./random-resource.ts";
import { randomTopology } from "./random-topology.ts";

function compiled(name: string, edit: (text: string) => string = (text) => text): Compilation {
  const { files } = fixtureSteps().find((step) => step.name === name)!;
  const edited = files.map(({ path, text }) => ({ path, text: edit(text) }));
  return compile(edited, { features: DEFAULT_FEATURES, compilerVersion: "test" });
}

/** `<protocol> <next hop>` of a speaker's routes to a prefix, best first. */
function routes({ ribs }: Prediction, speaker: string, prefix: string): readonly string[] {
  const found = ribs
    .find((rib) => rib.speaker === speaker)
    ?.prefixes.find(({ cidr }) => formatCidr(cidr) === prefix);
  return (found?.routes ?? []).map(({ protocol, attributes: { nextHop } }) =>
    nextHop === undefined ? protocol : `${protocol} ${formatIp(nextHop)}`,
  );
}

describe("the fixtures, as their topology has it", () => {
  test("in the mesh each node has one way to each block, by its owner", () => {
    const prediction = predictRoutes(compiled("mesh-to-reflectors/1"));
    expect(prediction.outcome).toBe("one");
    expect(routes(prediction, "w-2", "10.100.0.8/29")).toEqual(["Mesh_172_40_0_11 172.40.0.11"]);
    expect(prediction.sessions.filter(({ down }) => down !== undefined)).toEqual([]);
  });

  test("from two reflectors a client has each block twice, with the owner as next hop and originator", () => {
    const prediction = predictRoutes(compiled("mesh-to-reflectors/3"));
    expect(routes(prediction, "w-2", "10.100.0.8/29")).toEqual([
      "Node_172_40_0_21 172.40.0.11",
      "Node_172_40_0_22 172.40.0.11",
    ]);
    const [route] = prediction.ribs
      .find(({ speaker }) => speaker === "w-2")!
      .prefixes.find(({ cidr }) => formatCidr(cidr) === "10.100.0.8/29")!.routes;
    expect(formatIp(route!.attributes.originatorId!)).toBe("172.40.0.11");
    expect(route!.attributes.clusterList!.map(formatIp)).toEqual(["244.0.0.1"]);
  });

  test("a rack's nodes reach each other through the router only because it may show them their own AS", () => {
    const strict = (text: string) =>
      text.replaceAll("numAllowedLocalASNumbers: 1", "numAllowedLocalASNumbers: 0");
    expect(routes(predictRoutes(compiled("tor-racks")), "a-2", "10.110.0.8/29")).toEqual([
      "Node_10_10_1_1 10.10.1.11",
    ]);
    const refused = predictRoutes(compiled("tor-racks", strict));
    expect(routes(refused, "a-2", "10.110.0.8/29")).toEqual([]);
    expect(refused.ribs.find(({ speaker }) => speaker === "a-2")!.refused).toContainEqual(
      expect.objectContaining({ session: "Node_10_10_1_1", why: "as-loop" }),
    );
  });

  test("a single service address comes from the nodes with endpoints, and never from the excluded one", () => {
    const prediction = predictRoutes(compiled("service-advertisement"));
    const of = (prefix: string): readonly string[] => routes(prediction, "172.70.0.1", prefix);
    expect(of("10.96.0.10/32")).toEqual(["node_172_70_0_11_179 172.70.0.11"]);
    expect(of("198.51.100.10/32")).toEqual(["node_172_70_0_11_179 172.70.0.11"]);
    expect(of("198.51.101.7/32")).toHaveLength(2);
    expect(of("10.96.0.0/16")).toHaveLength(2);
    const unfiltered = predictRoutes(
      compiled("service-advertisement", (text) => text.replace(", filters: [own-routes]", "")),
    );
    // The other node has it from the mesh, and passes it on as its own.
    expect(routes(unfiltered, "172.70.0.1", "10.96.0.10/32")).toHaveLength(2);
  });

  test("an AS that the ends do not agree on keeps the session down, and either end says why", () => {
    const peer = `
---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: { name: wrong }
spec: { node: w-1, peerIP: 172.40.0.12, asNumber: 65001 }
`;
    const { sessions } = predictRoutes(
      compiled("mesh-to-reflectors/1", (text) => (text.includes("BGPConfiguration") ? text + peer : text)),
    );
    expect(
      sessions.filter(({ down }) => down !== undefined).map(({ speaker, down }) => `${speaker}: ${down}`),
    ).toEqual(["w-1: it expects AS 65001, and w-2 has AS 64512", "w-2: w-1 expects AS 65001, not AS 64512"]);
  });
});

test("a static route to a peer that is reachable by a gateway is ground that BGP does not bring", () => {
  expect(predictRoutes(compiled("bgp-mesh/2")).outcome).toBe("one");
});

test("of many equally good ways the kernel gets sixteen, those with the lowest gateways", () => {
  const routers = Array.from({ length: 20 }, (_, index) => `172.30.0.${101 + index}`);
  const peers = routers.map(
    (address) => `---
apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: { name: router-${address} }
spec: { peerIP: ${address}, asNumber: 65001 }
`,
  );
  const text = `apiVersion: projectcalico.org/v3
kind: Node
metadata: { name: n1 }
spec: { bgp: { ipv4Address: 172.30.0.1/24 } }
${peers.join("")}`;
  const compilation = compile([{ path: "n1.yaml", text }], {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
  });
  const { ribs } = predictRoutes(compilation, {
    routers: routers.map((name) => {
      const ip = { version: 4, value: parseIp4Value(name, 0, name.length) } as const;
      const interfaces = [{ name: "eth0", addresses: [{ ip, length: 24 }] }];
      const announces = [parseCidr("10.9.0.0/24")!];
      return { name, asNumber: 65001, routerId: ip, interfaces, gateways: [], announces };
    }),
  });
  const way = ribs[0]?.installed.find(({ cidr }) => formatCidr(cidr) === "10.9.0.0/24")?.way;
  expect(way?.kind === "unicast" && way.hops.map(({ via }) => via && formatIp(via))).toEqual(
    routers.slice(0, 16),
  );
});

test("a router outside learns from one node where all blocks are, tunnelled or not; internal peers do not", () => {
  const node = (name: string, address: string, tunnel: string, block: string) => [
    resource("Node", name, {
      bgp: { ipv4Address: `${address}/24` },
      ipv4VXLANTunnelAddr: tunnel,
      interfaces: [{ name: "eth0", addresses: [`${address}/24`] }],
    }),
    resource("IPAMBlock", block.replaceAll(/[./]/g, "-"), {
      cidr: block,
      affinity: `host:${name}`,
      allocations: Array(64).fill(null),
      attributes: [],
      unallocated: Array.from({ length: 64 }, (_, ordinal) => ordinal),
    }),
  ];
  const resources = [
    resource("BGPConfiguration", "default", { nodeToNodeMeshEnabled: false }),
    resource("IPPool", "pods", { cidr: "10.20.0.0/16", vxlanMode: "CrossSubnet" }),
    ...node("edge", "10.1.0.1", "10.20.0.1", "10.20.0.0/26"),
    ...node("near", "10.1.0.2", "10.20.1.1", "10.20.1.0/26"),
    ...node("peer", "10.1.0.3", "10.20.2.1", "10.20.2.0/26"),
    ...node("far", "10.2.0.4", "10.20.3.1", "10.20.3.0/26"),
    resource("BGPPeer", "tor", { node: "edge", peerIP: "10.1.0.254", asNumber: 65001 }),
    resource("BGPPeer", "peer", { node: "edge", peerIP: "10.1.0.3", asNumber: 64512 }),
  ];
  const files = [{ path: "all.yaml", text: resources.map((one) => JSON.stringify(one)).join("\n---\n") }];
  const compilation = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
  expect(compilation.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const ip = { version: 4, value: parseIp4Value("10.1.0.254", 0, 10) } as const;
  const interfaces = [{ name: "eth0", addresses: [{ ip, length: 24 }] }];
  const prediction = predictRoutes(compilation, {
    routers: [{ name: "tor", asNumber: 65001, routerId: ip, interfaces, gateways: [], announces: [] }],
  });
  const heard = (speaker: string, from: string) =>
    ["10.20.0.0/26", "10.20.1.0/26", "10.20.2.0/26", "10.20.3.0/26"].filter((block) =>
      routes(prediction, speaker, block).some((route) => route.startsWith(from)),
    );
  expect(heard("tor", "node_10_1_0_1")).toEqual([
    "10.20.0.0/26",
    "10.20.1.0/26",
    "10.20.2.0/26",
    "10.20.3.0/26",
  ]);
  expect(heard("peer", "Node_10_1_0_1")).toEqual(["10.20.0.0/26"]);
});

describe("the difference between two states", () => {
  test("reflectors beside the mesh: theirs are the only sessions that change", () => {
    const { speakers, outcomes } = diffRib(
      compiled("mesh-to-reflectors/1"),
      compiled("mesh-to-reflectors/2"),
    );
    expect(outcomes).toEqual(["one", "one"]);
    const worker = speakers.find(({ speaker }) => speaker === "w-1")!;
    expect(worker.sessions.map(({ session, kind }) => `${kind} ${session}`)).toEqual([
      "vanishes Mesh_172_40_0_21",
      "vanishes Mesh_172_40_0_22",
      "appears Node_172_40_0_21",
      "appears Node_172_40_0_22",
    ]);
    expect(worker.routes.filter(({ kind }) => kind === "vanishes")).toEqual([]);
  });

  test("the mesh off: no route of a worker vanishes or moves, only mesh sessions go", () => {
    const { speakers } = diffRib(compiled("mesh-to-reflectors/2"), compiled("mesh-to-reflectors/3"));
    const worker = speakers.find(({ speaker }) => speaker === "w-1")!;
    expect(worker.sessions.map(({ session, kind }) => `${kind} ${session}`)).toEqual([
      "vanishes Mesh_172_40_0_12",
      "vanishes Mesh_172_40_0_13",
      "vanishes Mesh_172_40_0_14",
    ]);
    expect(new Set(worker.routes.map(({ kind }) => kind))).not.toContain("vanishes");
  });

  test("a changed filter moves routes and restarts nothing", () => {
    const { speakers } = diffRib(
      compiled("tor-racks"),
      compiled("tor-racks", (text) =>
        text.replace(
          "Accept, matchOperator: In, cidr: 10.110.0.0/24",
          "Reject, matchOperator: In, cidr: 10.110.0.0/24",
        ),
      ),
    );
    expect(speakers.flatMap(({ sessions }) => sessions)).toEqual([]);
    expect(
      speakers
        .find(({ speaker }) => speaker === "a-2")!
        .routes.map(({ kind, cidr }) => `${kind} ${formatCidr(cidr)}`),
    ).toEqual(["vanishes 10.110.0.8/29"]);
  });

  test("a changed timer restarts the session at both ends, and moves nothing", () => {
    const { speakers } = diffRib(
      compiled("tor-racks"),
      compiled("tor-racks", (text) =>
        text.replace("peerIP: 10.10.2.1,", "peerIP: 10.10.2.1, keepaliveTime: 20s,"),
      ),
    );
    expect(
      speakers.map(({ speaker, sessions, routes: moved }) => [
        speaker,
        sessions.map(({ kind }) => kind),
        moved,
      ]),
    ).toEqual([
      ["b-1", ["restarts"], []],
      ["10.10.2.1", ["restarts"], []],
    ]);
  });

  test("the same resources make no difference", () => {
    expect(diffRib(compiled("tor-racks"), compiled("tor-racks")).speakers).toEqual([]);
  });
});

describe("several outcomes", () => {
  function outcomeOf(seed: number): string {
    const { files, routers } = randomTopology(seed);
    const compilation = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
    return predictRibs(speakersOf(compilation, { routers })).outcome;
  }

  // One of two equally good routes leads back to the router, which the older one decides whether it hears.
  test("where the age of equally good routes decides what a neighbour hears", () => {
    expect(outcomeOf(1510)).toBe("several");
  });

  // A filter asks for the interface of routes whose next hop a default route of BGP's then takes from under them.
  test("where an import filter asks for a way that changes while routes come", () => {
    expect(outcomeOf(1940)).toBe("several");
  });
});
