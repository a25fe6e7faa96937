import type { Case } from "../case.ts";
import { calicoPolicy, globalPolicy, kubernetesPolicy, tier } from "../resources.ts";

const SECURITY = tier("security", "order: 100");
const PASSING = tier("security", "{ order: 100, defaultAction: Pass }");
const OPEN_X = kubernetesPolicy(
  "x/web",
  "{ podSelector: {}, ingress: [{ ports: [{ port: 80 }, { port: 81 }] }] }",
);

/** Which tier decides, what ends one, and where passing leads to. */
export const TIERS: readonly Case[] = [
  {
    name: "an earlier tier decides for its pods and denies the rest",
    policies: [
      SECURITY,
      OPEN_X,
      globalPolicy(
        "security",
        `
tier: security
selector: pod == 'a'
namespaceSelector: ns == 'x'
ingress: [{ action: Allow, protocol: UDP, source: { namespaceSelector: ns == 'y' } }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/b,x/c tcp/80-81
      allow y/* > x/a udp`,
  },
  {
    name: "Pass hands over to the next tier",
    policies: [
      SECURITY,
      OPEN_X,
      globalPolicy(
        "security",
        `
tier: security
namespaceSelector: ns == 'x'
ingress:
  - { action: Pass, source: { namespaceSelector: ns == 'y' } }
  - { action: Allow, protocol: TCP, source: { namespaceSelector: ns == 'z' }, destination: { ports: [443] } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow y/* > x/* tcp/80-81
      allow z/* > x/* tcp/443`,
  },
  {
    name: "a tier that passes by default hands over what no rule matched",
    policies: [
      PASSING,
      OPEN_X,
      calicoPolicy(
        "x/security",
        "{ tier: security, ingress: [{ action: Deny, protocol: TCP, source: { namespaceSelector: ns == 'y' }, destination: { ports: [80] } }] }",
      ),
      calicoPolicy(
        "z/security",
        "{ tier: security, ingress: [{ action: Deny, source: { namespaceSelector: ns == 'x' } }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* tcp/80-81
      deny y/* > x/* tcp/80
      deny x/* > z/*`,
  },
  {
    name: "tiers go by order, not by name",
    policies: [
      tier("zeta", "{ order: 10, defaultAction: Pass }"),
      tier("alpha", "{ order: 20 }"),
      calicoPolicy(
        "x/first",
        "{ tier: zeta, order: 900, ingress: [{ action: Deny, source: { selector: pod == 'b' } }] }",
      ),
      calicoPolicy("x/second", "{ tier: alpha, order: 1, ingress: [{ action: Allow }] }"),
    ],
    expected: `
      allow * > *
      deny x/b > x/*`,
  },
  {
    name: "tiers without order stand beside the default one, by name",
    policies: [
      tier("aaa", "defaultAction: Pass"),
      tier("zzz", "defaultAction: Pass"),
      globalPolicy(
        "before",
        "{ tier: aaa, namespaceSelector: team == 'blue', ingress: [{ action: Deny, protocol: TCP, destination: { ports: [80] } }] }",
      ),
      globalPolicy(
        "behind",
        "{ tier: zzz, namespaceSelector: team == 'blue', ingress: [{ action: Deny, protocol: TCP, destination: { ports: [81] } }] }",
      ),
      calicoPolicy("x/open", "ingress: [{ action: Allow }]"),
    ],
    expected: `
      allow * > *
      deny * > x/*,y/* tcp/80
      deny * > y/* tcp/81`,
  },
  {
    name: "a tier is one direction's affair",
    policies: [
      SECURITY,
      calicoPolicy(
        "x/out",
        "{ tier: security, types: [Egress], egress: [{ action: Allow, protocol: TCP }] }",
      ),
    ],
    expected: `
      allow * > *
      deny x/* > * udp`,
  },
  {
    name: "Pass skips the rest of its tier",
    policies: [
      SECURITY,
      calicoPolicy("x/pass", "{ tier: security, order: 1, ingress: [{ action: Pass, protocol: UDP }] }"),
      calicoPolicy(
        "x/deny",
        "{ tier: security, order: 2, ingress: [{ action: Deny, source: { selector: pod == 'a' } }, { action: Allow }] }",
      ),
    ],
    expected: `
      allow * > *
      deny x/a > x/* tcp`,
  },
  {
    name: "Pass by way of three tiers to the profiles",
    policies: [
      tier("first", "order: 1"),
      tier("second", "{ order: 2, defaultAction: Pass }"),
      calicoPolicy(
        "x/first",
        "{ tier: first, ingress: [{ action: Pass, protocol: TCP }, { action: Allow, source: { selector: pod == 'c' } }] }",
      ),
      calicoPolicy(
        "x/second",
        "{ tier: second, ingress: [{ action: Deny, protocol: TCP, destination: { ports: [82] } }] }",
      ),
      calicoPolicy(
        "x/third",
        "{ selector: pod == 'a', ingress: [{ action: Pass, protocol: TCP, destination: { notPorts: [443] } }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/* udp tcp/82
      allow x/c > x/* udp
      deny * > x/a tcp/443`,
  },
  {
    name: "both directions by tiers of their own",
    policies: [
      tier("out", "order: 5"),
      tier("in", "order: 6"),
      globalPolicy(
        "out",
        "{ tier: out, types: [Egress], namespaceSelector: team == 'green', egress: [{ action: Pass, protocol: TCP }] }",
      ),
      globalPolicy(
        "in",
        "{ tier: in, types: [Ingress], selector: pod == 'a', ingress: [{ action: Deny, protocol: TCP, destination: { ports: ['80:81'] } }, { action: Pass }] }",
      ),
    ],
    expected: `
      allow * > *
      deny z/* > * udp
      deny * > */a tcp/80-81`,
  },
  {
    name: "a tier without policy for a pod is not asked",
    policies: [
      SECURITY,
      calicoPolicy("z/security", "{ tier: security, selector: pod == 'a', ingress: [{ action: Pass }] }"),
      calicoPolicy("z/default", "{ selector: pod == 'b', ingress: [{ action: Allow, protocol: UDP }] }"),
    ],
    expected: `
      allow * > *
      deny * > z/b tcp`,
  },
  {
    name: "a tier that nobody made comes last and denies",
    policies: [
      globalPolicy(
        "ghost",
        "{ tier: ghost, namespaceSelector: ns == 'x', ingress: [{ action: Allow, protocol: TCP, destination: { ports: [82] } }] }",
      ),
      kubernetesPolicy(
        "x/default",
        "{ podSelector: { matchLabels: { pod: a } }, ingress: [{ ports: [{ port: 80 }] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/a tcp/80
      allow * > x/b,x/c tcp/82`,
  },
  {
    name: "the tiers that Calico brings: before and behind the default one",
    policies: [
      globalPolicy(
        "admin",
        "{ tier: kube-admin, selector: all(), ingress: [{ action: Deny, source: { selector: has(canary) } }] }",
      ),
      globalPolicy(
        "baseline",
        "{ tier: kube-baseline, selector: all(), ingress: [{ action: Deny, protocol: UDP }] }",
      ),
      calicoPolicy("x/open", "ingress: [{ action: Allow }]"),
    ],
    expected: `
      allow * > *
      deny * > y/*,z/* udp
      deny y/b,z/c > *`,
  },
  {
    name: "names are of a tier: two policies of one name",
    policies: [
      tier("one", "{ order: 1, defaultAction: Pass }"),
      tier("two", "{ order: 2, defaultAction: Pass }"),
      calicoPolicy(
        "x/deny",
        "{ tier: one, ingress: [{ action: Deny, protocol: TCP, destination: { ports: [80] } }] }",
      ),
      calicoPolicy(
        "y/deny",
        "{ tier: two, ingress: [{ action: Deny, protocol: UDP, destination: { ports: [80] } }] }",
      ),
      globalPolicy(
        "deny",
        "{ tier: two, selector: pod == 'a', ingress: [{ action: Deny, protocol: UDP, destination: { ports: [81] } }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/* tcp/80
      deny * > y/* udp/80
      deny * > */a udp/81`,
  },
];
