import fc from "fast-check";
import * as make from "../../ir/testing/objects.ts";
import { cidrContainsIp } from "../../net/cidr.ts";
import { filterRule } from "../bgp/testing/cluster.ts";
import { address, labels, namespace, nodeName, selector, smallNumber } from "./words.ts";

const encapMode = fc.constantFrom("Never" as const, "Always" as const, "CrossSubnet" as const);
export const pool = fc
  .tuple(
    fc.constantFrom("pool1", "pool2"),
    fc.constantFrom("10.0.0.0/24", "10.1.0.0/24", "fd00::/64"),
    fc.record({
      ipipMode: encapMode,
      vxlanMode: encapMode,
      natOutgoing: fc.boolean(),
      allowedUses: fc.constantFrom(["LoadBalancer" as const], ["Workload" as const, "Tunnel" as const]),
    }),
  )
  .map(([name, range, given]) => make.pool(name, range, given));

export const node = fc
  .tuple(
    nodeName,
    fc.record({
      labels,
      bgp: fc.option(
        smallNumber.map((n) => make.speaker(`172.16.0.${n + 1}/24`)),
        { nil: undefined },
      ),
      vxlanTunnelAddress4: fc.option(fc.constant(make.ip("10.0.0.200")), { nil: undefined }),
      wireguard: fc.constantFrom(
        { address4: undefined, address6: undefined, publicKey4: undefined, publicKey6: undefined },
        { address4: make.ip("10.0.0.201"), address6: undefined, publicKey4: "key=", publicKey6: undefined },
      ),
      interfaces: fc.constantFrom(
        [],
        [
          { name: "eth0", addresses: [{ ip: make.ip("10.0.0.1"), length: 24 }] },
          { name: "eth1", addresses: [{ ip: make.ip("fd00::1"), length: 64 }] },
        ],
      ),
    }),
  )
  .map(([name, given]) => make.node(name, given));

export const block = fc
  .tuple(
    fc.constantFrom("10.0.0.0/30", "10.0.1.0/30", "fd00::/126", "10.0.0.1/32"),
    fc.record({
      affinity: fc.option(nodeName, { nil: undefined }),
      allocations: fc.array(
        fc.record({
          ip: address.map(make.ip),
          node: fc.option(nodeName, { nil: undefined }),
          tunnel: fc.boolean(),
        }),
        { maxLength: 2 },
      ),
    }),
  )
  .map(([range, { affinity, allocations }]) => {
    const inside = allocations.filter(({ ip }) => cidrContainsIp(make.cidr(range), ip));
    return make.block(range, { affinity, allocations: inside });
  });

export const blockAffinity = fc
  .tuple(
    nodeName,
    fc.constantFrom("10.0.0.0/30", "10.0.1.0/30", "fd00::/126"),
    fc.record({
      affinityType: fc.constantFrom("host" as const, "host" as const, "virtual" as const),
      state: fc.constantFrom("confirmed" as const, "pending" as const, "pendingDeletion" as const),
    }),
  )
  .map(([name, range, given]) => make.blockAffinity(name, range, given));

export const kubernetesService = fc
  .tuple(
    namespace,
    fc.constantFrom("web", "api"),
    fc.record({
      type: fc.constantFrom("ClusterIP", "LoadBalancer"),
      clusterIps: fc.constantFrom([], [make.ip("10.96.0.10")]),
      externalIps: fc.constantFrom([], [make.ip("192.0.2.9")]),
      externalTrafficPolicy: fc.constantFrom("Cluster" as const, "Local" as const),
    }),
  )
  .map(([ns, name, given]) => make.service(ns, name, given));

export const bgpConfig = fc
  .tuple(
    fc.constantFrom("default", "node.n1"),
    fc.record({
      nodeToNodeMesh: fc.constantFrom(undefined, false),
      asNumber: fc.constantFrom(undefined, 65001),
      serviceClusterIps: fc.constantFrom([], [make.cidr("10.96.0.0/12")]),
      serviceExternalIps: fc.constantFrom([], [make.cidr("192.0.2.0/24")]),
      localWorkloadPeeringIp4: fc.constantFrom(undefined, make.ip("169.254.1.1")),
    }),
  )
  .map(([name, given]) => make.bgpConfig(name, given));

export const bgpPeer = fc
  .tuple(
    fc.constantFrom("peer1", "peer2"),
    fc.oneof(
      fc.record({ peerIp: fc.constant(make.ip("198.51.100.1")), asNumber: fc.constant(65010) }),
      fc.record({ node: fc.constant("n1"), peerSelector: selector }),
      fc.record({ nodeSelector: selector, peerSelector: selector }),
      fc.record({ localWorkloadSelector: selector, asNumber: fc.constant(65020) }),
    ),
    fc.constantFrom([], ["filter1"]),
  )
  .map(([name, given, filters]) => make.bgpPeer(name, { ...given, filters }));

export const bgpFilter = fc.boolean().map((reject) =>
  make.bgpFilter("filter1", {
    exportV4: reject
      ? [filterRule({ action: "reject", cidr: make.cidr("10.0.0.0/8"), matchOperator: "In" })]
      : [],
  }),
);

export const felixConfig = fc
  .tuple(
    fc.constantFrom("default", "selected", "node.n1"),
    selector,
    fc.record(
      {
        workloadSourceSpoofing: fc.constantFrom("Any" as const, "Disabled" as const),
        floatingIps: fc.boolean(),
        routeSource: fc.constantFrom("CalicoIPAM" as const, "WorkloadIPs" as const),
        natOutgoingExclusions: fc.constantFrom("IPPoolsOnly" as const, "IPPoolsAndHostIPs" as const),
        interfacePrefixes: fc.constantFrom(["cali"], ["cali", "eth"]),
        ipipEnabled: fc.boolean(),
        vxlanEnabled: fc.boolean(),
        wireguardEnabled: fc.boolean(),
        programClusterRoutes: fc.constantFrom("Enabled" as const, "Disabled" as const),
        serviceLoopPrevention: fc.constantFrom("Drop" as const, "Disabled" as const),
      },
      { requiredKeys: [] },
    ),
  )
  .map(([name, nodeSelector, settings]) => ({
    ...make.felixConfig(name, settings),
    nodeSelector: name === "selected" ? nodeSelector : undefined,
  }));
