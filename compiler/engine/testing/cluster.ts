import fc from "fast-check";
import type { ModelObject, ModelUpdate, PolicyRule } from "../../ir/cluster-model.ts";
import * as make from "../../ir/testing/objects.ts";
import { cidrContainsIp } from "../../net/cidr.ts";
import type { Labels } from "../../syntax/selector/ast.ts";

/**
 * Small clusters in which everything meets everything: few names, so that objects are changed and re-created, and few
 * labels and addresses, so that selectors match, classes merge and members are shared.
 */

const NODES = ["n1", "n2", "n3"];
const NAMESPACES = ["red", "blue"];
const PROFILES = ["kns.red", "kns.blue", "extra"];
const LABELS = ["a", "b", "c", "unique"];
const VALUES = ["x", "y", "xy", ""];
const PROTOCOLS = [6, 17, 132];

const nodeName = fc.constantFrom(...NODES);
const namespace = fc.constantFrom(...NAMESPACES);
const smallNumber = fc.integer({ min: 0, max: 3 });

const labels: fc.Arbitrary<Labels> = fc.dictionary(fc.constantFrom(...LABELS), fc.constantFrom(...VALUES), {
  maxKeys: 3,
});
const profiles = fc.uniqueArray(fc.constantFrom(...PROFILES), { maxLength: 2 });

const atom = fc.oneof(
  fc
    .tuple(fc.constantFrom(...LABELS), fc.constantFrom(...VALUES))
    .map(([label, value]) => `${label} == '${value}'`),
  fc
    .tuple(fc.constantFrom(...LABELS), fc.constantFrom(...VALUES))
    .map(([label, value]) => `${label} != '${value}'`),
  fc.constantFrom(...LABELS).map((label) => `has(${label})`),
  fc.constantFrom(...LABELS).map((label) => `!has(${label})`),
  fc.constantFrom(...LABELS).map((label) => `${label} in {'x', 'y'}`),
  fc.constantFrom(...LABELS).map((label) => `${label} not in {'xy'}`),
  fc.constantFrom(...LABELS).map((label) => `${label} starts with 'x'`),
  fc.constantFrom(...LABELS).map((label) => `${label} contains 'y'`),
  fc.constantFrom("all()", "global()", "a == 'x' && a == 'y'"),
);

export const selectorText: fc.Arbitrary<string> = fc.letrec<{ tree: string }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    atom,
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `(${a} && ${b})`),
    fc.tuple(tie("tree"), tie("tree")).map(([a, b]) => `(${a} || ${b})`),
    tie("tree").map((a) => `!(${a})`),
  ),
})).tree;
const selector = selectorText.map(make.selector);

const address = fc.oneof(
  smallNumber.map((n) => `10.0.0.${n}`),
  smallNumber.map((n) => `fd00::${n}`),
);
const net = fc.oneof(address, fc.constantFrom("10.0.0.0/8", "10.0.0.0/30", "0.0.0.0/0", "::/0", "fd00::/16"));
const nets = fc.array(net.map(make.cidr), { maxLength: 3 });
const portName = fc.constantFrom("http", "dns");
const ports = fc.array(
  fc.record({ name: portName, protocol: fc.constantFrom(...PROTOCOLS), port: fc.constantFrom(80, 53) }),
  { maxLength: 2 },
);

const portMatch = fc.record({
  ranges: fc.constantFrom([], [{ first: 80, last: 80 }]),
  names: fc.uniqueArray(portName, { maxLength: 2 }),
});
const service = fc.record({ namespace, name: fc.constantFrom("web", "api") });

const entityMatch = fc.oneof(
  fc.constant(make.entity()),
  fc
    .record({
      nets,
      notNets: nets,
      selector: fc.option(selector, { nil: undefined }),
      notSelector: fc.option(selector, { nil: undefined }),
      ports: portMatch,
      notPorts: portMatch,
    })
    .map(make.entity),
  service.map((ref) => make.entity({ service: ref })),
);

export const rule: fc.Arbitrary<PolicyRule> = fc
  .record({
    action: fc.constantFrom("allow" as const, "deny" as const, "pass" as const, "log" as const),
    protocol: fc.constantFrom(undefined, 1, ...PROTOCOLS),
    source: entityMatch,
    destination: entityMatch,
  })
  .map(make.rule);
const rules = fc.array(rule, { maxLength: 2 });

const order = fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY);
const directions = fc.constantFrom(
  ["ingress" as const],
  ["egress" as const],
  ["ingress" as const, "egress" as const],
);
const tierName = fc.constantFrom("default", "security", "absent");

const tier = fc
  .tuple(
    fc.constantFrom("default", "security"),
    fc.record({ order, defaultAction: fc.constantFrom("deny" as const, "pass" as const) }),
  )
  .map(([name, given]) => make.tier(name, given));

const policy = fc
  .tuple(
    fc.constantFrom("p1", "p2", "p3"),
    fc.record({
      namespace: fc.constantFrom("", ...NAMESPACES),
      tier: tierName,
      order,
      selector,
      directions,
      staged: fc.boolean(),
      doNotTrack: fc.constantFrom(false, false, false, true),
      preDnat: fc.constantFrom(false, false, false, true),
      applyOnForward: fc.boolean(),
      neededEverywhere: fc.constantFrom(false, false, true),
      ingress: rules,
      egress: rules,
    }),
  )
  .map(([name, given]) => make.policy(name, given));

const profile = fc
  .tuple(fc.constantFrom(...PROFILES), fc.record({ labelsToApply: labels, ingress: rules, egress: rules }))
  .map(([name, given]) => make.profile(name, given));

const floatingIp = fc
  .record({ internal: smallNumber, external: smallNumber })
  .map(({ internal, external }) => ({
    internal: make.ip(`10.0.0.${internal}`),
    external: make.ip(`192.0.2.${external}`),
  }));

const workload = fc
  .tuple(
    nodeName,
    namespace,
    fc.constantFrom("p1", "p2", "p3"),
    fc.record({
      interfaceName: fc.constantFrom("cali1", "cali2", "cali3", ""),
      labels,
      profiles,
      addresses: fc.array(address.map(make.cidr), { maxLength: 2 }),
      ports,
      floatingIps: fc.array(floatingIp, { maxLength: 2 }),
      allowedSpoofSources: fc.oneof(fc.constant([]), nets),
      qos: fc.constantFrom({ ingress: {}, egress: {} }, { ingress: {}, egress: {}, dscp: 10 }),
    }),
  )
  .map(([node, ns, name, given]) => make.pod(node, `${ns}/${name}`, given));

const hostEndpoint = fc
  .tuple(
    fc.constantFrom("h1", "h2", "h3"),
    nodeName,
    fc.record({
      interfaceName: fc.constantFrom("eth0", "eth1", "*", "", "cali9"),
      expectedIps: fc.array(address.map(make.ip), { maxLength: 2 }),
      labels,
      profiles,
      ports,
      dscp: fc.constantFrom(undefined, 20),
    }),
  )
  .map(([name, node, given]) => make.hostEndpoint(node, name, given));

const networkSet = fc
  .tuple(
    fc.constantFrom("s1", "s2"),
    fc.record({ namespace: fc.constantFrom("", ...NAMESPACES), labels, profiles, nets }),
  )
  .map(([name, given]) => make.networkSet(name, given));

const serviceSlice = fc
  .tuple(
    namespace,
    fc.constantFrom("e1", "e2"),
    fc.record({
      service: fc.constantFrom("web", "api"),
      endpoints: fc.array(
        fc.record({
          addresses: fc.array(address.map(make.ip), { maxLength: 2 }),
          ready: fc.boolean(),
          node: fc.constant(undefined),
        }),
        { maxLength: 2 },
      ),
      ports: fc.array(
        fc.record({
          name: portName,
          protocol: fc.constantFrom(...PROTOCOLS),
          port: fc.constantFrom(undefined, 80),
        }),
        { maxLength: 2 },
      ),
    }),
  )
  .map(([ns, name, given]) => make.slice(ns, name, given));

const encapMode = fc.constantFrom("Never" as const, "Always" as const, "CrossSubnet" as const);
const pool = fc
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

const node = fc
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

const block = fc
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

const kubernetesService = fc
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

const bgpConfig = fc
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

const bgpPeer = fc
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

const bgpFilter = fc.boolean().map((reject) =>
  make.bgpFilter("filter1", {
    exportV4: reject
      ? [
          {
            action: "reject",
            cidr: make.cidr("10.0.0.0/8"),
            matchOperator: "In",
            prefixLength: undefined,
            remotePeersOnly: false,
            interfaceGlob: undefined,
            peerType: undefined,
            community: undefined,
            asPathPrefix: [],
            priority: undefined,
            operations: [],
            origin: { file: "test.yaml", document: 0, path: [] },
          },
        ]
      : [],
  }),
);

const felixConfig = fc
  .tuple(
    fc.constantFrom("default", "node.n1"),
    fc.record({
      workloadSourceSpoofing: fc.constantFrom("Any" as const, "Disabled" as const),
      floatingIps: fc.boolean(),
      routeSource: fc.constantFrom("CalicoIPAM" as const, "WorkloadIPs" as const),
      natOutgoingExclusions: fc.constantFrom("IPPoolsOnly" as const, "IPPoolsAndHostIPs" as const),
    }),
  )
  .map(([name, settings]) => make.felixConfig(name, settings));

/** Any object of any kind; the frequent ones are those with the most to go wrong. */
export const anyObject: fc.Arbitrary<ModelObject> = fc.oneof(
  { weight: 6, arbitrary: workload },
  { weight: 6, arbitrary: policy },
  { weight: 3, arbitrary: profile },
  { weight: 3, arbitrary: networkSet },
  { weight: 2, arbitrary: hostEndpoint },
  { weight: 2, arbitrary: serviceSlice },
  { weight: 2, arbitrary: node },
  { weight: 1, arbitrary: tier },
  { weight: 1, arbitrary: pool },
  { weight: 1, arbitrary: felixConfig },
  { weight: 2, arbitrary: block },
  { weight: 1, arbitrary: kubernetesService },
  { weight: 1, arbitrary: bgpConfig },
  { weight: 1, arbitrary: bgpPeer },
  { weight: 1, arbitrary: bgpFilter },
);

const step: fc.Arbitrary<ModelUpdate> = fc.oneof(
  { weight: 4, arbitrary: anyObject.map(make.add) },
  { weight: 1, arbitrary: anyObject.map(make.remove) },
);

/** Batches of changes, as a stream delivers them. */
export function history(batches: number): fc.Arbitrary<readonly (readonly ModelUpdate[])[]> {
  return fc.array(fc.array(step, { minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: batches });
}
