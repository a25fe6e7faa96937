import { describe, expect, test } from "vitest";
import type { ModelObject } from "../ir/cluster-model.ts";
import { parseCidr } from "../net/cidr.ts";
import { blockOfUnknownNode } from "./block-of-unknown-node.ts";
import { blockOutsidePools } from "./block-outside-pools.ts";
import { duplicateNodeAddress } from "./duplicate-node-address.ts";
import { poolInServiceRange } from "./pool-in-service-range.ts";
import { poolOverlap } from "./pool-overlap.ts";
import { resource, run } from "./testing/run.ts";
import { tunnelOutsidePools } from "./tunnel-outside-pools.ts";
import { workloadOutsidePools } from "./workload-outside-pools.ts";

const pool = (name: string, cidr: string) => resource("IPPool", name, { cidr });
const block = (cidr: string, affinity: string) =>
  resource("IPAMBlock", "b", { cidr, affinity, allocations: [null, null], unallocated: [0, 1] });
const node = (name: string, spec: object = {}) => resource("Node", name, spec);

function workload(address: string): ModelObject {
  return {
    kind: "workload-endpoint",
    key: "n1/k8s/shop.api/eth0",
    origin: { file: "test.yaml", document: 0, path: [] },
    source: "inventory",
    node: "n1",
    orchestrator: "k8s",
    namespace: "shop",
    workload: "shop/api",
    endpoint: "eth0",
    interfaceName: "cali1",
    mac: undefined,
    labels: {},
    profiles: [],
    addresses: [parseCidr(address)!],
    ports: [],
    floatingIps: [],
    allowedSpoofSources: [],
    qos: { ingress: {}, egress: {} },
  };
}

describe("poolOverlap", () => {
  test("finds a pool inside another one, whichever comes first", () => {
    expect(run(poolOverlap, [...pool("a", "10.0.0.0/8"), ...pool("b", "10.1.0.0/16")])).toEqual([
      expect.stringContaining(
        "pool/overlap spec.cidr: IPPool(b) CIDR overlaps with IPPool(a) CIDR 10.0.0.0/8",
      ),
    ]);
    expect(run(poolOverlap, [...pool("b", "10.0.0.0/8"), ...pool("a", "10.1.0.0/16")])).toEqual([
      expect.stringContaining(
        "pool/overlap spec.cidr: IPPool(b) CIDR overlaps with IPPool(a) CIDR 10.1.0.0/16",
      ),
    ]);
  });

  test("tells two pools of one network apart from overlaps: the first name is in force", () => {
    expect(run(poolOverlap, [...pool("b", "10.0.0.0/8"), ...pool("a", "10.0.0.0/8")])).toEqual([
      expect.stringContaining("pool/duplicate-cidr spec.cidr: IPPool b has the same CIDR 10.0.0.0/8 as a"),
    ]);
  });

  test("leaves neighbours and other families alone", () => {
    const pools = [...pool("a", "10.0.0.0/9"), ...pool("b", "10.128.0.0/9"), ...pool("c", "fd00::/64")];
    expect(run(poolOverlap, pools)).toEqual([]);
  });
});

describe("blocks", () => {
  test("outside every pool are found", () => {
    const stray = block("10.9.0.0/31", "virtual:load-balancer");
    expect(run(blockOutsidePools, [...pool("a", "10.0.0.0/16"), ...stray])).toEqual([
      expect.stringContaining("ipam/block-outside-pools spec.cidr: Block 10.9.0.0/31"),
    ]);
    expect(run(blockOutsidePools, [...pool("a", "10.0.0.0/8"), ...stray])).toEqual([]);
  });

  test("of nodes that do not exist are found, with their affinities", () => {
    const affinity = resource("BlockAffinity", "x", {
      cidr: "10.9.0.0/31",
      node: "gone",
      state: "confirmed",
    });
    const owned = [...block("10.9.0.0/31", "host:gone"), ...affinity];
    expect(run(blockOfUnknownNode, [...node("n1"), ...owned])).toEqual([
      expect.stringContaining("ipam/unknown-node spec.affinity: Block 10.9.0.0/31"),
      expect.stringContaining("ipam/unknown-node spec.node: The affinity for block 10.9.0.0/31"),
    ]);
    expect(run(blockOfUnknownNode, [...node("gone"), ...owned])).toEqual([]);
    expect(run(blockOfUnknownNode, block("10.9.0.0/31", "virtual:load-balancer"))).toEqual([]);
  });
});

describe("workloadOutsidePools", () => {
  test("tells an address that no pool has", () => {
    expect(run(workloadOutsidePools, [...pool("a", "10.0.0.0/16"), workload("10.9.0.1/32")])).toEqual([
      expect.stringContaining("ipam/address-outside-pools: 10.9.0.1 of shop/api"),
    ]);
    expect(run(workloadOutsidePools, [...pool("a", "10.0.0.0/8"), workload("10.9.0.1/32")])).toEqual([]);
  });

  test("says nothing where there are no pools: another IPAM is at work", () => {
    expect(run(workloadOutsidePools, [workload("10.9.0.1/32")])).toEqual([]);
  });
});

describe("duplicateNodeAddress", () => {
  test("finds two nodes with one address", () => {
    const nodes = [
      ...node("n2", { bgp: { ipv4Address: "10.0.0.1/16" } }),
      ...node("n1", { bgp: { ipv4Address: "10.0.0.1/24", ipv6Address: "fd00::1" } }),
      ...node("n3", { bgp: { ipv4Address: "10.0.0.3/24", ipv6Address: "fd00::3" } }),
    ];
    expect(run(duplicateNodeAddress, nodes)).toEqual([
      "node/duplicate-address spec.bgp.ipv4Address: Node n2 has the address 10.0.0.1 of node n1.",
    ]);
  });
});

describe("poolInServiceRange", () => {
  const services = (spec: object) => resource("BGPConfiguration", "default", spec);
  const cluster = services({ serviceClusterIPs: [{ cidr: "10.96.0.0/12" }] });

  test("finds a pool inside of a range, and one around it", () => {
    const pools = [
      ...pool("a", "10.100.0.0/16"),
      ...pool("b", "10.0.0.0/8"),
      ...pool("c", "10.112.0.0/16"),
      ...pool("d", "fd00::/64"),
    ];
    expect(run(poolInServiceRange, [...pools, ...cluster])).toEqual([
      expect.stringContaining("pool/service-range spec.cidr: IPPool(a) CIDR overlaps with 10.96.0.0/12"),
      expect.stringContaining("pool/service-range spec.cidr: IPPool(b)"),
    ]);
    expect(run(poolInServiceRange, pools)).toEqual([]);
  });

  test("leaves pools alone from which load balancers get their addresses", () => {
    const ranges = services({ serviceLoadBalancerIPs: [{ cidr: "10.100.0.0/16" }] });
    const balancers = resource("IPPool", "lb", { cidr: "10.100.0.0/24", allowedUses: ["LoadBalancer"] });
    expect(run(poolInServiceRange, [...balancers, ...ranges])).toEqual([]);
  });
});

describe("tunnelOutsidePools", () => {
  const spec = {
    bgp: { ipv4IPIPTunnelAddr: "10.0.0.1" },
    ipv4VXLANTunnelAddr: "10.0.0.2",
    ipv6VXLANTunnelAddr: "fd00::2",
    wireguard: { interfaceIPv4Address: "10.0.0.3", interfaceIPv6Address: "fd00::3" },
  };

  test("finds every kind of tunnel", () => {
    expect(run(tunnelOutsidePools, [...pool("a", "10.9.0.0/16"), ...node("n1", spec)])).toEqual([
      expect.stringContaining("spec.bgp.ipv4IPIPTunnelAddr: The IPIP tunnel address 10.0.0.1 of node n1"),
      expect.stringContaining("spec.ipv4VXLANTunnelAddr: The VXLAN tunnel address 10.0.0.2"),
      expect.stringContaining("spec.ipv6VXLANTunnelAddr: The VXLAN tunnel address fd00::2"),
      expect.stringContaining("spec.wireguard.interfaceIPv4Address: The WireGuard tunnel address 10.0.0.3"),
      expect.stringContaining("spec.wireguard.interfaceIPv6Address: The WireGuard tunnel address fd00::3"),
    ]);
  });

  test("is content with addresses from pools, or from the node's own pod network", () => {
    const pools = [...pool("a", "10.0.0.0/16"), ...pool("b", "fd00::/64")];
    expect(run(tunnelOutsidePools, [...pools, ...node("n1", spec)])).toEqual([]);
  });
});
