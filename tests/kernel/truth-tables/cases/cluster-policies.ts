import type { Case } from "../case.ts";
import { calicoPolicy, clusterPolicy, kubernetesPolicy } from "../resources.ts";

/** ClusterNetworkPolicy, the heir of the administrator's and the baseline policy. */
export const CLUSTER_POLICIES: readonly Case[] = [
  {
    name: "tier Admin accepts what a namespace denies, and denies what it allows",
    policies: [
      kubernetesPolicy(
        "x/own",
        "{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: z } } }] }] }",
      ),
      clusterPolicy(
        "admin",
        `
tier: Admin
priority: 10
subject: { namespaces: { matchLabels: { ns: x } } }
ingress:
  - { action: Accept, from: [{ namespaces: { matchLabels: { ns: 'y' } } }], protocols: [{ tcp: { destinationPort: { number: 80 } } }] }
  - { action: Deny, from: [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { pod: c } } } }] }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow z/a,z/b > x/*
      allow y/* > x/* tcp/80`,
  },
  {
    name: "tier Admin by priority",
    policies: [
      clusterPolicy(
        "a",
        `
tier: Admin
priority: 11
subject: { namespaces: {} }
egress: [{ action: Deny, to: [{ namespaces: { matchLabels: { ns: 'y' } } }] }]`,
      ),
      clusterPolicy(
        "b",
        `
tier: Admin
priority: 10
subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { pod: a } } } }
egress: [{ action: Accept, to: [{ namespaces: { matchLabels: { ns: 'y' } } }], protocols: [{ udp: {} }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > y/*
      allow */a > y/* udp`,
  },
  {
    name: "tier Admin passes on, past its weaker policies",
    policies: [
      calicoPolicy("z/own", "{ ingress: [{ action: Allow, protocol: TCP, destination: { ports: [web] } }] }"),
      clusterPolicy(
        "pass",
        `
tier: Admin
priority: 0
subject: { namespaces: {} }
ingress: [{ action: Pass, from: [{ namespaces: { matchLabels: { ns: x } } }] }]`,
      ),
      clusterPolicy(
        "deny",
        `
tier: Admin
priority: 1
subject: { namespaces: { matchExpressions: [{ key: ns, operator: In, values: ['y', z] }] } }
ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { team: blue } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny y/* > y/*
      deny * > z/*
      allow x/*,z/* > z/* tcp/82`,
  },
  {
    name: "tier Baseline, behind the namespaces' policies",
    policies: [
      kubernetesPolicy(
        "y/own",
        "{ podSelector: { matchLabels: { pod: b } }, ingress: [{ ports: [{ port: 81 }] }] }",
      ),
      clusterPolicy(
        "baseline",
        `
tier: Baseline
priority: 500
subject: { namespaces: { matchLabels: { ns: 'y' } } }
ingress:
  - { action: Accept, from: [{ namespaces: {} }], protocols: [{ tcp: { destinationPort: { range: { start: 80, end: 82 } } } }] }
  - { action: Deny, from: [{ namespaces: {} }] }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > y/*
      allow * > y/a,y/c tcp/80-82
      allow * > y/b tcp/81`,
  },
  {
    name: "Admin and Baseline around nothing",
    policies: [
      clusterPolicy(
        "admin",
        `
tier: Admin
priority: 500
subject: { namespaces: {} }
ingress: [{ action: Pass, from: [{ namespaces: { matchLabels: { ns: x } } }] }, { action: Deny, from: [{ namespaces: { matchLabels: { ns: 'y' } } }] }]`,
      ),
      clusterPolicy(
        "baseline",
        `
tier: Baseline
priority: 0
subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { pod: a } } } }
ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { ns: x } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny y/* > *
      deny x/* > */a`,
  },
  {
    name: "protocols: names of ports, ranges, and all of a protocol",
    policies: [
      clusterPolicy(
        "protocols",
        `
tier: Admin
priority: 1
subject: { namespaces: { matchLabels: { ns: 'y' } } }
ingress:
  - action: Deny
    from: [{ namespaces: { matchLabels: { ns: x } } }]
    protocols: [{ destinationNamedPort: dns }, { tcp: { destinationPort: { range: { start: 82, end: 500 } } } }]
  - action: Deny
    from: [{ namespaces: { matchLabels: { ns: z } } }]
    protocols: [{ udp: {} }, { udp: { destinationPort: { number: 80 } } }, { tcp: { destinationPort: { number: 80 } } }]`,
      ),
    ],
    expected: `
      allow * > *
      deny x/* > y/* udp/81 tcp/82-443
      deny z/* > y/* udp tcp/80`,
  },
  {
    name: "SCTP by a range",
    protocols: ["sctp", "tcp"],
    policies: [
      clusterPolicy(
        "sctp",
        `
tier: Admin
priority: 1
subject: { namespaces: {} }
egress: [{ action: Deny, to: [{ pods: { namespaceSelector: { matchLabels: { ns: x } }, podSelector: {} } }], protocols: [{ sctp: { destinationPort: { range: { start: 81, end: 443 } } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/* sctp/81-443`,
  },
  {
    name: "networks of tier Baseline",
    versions: [4],
    policies: [
      clusterPolicy(
        "networks",
        `
tier: Baseline
priority: 1
subject: { namespaces: { matchLabels: { ns: z } } }
egress:
  - { action: Accept, to: [{ networks: [10.65.1.0/31, 10.65.2.2/32] }] }
  - { action: Deny, to: [{ networks: [0.0.0.0/0] }], protocols: [{ tcp: {} }] }`,
      ),
    ],
    expected: `
      allow * > *
      deny z/* > * tcp
      allow z/* > x/a,y/b`,
  },
  {
    name: "a pass that cannot be read closes, an accept does not open",
    policies: [
      clusterPolicy(
        "unreadable",
        `
tier: Admin
priority: 1
subject: { pods: { namespaceSelector: { matchLabels: { ns: x } }, podSelector: { matchLabels: { pod: a } } } }
egress: [{ action: Pass, to: [{ domainNames: [example.org] }] }]`,
      ),
      clusterPolicy(
        "dropped",
        `
tier: Admin
priority: 2
subject: { namespaces: { matchLabels: { ns: 'y' } } }
egress: [{ action: Accept, to: [{ nodes: {} }] }, { action: Deny, to: [{ namespaces: { matchLabels: { ns: z } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny x/a > *
      deny y/* > z/*`,
  },
];
