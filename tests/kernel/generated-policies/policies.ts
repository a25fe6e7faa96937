import fc from "fast-check";
import type { Rule } from "../../../compiler/resources/policy/rule/schema.ts";
import { CALICO, HOST, NODE, type Resource } from "./inventory.ts";
import { NETS, rule } from "./rules.ts";

/** What a case adds to the inventory, in the order in which it is written. */
export interface Case {
  readonly resources: readonly Resource[];
  /** Of the packets, not of the policies. */
  readonly seed: number;
}

const SUBJECTS: readonly string[] = [
  "all()",
  "app == 'a'",
  "app in {'a', 'b'}",
  "has(tier)",
  "role == 'host'",
  "role == 'host'",
  "role == 'host' || app == 'c'",
];

const ORDINARY_ACTIONS: readonly Rule["action"][] = [
  "Allow",
  "Allow",
  "Allow",
  "Deny",
  "Deny",
  "Pass",
  "Log",
];

function rules(direction: "ingress" | "egress", maxLength: number): fc.Arbitrary<Rule[]> {
  return fc.array(rule({ direction, actions: ORDINARY_ACTIONS, services: true }), { maxLength });
}

const order = fc.constantFrom(undefined, 1, 10, 10, 20.5, -3);
const tierName = fc.constantFrom("default", "default", "default", "first", "last");
const types = fc.constantFrom(undefined, ["Ingress"], ["Egress"], ["Ingress", "Egress"]);

/** A tier is part of the name where it is not the default one, as Calico has it. */
function named(tier: string, index: number): string {
  return tier === "default" ? `p${index}` : `${tier}.p${index}`;
}

const namespacedPolicy = fc
  .record({
    kind: fc.constantFrom("NetworkPolicy", "NetworkPolicy", "NetworkPolicy", "StagedNetworkPolicy"),
    namespace: fc.constantFrom("shop", "ops"),
    tier: tierName,
    order,
    selector: fc.constantFrom(...SUBJECTS.slice(0, 4)),
    types,
    ingress: rules("ingress", 3),
    egress: rules("egress", 3),
  })
  .map(
    ({ kind, namespace, tier, ...spec }) =>
      (index: number): Resource => ({
        apiVersion: CALICO,
        kind,
        metadata: { name: named(tier, index), namespace },
        spec: { tier, ...spec },
      }),
  );

/** When policy applies to host endpoints; each kind allows what the one before does not. */
const placements = fc.constantFrom(
  {},
  {},
  {},
  { applyOnForward: true },
  { applyOnForward: true },
  { applyOnForward: true, doNotTrack: true },
  { applyOnForward: true, preDNAT: true },
);

const globalPolicy = fc
  .record({
    kind: fc.constantFrom(
      ...Array.from({ length: 5 }, () => "GlobalNetworkPolicy"),
      "StagedGlobalNetworkPolicy",
    ),
    tier: tierName,
    order,
    selector: fc.constantFrom(...SUBJECTS),
    types,
    placement: placements,
    ingress: rules("ingress", 3),
    egress: rules("egress", 3),
  })
  .map(({ kind, tier, placement, types, egress, ...spec }) => (index: number): Resource => {
    const ingressOnly = "preDNAT" in placement;
    return {
      apiVersion: CALICO,
      kind,
      metadata: { name: named(tier, index) },
      spec: {
        tier,
        ...spec,
        ...placement,
        types: ingressOnly ? ["Ingress"] : types,
        egress: ingressOnly ? [] : egress,
      },
    };
  });

const policies = fc
  .array(fc.oneof(namespacedPolicy, globalPolicy, globalPolicy), { minLength: 1, maxLength: 6 })
  .map((made) => made.map((make, index) => make(index)));

const tiers = fc.tuple(fc.constantFrom("Deny", "Pass"), fc.constantFrom("Deny", "Pass")).map((actions) =>
  actions.map(
    (defaultAction, index): Resource => ({
      apiVersion: CALICO,
      kind: "Tier",
      metadata: { name: ["first", "last"][index]! },
      spec: { order: [100, 2_000_000][index], defaultAction },
    }),
  ),
);

const anyNets = fc
  .record({
    4: fc.uniqueArray(fc.constantFrom(...NETS[4]), { maxLength: 3 }),
    6: fc.uniqueArray(fc.constantFrom(...NETS[6]), { maxLength: 3 }),
  })
  .map((nets) => [...nets[4], ...nets[6]]);

const networkSets = fc.tuple(anyNets, anyNets).map(([partners, friends]): readonly Resource[] => [
  {
    apiVersion: CALICO,
    kind: "GlobalNetworkSet",
    metadata: { name: "partners", labels: { kind: "partner" } },
    spec: { nets: partners },
  },
  {
    apiVersion: CALICO,
    kind: "NetworkSet",
    metadata: { name: "friends", namespace: "shop", labels: { kind: "friend", app: "a" } },
    spec: { nets: friends },
  },
]);

const profile = fc.record({ ingress: rules("ingress", 2), egress: rules("egress", 2) }).map(
  (spec): Resource => ({
    apiVersion: CALICO,
    kind: "Profile",
    metadata: { name: "hosts" },
    spec: { ...spec, labelsToApply: { tier: "front" } },
  }),
);

const hostEndpoint = fc
  .record({
    place: fc.constantFrom(
      { interfaceName: "eth0" },
      { interfaceName: "*", expectedIPs: [...HOST] },
      { expectedIPs: [...HOST] },
    ),
    profiles: fc.constantFrom([], ["hosts"], ["projectcalico-default-allow"], ["hosts", "nobodys"]),
  })
  .map(
    ({ place, profiles }): Resource => ({
      apiVersion: CALICO,
      kind: "HostEndpoint",
      metadata: { name: "node-1-host", labels: { role: "host" } },
      spec: { node: NODE, ...place, profiles, ports: [{ name: "admin", protocol: "TCP", port: 22 }] },
    }),
  );

const failsafePorts = fc.constantFrom(
  [],
  [{ protocol: "TCP", port: 22 }],
  [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 443, net: "203.0.113.0/24" },
    { protocol: "TCP", port: 80, net: "2001:db8:71::/64" },
  ],
);

const felixConfiguration = fc
  .record({
    defaultEndpointToHostAction: fc.constantFrom("Drop", "Accept", "Return"),
    iptablesFilterDenyAction: fc.constantFrom("Drop", "Reject"),
    iptablesFilterAllowAction: fc.constantFrom("Accept", "Return"),
    iptablesMangleAllowAction: fc.constantFrom("Accept", "Return"),
    failsafeInboundHostPorts: failsafePorts,
    failsafeOutboundHostPorts: failsafePorts,
  })
  .map(
    (spec): Resource => ({
      apiVersion: CALICO,
      kind: "FelixConfiguration",
      metadata: { name: "default" },
      spec,
    }),
  );

export const anyCase: fc.Arbitrary<Case> = fc
  .record({
    policies,
    tiers,
    networkSets,
    profile,
    hostEndpoint: fc.option(hostEndpoint, { nil: undefined, freq: 2 }),
    felixConfiguration: fc.option(felixConfiguration, { nil: undefined, freq: 3 }),
    seed: fc.noShrink(fc.nat()),
  })
  .map(({ policies, tiers, networkSets, profile, hostEndpoint, felixConfiguration, seed }) => ({
    resources: [
      ...tiers,
      ...networkSets,
      profile,
      ...[hostEndpoint, felixConfiguration].filter((resource) => resource !== undefined),
      ...policies,
    ],
    seed,
  }));
