import type { Case } from "../case.ts";
import { calicoPolicy, globalPolicy, kubernetesPolicy } from "../resources.ts";

/** Which rule decides within a tier, and for which directions a policy is. */
export const CALICO_ORDER: readonly Case[] = [
  {
    name: "the lower order comes first: deny",
    policies: [
      calicoPolicy("x/later", "{ order: 20, selector: pod == 'a', ingress: [{ action: Allow }] }"),
      calicoPolicy(
        "x/sooner",
        `
order: 10
selector: pod == 'a'
ingress: [{ action: Deny, source: { namespaceSelector: ns == 'y' } }]`,
      ),
    ],
    expected: `
      allow * > *
      deny y/* > x/a`,
  },
  {
    name: "the lower order comes first: allow",
    policies: [
      calicoPolicy("x/sooner", "{ order: 10, selector: pod == 'a', ingress: [{ action: Allow }] }"),
      calicoPolicy(
        "x/later",
        `
order: 20
selector: pod == 'a'
ingress: [{ action: Deny, source: { namespaceSelector: ns == 'y' } }]`,
      ),
    ],
    expected: "allow * > *",
  },
  {
    name: "fractions and negative numbers are orders",
    policies: [
      calicoPolicy(
        "x/b",
        "{ order: 0.5, ingress: [{ action: Deny, protocol: TCP, destination: { ports: [80, 81] } }] }",
      ),
      calicoPolicy(
        "x/c",
        "{ order: -1, ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }] }",
      ),
      calicoPolicy("x/a", "{ order: 1, ingress: [{ action: Allow }] }"),
    ],
    expected: `
      allow * > *
      deny * > x/* tcp/81`,
  },
  {
    name: "no order comes last",
    policies: [
      calicoPolicy("x/a-unordered", "{ selector: pod == 'a', ingress: [{ action: Allow }] }"),
      calicoPolicy(
        "x/b-ordered",
        `
order: 1000000
selector: pod == 'a'
ingress: [{ action: Deny, protocol: TCP, destination: { ports: [80] } }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a tcp/80`,
  },
  {
    name: "of equal order the name decides",
    policies: [
      calicoPolicy("x/b", "{ order: 5, ingress: [{ action: Allow, protocol: TCP }] }"),
      calicoPolicy("x/a", "{ order: 5, ingress: [{ action: Deny, source: { selector: pod == 'c' } }] }"),
      calicoPolicy("x/c", "{ order: 5, ingress: [{ action: Deny, protocol: TCP }, { action: Allow }] }"),
    ],
    expected: `
      allow * > *
      deny x/c > x/*`,
  },
  {
    name: "Kubernetes' policies stand at 1000",
    policies: [
      calicoPolicy(
        "x/before",
        `
order: 999
selector: pod == 'a'
ingress: [{ action: Deny, protocol: TCP, source: { namespaceSelector: ns == 'z' }, destination: { ports: [80] } }]`,
      ),
      kubernetesPolicy(
        "x/middle",
        "{ podSelector: { matchLabels: { pod: a } }, ingress: [{ ports: [{ port: 80 }, { port: 81 }] }] }",
      ),
      calicoPolicy(
        "x/after",
        `
order: 1001
selector: pod == 'a'
ingress:
  - { action: Deny, protocol: TCP, destination: { ports: [81] } }
  - { action: Allow, protocol: UDP, destination: { ports: [82] } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow * > x/a tcp/80-81 udp/82
      deny z/* > x/a tcp/80`,
  },
  {
    name: "a global policy and a namespaced one by their orders",
    policies: [
      globalPolicy(
        "cluster",
        `
order: 50
namespaceSelector: team == 'blue'
ingress: [{ action: Deny, protocol: UDP }]`,
      ),
      calicoPolicy("x/early", "{ order: 40, ingress: [{ action: Allow }] }"),
      calicoPolicy("y/late", "{ order: 60, ingress: [{ action: Allow }] }"),
    ],
    expected: `
      allow * > *
      deny * > y/* udp`,
  },
  {
    name: "the first rule that matches decides",
    policies: [
      calicoPolicy(
        "x/rules",
        `
ingress:
  - { action: Allow, protocol: TCP, destination: { ports: [80] } }
  - { action: Deny, source: { namespaceSelector: ns == 'y' } }
  - { action: Allow, protocol: UDP }
  - { action: Deny, protocol: UDP, destination: { ports: [81] } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/* tcp/81-443
      deny y/* > x/* udp`,
  },
  {
    name: "Log does not decide",
    policies: [
      calicoPolicy(
        "x/log",
        `
ingress:
  - { action: Log, protocol: TCP }
  - { action: Allow, protocol: TCP, destination: { ports: [80, 81] } }
  - { action: Log }
  - { action: Deny, protocol: TCP }
  - { action: Allow }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/* tcp/82-443`,
  },
  {
    name: "a policy that only logs closes its tier",
    policies: [calicoPolicy("x/log", "{ selector: pod == 'a', ingress: [{ action: Log }] }")],
    expected: `
      allow * > *
      deny * > x/a`,
  },
  {
    name: "Pass leaves the tier for the profiles",
    policies: [
      calicoPolicy(
        "x/pass",
        `
selector: pod == 'a'
ingress:
  - { action: Pass, source: { namespaceSelector: ns == 'y' } }
  - { action: Allow, protocol: UDP, destination: { ports: [443] } }`,
      ),
    ],
    expected: `
      allow * > *
      deny x/*,z/* > x/a
      allow x/*,z/* > x/a udp/443`,
  },
  {
    name: "without types, the directions of the rules",
    policies: [
      calicoPolicy("x/ingress", "{ selector: pod == 'a', ingress: [{ action: Deny }] }"),
      calicoPolicy("x/egress", "{ selector: pod == 'b', egress: [{ action: Deny }] }"),
      calicoPolicy(
        "x/both",
        "{ selector: pod == 'c', ingress: [{ action: Allow, protocol: TCP }], egress: [{ action: Allow, protocol: UDP }] }",
      ),
      calicoPolicy("y/neither", "selector: pod == 'a'"),
    ],
    expected: `
      allow * > *
      deny * > x/c udp
      deny x/c > * tcp
      deny * > x/a,y/a
      deny x/b > *`,
  },
  {
    name: "types say more than the rules",
    policies: [
      calicoPolicy(
        "x/both",
        "{ types: [Ingress, Egress], selector: pod == 'a', ingress: [{ action: Allow }] }",
      ),
      calicoPolicy("y/egress", "{ types: [Egress], selector: pod == 'b' }"),
    ],
    expected: `
      allow * > *
      deny x/a > *
      deny y/b > *`,
  },
  {
    name: "an empty selector means the namespace",
    policies: [calicoPolicy("z/all", "{ selector: '', types: [Ingress] }")],
    expected: `
      allow * > *
      deny * > z/*`,
  },
];
