import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Block, IpPool, ModelObject, Node, WorkloadEndpoint } from "../../ir/cluster-model.ts";
import { type Cidr, hostCidr } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { buildClusterRoutes, type ClusterRoute } from "./cluster-routes.ts";
import { block, cidr, enclosing, endpoint, ip, modelOf, node, pool, text, withIpip } from "./testing.ts";

function routesOf(...objects: readonly ModelObject[]): Readonly<Record<string, ClusterRoute>> {
  const { routes } = buildClusterRoutes(modelOf(...objects), "CalicoIPAM");
  return Object.fromEntries(routes.map((route) => [text(route.cidr), route]));
}

describe("cluster routes", () => {
  test("a block is a route to its owner, in the narrowest pool around it", () => {
    const routes = routesOf(
      pool("wide", "192.168.0.0/16"),
      pool("narrow", "192.168.4.0/24"),
      block("192.168.4.0/26", "n1"),
      block("192.168.9.0/26", "n2"),
    );
    expect(routes["192.168.4.0/26"]).toMatchObject({ node: "n1", workload: true, borrowed: false });
    expect(routes["192.168.4.0/26"]?.pool?.name).toBe("narrow");
    expect(routes["192.168.9.0/26"]?.pool?.name).toBe("wide");
  });

  test("a borrowed address is a route to its holder; an address in its owner's block is none", () => {
    const routes = routesOf(
      pool("p", "192.168.0.0/16"),
      block("192.168.4.0/26", "n1", { "192.168.4.1": "n1", "192.168.4.2": "n2" }),
    );
    expect(Object.keys(routes)).toEqual(["192.168.4.0/26", "192.168.4.2/32"]);
    expect(routes["192.168.4.2/32"]).toMatchObject({ node: "n2", workload: true });
  });

  test("every allocation of a block without an owner is a route of its own", () => {
    const routes = routesOf(
      pool("p", "192.168.0.0/16"),
      block("192.168.4.0/26", undefined, { "192.168.4.2": "n2" }),
    );
    expect(Object.keys(routes)).toEqual(["192.168.4.2/32"]);
  });

  test("a tunnel address inside its node's block is no workload; inside another's it is borrowed", () => {
    const routes = routesOf(
      pool("p", "192.168.0.0/16", { vxlanMode: "Always" }),
      block("192.168.4.0/26", "n1"),
      node("n1", ["10.0.0.1/24"], { vxlanTunnelAddress4: ip("192.168.4.0") }),
      node("n2", ["10.0.0.2/24"], { vxlanTunnelAddress4: ip("192.168.4.1") }),
    );
    expect(routes["192.168.4.0/32"]).toMatchObject({
      node: "n1",
      workload: false,
      tunnel: true,
      borrowed: false,
    });
    expect(routes["192.168.4.1/32"]).toMatchObject({
      node: "n2",
      workload: false,
      tunnel: true,
      borrowed: true,
    });
  });

  test("a tunnel address that is a block of its own is both", () => {
    const routes = routesOf(
      pool("p", "192.168.0.0/16", { vxlanMode: "Always" }),
      block("192.168.4.7/32", "n1"),
      node("n1", [], { vxlanTunnelAddress4: ip("192.168.4.7") }),
    );
    expect(routes["192.168.4.7/32"]).toMatchObject({ node: "n1", workload: true, tunnel: true });
  });

  test("a node's own address inside a pool is a host, not a workload", () => {
    const routes = routesOf(
      pool("p", "10.0.0.0/16"),
      block("10.0.0.1/32", "n2"),
      node("n1", ["10.0.0.1/24"]),
    );
    expect(routes["10.0.0.1/32"]).toMatchObject({ node: "n1", workload: false, host: true });
  });

  test("of several references to one address the first by node, then by kind, decides", () => {
    const routes = routesOf(
      pool("p", "192.168.0.0/16"),
      withIpip(node("b", ["10.0.0.2/24"]), "192.168.4.9"),
      node("a", ["10.0.0.1/24"], { vxlanTunnelAddress4: ip("192.168.4.9") }),
    );
    expect(routes["192.168.4.9/32"]).toMatchObject({ node: "a", tunnel: true });
  });

  test("without IPAM every workload's address is a route, and blocks are none", () => {
    const model = modelOf(
      pool("p", "192.168.0.0/16"),
      block("192.168.4.0/26", "n1", { "192.168.4.3": "n1" }),
      endpoint("n1", "web", ["192.168.4.3", "fd00::3"]),
    );
    const { routes } = buildClusterRoutes(model, "WorkloadIPs");
    expect(routes.map((route) => [text(route.cidr), route.node, route.workload])).toEqual([
      ["192.168.4.3/32", "n1", true],
      ["fd00::3/128", "n1", true],
    ]);
  });
});

describe("cluster routes, against an oracle without a trie", () => {
  test("agree on random pools, blocks, nodes and workloads", () => {
    fc.assert(
      fc.property(cluster, fc.constantFrom("CalicoIPAM" as const, "WorkloadIPs" as const), (c, source) => {
        const model = modelOf(...c.pools, ...c.blocks, ...c.nodes, ...c.endpoints);
        const got = buildClusterRoutes(model, source).routes.map(summary);
        expect(got).toEqual(oracle(c, source));
      }),
      { numRuns: 300, seed: 4096 },
    );
  });

  test("do not depend on the order of the objects", () => {
    fc.assert(
      fc.property(cluster, (c) => {
        const objects = [...c.pools, ...c.blocks, ...c.nodes, ...c.endpoints];
        const forth = buildClusterRoutes(modelOf(...objects), "CalicoIPAM").routes.map(summary);
        const back = buildClusterRoutes(modelOf(...objects.toReversed()), "CalicoIPAM").routes.map(summary);
        expect(back).toEqual(forth);
      }),
      { numRuns: 100, seed: 4097 },
    );
  });
});

interface Cluster {
  readonly pools: readonly IpPool[];
  readonly blocks: readonly Block[];
  readonly nodes: readonly Node[];
  readonly endpoints: readonly WorkloadEndpoint[];
}

// A small world, so that networks nest and addresses collide.
const NODE_NAMES = ["n1", "n2", "n3"];
const address = fc.nat({ max: 63 }).map((low) => `10.0.0.${low}`);
const optionalIp = fc.option(address.map(ip), { nil: undefined });
const network = (shortest: number, longest: number): fc.Arbitrary<string> =>
  fc
    .tuple(address, fc.integer({ min: shortest, max: longest }))
    .map(([a, length]) => text(cidr(`${a}/${length}`)));

const cluster: fc.Arbitrary<Cluster> = fc.record({
  pools: fc
    .uniqueArray(network(24, 28), { maxLength: 3 })
    .map((nets) => nets.map((net, i) => pool(`p${i}`, net))),
  blocks: fc
    .uniqueArray(
      fc.tuple(
        network(28, 32),
        fc.option(fc.constantFrom(...NODE_NAMES), { nil: undefined }),
        fc.array(fc.tuple(fc.nat({ max: 15 }), fc.constantFrom(...NODE_NAMES)), { maxLength: 3 }),
      ),
      { maxLength: 4, selector: ([net]) => net },
    )
    // Blocks never overlap: IPAM cuts a pool into equal parts.
    .map((blocks) =>
      blocks.filter(([net], i) => blocks.slice(0, i).every(([other]) => !overlap(cidr(net), cidr(other)))),
    )
    .map((blocks) =>
      blocks.map(([net, affinity, holders]) => block(net, affinity, inside(cidr(net), holders))),
    ),
  nodes: fc
    .tuple(
      ...NODE_NAMES.map(() =>
        fc.tuple(fc.option(address, { nil: undefined }), optionalIp, optionalIp, optionalIp),
      ),
    )
    .map((nodes) =>
      nodes.map(([own, vxlan, wireguard, ipip], i) => {
        const made = node(NODE_NAMES[i] ?? "", own === undefined ? [] : [`${own}/26`], {
          vxlanTunnelAddress4: vxlan,
          wireguard: {
            address4: wireguard,
            address6: undefined,
            publicKey4: undefined,
            publicKey6: undefined,
          },
        });
        return ipip === undefined ? made : withIpip(made, formatIp(ipip));
      }),
    ),
  endpoints: fc
    .array(fc.tuple(fc.constantFrom(...NODE_NAMES), address), { maxLength: 4 })
    .map((list) => list.map(([on, a], i) => endpoint(on, `w${i}`, [a]))),
});

function overlap(a: Cidr, b: Cidr): boolean {
  return enclosing([{ cidr: a }], b).length > 0 || enclosing([{ cidr: b }], a).length > 0;
}

function inside(
  net: Cidr,
  holders: readonly (readonly [number, string])[],
): Readonly<Record<string, string>> {
  const size = 2 ** (32 - net.length);
  return Object.fromEntries(
    holders.map(([offset, holder]) => [
      formatIp({ version: 4, value: Number(net.value) + (offset % size) }),
      holder,
    ]),
  );
}

function summary({ cidr: net, pool: of, ...rest }: ClusterRoute): object {
  return { cidr: text(net), pool: of?.name, ...rest };
}

/** Sheet 1.6 said again, one network at a time, by searching plain lists. */
function oracle(c: Cluster, source: "CalicoIPAM" | "WorkloadIPs"): readonly object[] {
  const owned: { cidr: Cidr; node: string }[] = [];
  const references: { cidr: Cidr; node: string; kind: number }[] = [];
  const hosts: { cidr: Cidr; node: string }[] = [];
  if (source === "CalicoIPAM")
    for (const { cidr: net, affinity, allocations } of c.blocks) {
      if (affinity !== undefined) owned.push({ cidr: net, node: affinity });
      for (const { ip: used, node: holder } of allocations)
        if (holder !== undefined && holder !== affinity) owned.push({ cidr: hostCidr(used), node: holder });
    }
  else
    for (const { addresses, node: on } of c.endpoints)
      for (const net of addresses) references.push({ cidr: net, node: on, kind: 0 });
  for (const { name, bgp, wireguard, vxlanTunnelAddress4 } of c.nodes) {
    for (const [kind, tunnel] of [
      [1, wireguard.address4],
      [2, bgp?.ipipTunnelAddress],
      [3, vxlanTunnelAddress4],
    ] as const)
      if (tunnel !== undefined) references.push({ cidr: hostCidr(tunnel), node: name, kind });
    if (bgp?.ipv4 !== undefined) hosts.push({ cidr: hostCidr(bgp.ipv4.ip), node: name });
  }

  const all = [...owned, ...references, ...hosts].map((item) => text(item.cidr));
  return [...new Set(all)]
    .map(cidr)
    .toSorted((a, b) => Number(a.value) - Number(b.value) || a.length - b.length)
    .map((net) => {
      const here = <T extends { cidr: Cidr; node: string }>(items: readonly T[]): readonly T[] =>
        items.filter((item) => text(item.cidr) === text(net)).toSorted((a, b) => (a.node < b.node ? -1 : 1));
      // The last claim on one address is the holder's, as blocks come before what was taken out of them.
      const claim = owned.findLast((item) => text(item.cidr) === text(net));
      const owner = enclosing(owned, net).at(-1);
      const first = here(references).toSorted((a, b) =>
        a.node === b.node ? a.kind - b.kind : a.node < b.node ? -1 : 1,
      )[0];
      const host = here(hosts)[0];
      const to = first?.node ?? host?.node ?? claim?.node ?? "";
      const kinds = here(references).filter((reference) => reference.node === to);
      return {
        cidr: text(net),
        pool: enclosing(c.pools, net).at(-1)?.name,
        node: to,
        workload: kinds.some(({ kind }) => kind === 0) || (host === undefined && claim !== undefined),
        tunnel: kinds.some(({ kind }) => kind > 0),
        host: here(hosts).some((item) => item.node === to),
        borrowed: first !== undefined && owner !== undefined && owner.node !== to,
      };
    });
}
