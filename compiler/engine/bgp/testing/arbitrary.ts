import fc from "fast-check";
import type { BgpFilterOperation, BgpFilterRule, Community, SecretRef } from "../../../ir/bgp-model.ts";
import type { ModelObject } from "../../../ir/cluster-model.ts";
import {
  bgpConfig,
  bgpFilter,
  bgpPeer,
  block,
  cidr,
  ip,
  pod,
  pool,
  selector,
  service,
  slice,
} from "../../../ir/testing/objects.ts";
import type { Cidr, Ip } from "../../../net/cidr.ts";
import { bgpNode, filterRule } from "./cluster.ts";

/** Small clusters in which peers, selectors, filters and addresses meet: any valid set, not any sensible one. */

const small = fc.integer({ min: 1, max: 5 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const asNumber = fc.oneof(
  fc.constantFrom(64512, 65000, 4200000000, 4294967295),
  fc.integer({ min: 1, max: 0xffffffff }),
);
const address: fc.Arbitrary<Ip> = fc.oneof(
  small.map((n) => ip(`10.0.0.${n}`)),
  fc.integer({ min: 6, max: 254 }).map((n) => ip(`10.0.0.${n}`)),
  fc.integer({ min: 1, max: 0xffff }).map((n) => ip(`fd00::${n.toString(16)}`)),
);
const net4 = fc
  .tuple(fc.integer({ min: 0, max: 0xffffffff }), fc.integer({ min: 0, max: 32 }))
  .map(
    ([value, length]): Cidr =>
      cidr(`${value >>> 24}.${(value >> 16) & 255}.${(value >> 8) & 255}.${value & 255}/${length}`),
  );
const net6 = fc
  .tuple(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0, max: 128 }))
  .map(([group, length]): Cidr => cidr(`fd00:${group.toString(16)}:1::1/${length}`));
const net = fc.oneof(net4, net6);
const labels = fc.dictionary(fc.constantFrom("rack", "rr"), fc.constantFrom("x", "y"), { maxKeys: 2 });
const nodeSelector = fc
  .constantFrom("all()", "rack == 'x'", "has(rr)", "!has(rr)", "rack in {'x', 'y'}")
  .map(selector);
const secret: fc.Arbitrary<SecretRef> = fc.record({
  namespace: fc.constantFrom("", "kube-system"),
  name: fc.constantFrom("bgp", "mesh"),
  key: fc.constantFrom("a", "b"),
});
const community: fc.Arbitrary<Community> = fc.oneof(
  fc.tuple(fc.nat(0xffff), fc.nat(0xffff)).map((value): Community => ({ kind: "standard", value })),
  fc
    .tuple(fc.nat(0xffffffff), fc.nat(0xffffffff), fc.nat(0xffffffff))
    .map((value): Community => ({ kind: "large", value })),
);
const priority = fc.integer({ min: 1, max: 2147483646 });
const operation: fc.Arbitrary<BgpFilterOperation> = fc.oneof(
  community.map((value): BgpFilterOperation => ({ kind: "add-community", community: value })),
  fc
    .array(asNumber, { minLength: 1, maxLength: 3 })
    .map((asNumbers): BgpFilterOperation => ({ kind: "prepend-as-path", asNumbers })),
  priority.map((value): BgpFilterOperation => ({ kind: "set-priority", priority: value })),
);

function rule(nets: fc.Arbitrary<Cidr>): fc.Arbitrary<BgpFilterRule> {
  return fc
    .record({
      action: fc.constantFrom("accept" as const, "reject" as const),
      match: maybe(
        fc.record({
          cidr: nets,
          matchOperator: fc.constantFrom(
            "Equal" as const,
            "NotEqual" as const,
            "In" as const,
            "NotIn" as const,
          ),
          prefixLength: maybe(fc.record({ min: fc.nat(128), max: fc.nat(128) })),
        }),
      ),
      remotePeersOnly: fc.boolean(),
      interfaceGlob: maybe(fc.constantFrom("eth*", "*.calico", "*", "ens5.100")),
      peerType: maybe(fc.constantFrom("eBGP" as const, "iBGP" as const)),
      community: maybe(community),
      asPathPrefix: fc.array(asNumber, { maxLength: 3 }),
      priority: maybe(priority),
      operations: fc.array(operation, { maxLength: 3 }),
    })
    .map(({ match, ...rest }) => filterRule({ ...rest, ...match }));
}

const FILTERS = ["plain", "with.dots-and-dashes", `${"long".repeat(12)}.name`];

const filter = fc
  .tuple(
    fc.constantFrom(...FILTERS),
    fc.record({
      importV4: fc.array(rule(net4), { maxLength: 3 }),
      exportV4: fc.array(rule(net4), { maxLength: 3 }),
      importV6: fc.array(rule(net6), { maxLength: 3 }),
      exportV6: fc.array(rule(net6), { maxLength: 3 }),
    }),
  )
  .map(([name, given]) => bgpFilter(name, given));

const peerTarget = fc.oneof(
  fc.record({ peerIp: address, peerPort: maybe(fc.constantFrom(179, 1790)), asNumber }),
  fc.record({ peerSelector: nodeSelector }),
  fc.record({ localWorkloadSelector: fc.constantFrom("all()", "bgp == 'yes'").map(selector), asNumber }),
);
const peerScope = fc.oneof(
  fc.constant({}),
  fc.record({ node: small.map((n) => `n${n}`) }),
  fc.record({ nodeSelector }),
);
const peer = fc
  .tuple(
    fc.nat(9).map((n) => `peer-${n}`),
    peerTarget,
    peerScope,
    fc.record({
      localAsNumber: maybe(asNumber),
      nextHopMode: fc.constantFrom("Auto" as const, "Self" as const, "Keep" as const),
      keepOriginalNextHop: fc.boolean(),
      password: maybe(secret),
      sourceAddress: fc.constantFrom("UseNodeIP" as const, "None" as const),
      failureDetectionMode: fc.constantFrom("None" as const, "BFDIfDirectlyConnected" as const),
      restartMode: fc.constantFrom("GracefulRestart" as const, "LongLivedGracefulRestart" as const),
      maxRestartTime: maybe(fc.nat(4095)),
      keepaliveTime: maybe(fc.integer({ min: 1, max: 240 })),
      numAllowedLocalAsNumbers: fc.nat(10),
      ttlSecurity: fc.nat(255),
      reachableBy: maybe(address),
      filters: fc.uniqueArray(fc.constantFrom(...FILTERS), { maxLength: 3 }),
      reversePeering: fc.constantFrom("Auto" as const, "Manual" as const),
    }),
  )
  .map(([name, target, scope, traits]) => bgpPeer(name, { ...traits, ...target, ...scope }));

const ranges = fc.array(fc.oneof(fc.constant(cidr("10.96.0.0/12")), net), { maxLength: 2 });
const config = fc
  .tuple(
    fc.constantFrom("default", "node.n1"),
    fc.record({
      logSeverity: fc.constantFrom(undefined, "Debug", "Info", "Fatal"),
      nodeToNodeMesh: maybe(fc.boolean()),
      asNumber: maybe(asNumber),
      serviceClusterIps: ranges,
      serviceExternalIps: ranges,
      serviceLoadBalancerIps: ranges,
      serviceLoadBalancerAggregation: fc.boolean(),
      prefixAdvertisements: fc.array(
        fc.record({ cidr: net, communities: fc.array(community, { maxLength: 2 }) }),
        { maxLength: 2 },
      ),
      listenPort: maybe(fc.constantFrom(179, 1790)),
      nodeMeshPassword: maybe(secret),
      nodeMeshMaxRestartTime: maybe(fc.nat(4095)),
      bindMode: fc.constantFrom("None" as const, "NodeIP" as const),
      ignoredInterfaces: fc.array(fc.constantFrom("foo*", "bar"), { maxLength: 2 }),
      localWorkloadPeeringIp4: maybe(fc.constant(ip("169.254.1.1"))),
      localWorkloadPeeringIp6: maybe(fc.constant(ip("fe80::1"))),
      normalRoutePriority4: fc.constantFrom(1024, 80),
      normalRoutePriority6: fc.constantFrom(1024, 2147483646),
    }),
  )
  .map(([name, given]) => bgpConfig(name, given));

const mode = fc.constantFrom("Never" as const, "Always" as const, "CrossSubnet" as const);
const ipPool = fc
  .tuple(small, net, fc.record({ vxlanMode: mode, disableBgpExport: fc.boolean() }))
  .map(([n, of, given]) => pool(`pool-${n}`, "10.0.0.0/8", { ...given, cidr: of }));

const node = fc
  .tuple(
    small,
    fc.record({
      labels,
      as: fc.constantFrom(undefined, 65001),
      v6: fc.boolean(),
      v4: fc.boolean(),
      cluster: fc.constantFrom(undefined, "244.0.0.1", "244.0.0.2"),
    }),
  )
  .map(([n, given]) =>
    bgpNode(`n${n}`, given.v4 ? `10.0.0.${n}/24` : undefined, {
      labels: given.labels,
      ...(given.as === undefined ? {} : { as: given.as }),
      ...(given.v6 || !given.v4 ? { v6: `fd00::${n}` } : {}),
      ...(given.cluster === undefined ? {} : { cluster: given.cluster }),
    }),
  );
const ownBlock = fc
  .tuple(small, net)
  .map(([n, of]) => ({ ...block("10.0.0.0/26", { affinity: `n${n}`, cidr: of }), key: `block-${n}` }));
const services = small.map((n) =>
  service("ns", `svc-${n}`, {
    type: "LoadBalancer",
    clusterIps: [ip(`10.96.0.${n}`)],
    externalTrafficPolicy: n % 2 === 0 ? "Local" : "Cluster",
  }),
);
const slices = fc.tuple(small, small).map(([n, m]) =>
  slice("ns", `svc-${n}-a`, {
    service: `svc-${n}`,
    addressType: "IPv4",
    endpoints: [{ addresses: [ip("10.0.1.1")], ready: true, node: `n${m}` }],
  }),
);

const workload = fc.tuple(small, fc.nat(3), fc.boolean(), fc.boolean()).map(([n, index, speaks, six]) =>
  pod(`n${n}`, `ns/pod-${index}`, {
    labels: speaks ? { bgp: "yes" } : {},
    addresses: [cidr(`10.65.${n}.${index}/32`), ...(six ? [cidr(`fd65::${n}:${index}/128`)] : [])],
  }),
);

/** Objects of distinct keys; all filters always exist, since a dangling name is an error of its own. */
export const bgpObjects: fc.Arbitrary<readonly ModelObject[]> = fc
  .tuple(
    fc.uniqueArray(node, { minLength: 2, maxLength: 5, selector: ({ name }) => name }),
    fc.uniqueArray(peer, { maxLength: 6, selector: ({ name }) => name }),
    fc.array(filter, { maxLength: 4 }),
    fc.array(fc.oneof(config, ipPool, ownBlock, services, slices, workload), { maxLength: 12 }),
  )
  .map(([nodes, peers, filters, others]) => {
    const all: readonly ModelObject[] = [
      ...FILTERS.map((name) => bgpFilter(name)),
      ...nodes,
      ...peers,
      ...filters,
      ...others,
    ];
    return [...new Map(all.map((object) => [`${object.kind} ${object.key}`, object])).values()];
  });
