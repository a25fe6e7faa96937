import fc from "fast-check";
import type { Rule } from "../../../compiler/resources/policy/rule/schema.ts";
import { CALICO, type Resource } from "./inventory.ts";
import { rule } from "./rules.ts";

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

function oneInTen<T>(rare: T, usual: T): fc.Arbitrary<T> {
  return fc.oneof({ weight: 9, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constant(rare) });
}

const order = fc.constantFrom(undefined, 1, 10, 10, 20.5, -3);
/** Nobody describes the tier `missing`. */
const tierName = fc.constantFrom(
  ...["default", "default", "default", "default", "first", "first", "last", "last", "missing"],
);
const types = fc.constantFrom(
  undefined,
  undefined,
  undefined,
  ["Ingress", "Egress"],
  ["Ingress", "Egress"],
  ["Ingress"],
  ["Egress"],
);

/** A tier is part of the name where it is not the default one, as Calico has it. */
function named(tier: string, index: number): string {
  return tier === "default" ? `p${index}` : `${tier}.p${index}`;
}

const namespacedPolicy = fc
  .record({
    kind: oneInTen("StagedNetworkPolicy", "NetworkPolicy"),
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

/** Which packets of host endpoints the policy is for, and when it is asked. */
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
    kind: oneInTen("StagedGlobalNetworkPolicy", "GlobalNetworkPolicy"),
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

/** By the Kubernetes API, which knows fewer ways to say the same. */
const kubernetesPolicy = fc
  .record({
    namespace: fc.constantFrom("shop", "ops"),
    podSelector: fc.constantFrom({}, { matchLabels: { app: "a" } }),
    from: peers(),
    to: peers(),
    ports: fc.constantFrom(
      [],
      [{ protocol: "TCP", port: 8000, endPort: 8100 }],
      [{ protocol: "SCTP", port: 5060 }, { protocol: "UDP" }],
      [{ protocol: "TCP", port: "http" }, { port: 443 }],
    ),
    policyTypes: fc.constantFrom(["Ingress"], ["Egress"], ["Ingress", "Egress"]),
  })
  .map(
    ({ namespace, from, to, ports, ...spec }) =>
      (index: number): Resource => ({
        apiVersion: "networking.k8s.io/v1",
        kind: "NetworkPolicy",
        metadata: { name: `p${index}`, namespace },
        spec: {
          ...spec,
          ingress: from.map((from) => ({ from, ports })),
          egress: to.map((to) => ({ to, ports })),
        },
      }),
  );

function peers(): fc.Arbitrary<readonly object[][]> {
  const peer = fc.constantFrom<object>(
    { podSelector: {} },
    { podSelector: { matchExpressions: [{ key: "app", operator: "NotIn", values: ["b"] }] } },
    { namespaceSelector: { matchLabels: { team: "shop" } }, podSelector: { matchLabels: { app: "a" } } },
    { namespaceSelector: {} },
    { ipBlock: { cidr: "203.0.113.0/24", except: ["203.0.113.0/29", "203.0.113.64/26"] } },
    { ipBlock: { cidr: "2001:db8::/32", except: ["2001:db8:71::/64"] } },
  );
  return fc.array(fc.array(peer, { maxLength: 2 }), { maxLength: 2 });
}

export const policies = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: namespacedPolicy },
      { weight: 8, arbitrary: globalPolicy },
      { weight: 1, arbitrary: kubernetesPolicy },
    ),
    { minLength: 1, maxLength: 6 },
  )
  .map((made) => made.map((make, index) => make(index)));

export const tiers = fc
  .tuple(fc.constantFrom("Deny", "Pass"), fc.constantFrom("Deny", "Pass"))
  .map((actions) =>
    actions.map(
      (defaultAction, index): Resource => ({
        apiVersion: CALICO,
        kind: "Tier",
        metadata: { name: ["first", "last"][index]! },
        spec: { order: [100, 2_000_000][index], defaultAction },
      }),
    ),
  );

/** Of the host endpoint and of the workload `c`. */
export const profile = fc.record({ ingress: rules("ingress", 2), egress: rules("egress", 2) }).map(
  (spec): Resource => ({
    apiVersion: CALICO,
    kind: "Profile",
    metadata: { name: "hosts" },
    spec: { ...spec, labelsToApply: { tier: "front" } },
  }),
);
