import type { Case } from "../case.ts";
import { adminPolicy, calicoPolicy, kubernetesPolicy, tier } from "../resources.ts";

const ADMIN_TIER = tier("adminnetworkpolicy", "{ order: 1000, defaultAction: Pass }");

/** AdminNetworkPolicy: before all others, by priority; what it passes or does not name is theirs. */
export const ADMIN_POLICIES: readonly Case[] = [
  {
    name: "an administrator's deny by namespace",
    policies: [
      ADMIN_TIER,
      adminPolicy(
        "deny",
        `
priority: 10
subject: { namespaces: { matchLabels: { ns: x } } }
ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { ns: 'y' } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny y/* > x/*`,
  },
  {
    name: "an administrator's allow is stronger than isolation",
    policies: [
      ADMIN_TIER,
      kubernetesPolicy("x/deny", "podSelector: {}"),
      adminPolicy(
        "allow",
        `
priority: 10
subject: { namespaces: {} }
ingress: [{ action: Allow, from: [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { pod: b } } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny */a,*/c > x/*`,
  },
  {
    name: "an administrator's deny is stronger than a policy that allows",
    policies: [
      ADMIN_TIER,
      kubernetesPolicy("x/open", "{ podSelector: {}, ingress: [{}] }"),
      calicoPolicy("x/first", "{ order: -1000, ingress: [{ action: Allow }] }"),
      adminPolicy(
        "deny",
        `
priority: 1000
subject: { pods: { namespaceSelector: { matchLabels: { ns: x } }, podSelector: { matchLabels: { pod: a } } } }
ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { ns: z } } }], ports: [{ portNumber: { protocol: TCP, port: 80 } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny z/* > x/a tcp/80`,
  },
  {
    name: "an administrator's pass leaves it to the namespace",
    policies: [
      ADMIN_TIER,
      kubernetesPolicy(
        "x/own",
        "{ podSelector: {}, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }] }",
      ),
      adminPolicy(
        "pass",
        `
priority: 5
subject: { namespaces: {} }
ingress:
  - { name: own-team, action: Pass, from: [{ namespaces: { matchLabels: { team: blue } } }] }
  - { name: others, action: Deny, from: [{ namespaces: {} }] }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow x/* > x/* tcp/80
      deny z/* > *`,
  },
  {
    name: "the lower priority is the stronger",
    policies: [
      ADMIN_TIER,
      adminPolicy(
        "a-weaker",
        `
priority: 50
subject: { namespaces: { matchLabels: { ns: x } } }
ingress: [{ action: Deny, from: [{ namespaces: {} }] }]`,
      ),
      adminPolicy(
        "b-stronger",
        `
priority: 49
subject: { namespaces: { matchLabels: { ns: x } } }
ingress: [{ action: Allow, from: [{ namespaces: { matchLabels: { ns: 'y' } } }], ports: [{ portRange: { protocol: TCP, start: 80, end: 81 } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow y/* > x/* tcp/80-81`,
  },
  {
    name: "pass of a stronger policy takes the weaker ones out",
    policies: [
      ADMIN_TIER,
      adminPolicy(
        "pass",
        `
priority: 1
subject: { namespaces: { matchLabels: { ns: 'y' } } }
ingress: [{ action: Pass, from: [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { pod: a } } } }] }]`,
      ),
      adminPolicy(
        "deny",
        `
priority: 2
subject: { namespaces: { matchLabels: { ns: 'y' } } }
ingress: [{ action: Deny, from: [{ namespaces: {} }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny */b,*/c > y/*`,
  },
  {
    name: "rules of one policy go by their place",
    policies: [
      ADMIN_TIER,
      adminPolicy(
        "rules",
        `
priority: 7
subject: { namespaces: { matchLabels: { ns: z } } }
ingress:
  - { action: Allow, from: [{ namespaces: { matchLabels: { ns: x } } }], ports: [{ portNumber: { protocol: UDP, port: 81 } }] }
  - { action: Deny, from: [{ namespaces: { matchLabels: { ns: x } } }] }
  - { action: Allow, from: [{ namespaces: { matchLabels: { ns: x } } }], ports: [{ portNumber: { protocol: UDP, port: 82 } }] }
egress:
  - { action: Deny, to: [{ namespaces: { matchLabels: { ns: 'y' } } }], ports: [{ portNumber: { port: 443 } }] }
  - { action: Allow, to: [{ namespaces: { matchLabels: { ns: 'y' } } }] }
  - { action: Deny, to: [{ namespaces: { matchLabels: { ns: 'y' } } }] }`,
      ),
    ],
    expected: `
      allow * > *
      deny x/* > z/*
      allow x/* > z/* udp/81
      deny z/* > y/* tcp/443`,
  },
  {
    name: "egress by pods, ports of both protocols, a range and a name",
    policies: [
      ADMIN_TIER,
      adminPolicy(
        "egress",
        `
priority: 20
subject: { pods: { namespaceSelector: {}, podSelector: { matchLabels: { pod: c } } } }
egress:
  - action: Deny
    to: [{ pods: { namespaceSelector: { matchLabels: { ns: 'y' } }, podSelector: { matchLabels: { pod: a } } } }]
    ports: [{ portNumber: { protocol: TCP, port: 80 } }, { portRange: { protocol: UDP, start: 81, end: 82 } }]
  - action: Deny
    to: [{ namespaces: { matchLabels: { ns: z } } }]
    ports: [{ namedPort: web }, { namedPort: dns }]`,
      ),
    ],
    expected: `
      allow * > *
      deny */c > y/a tcp/80 udp/81-82
      deny */c > z/* */82`,
  },
  {
    name: "egress to networks",
    versions: [4],
    policies: [
      ADMIN_TIER,
      adminPolicy(
        "networks",
        `
priority: 20
subject: { namespaces: { matchLabels: { team: blue } } }
egress:
  - { action: Allow, to: [{ networks: [10.65.3.1/32] }], ports: [{ portNumber: { protocol: TCP, port: 80 } }] }
  - { action: Deny, to: [{ networks: [10.65.3.0/31, 10.65.2.3/32] }] }`,
      ),
    ],
    expected: `
      allow * > *
      deny x/*,y/* > z/a,y/c
      allow x/*,y/* > z/a tcp/80`,
  },
  {
    name: "egress to networks of both versions",
    versions: [6],
    policies: [
      ADMIN_TIER,
      adminPolicy(
        "networks",
        `
priority: 20
subject: { namespaces: { matchLabels: { ns: x } } }
egress: [{ action: Deny, to: [{ networks: [10.65.3.0/24, 'fd65::2:0/126'] }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny x/* > y/*`,
  },
  {
    name: "SCTP by number and range",
    protocols: ["sctp", "tcp"],
    policies: [
      ADMIN_TIER,
      adminPolicy(
        "sctp",
        `
priority: 20
subject: { namespaces: { matchLabels: { ns: 'y' } } }
ingress:
  - { action: Allow, from: [{ namespaces: { matchLabels: { ns: x } } }], ports: [{ portNumber: { protocol: SCTP, port: 81 } }] }
  - { action: Deny, from: [{ namespaces: {} }], ports: [{ portRange: { protocol: SCTP, start: 80, end: 82 } }] }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > y/* sctp/80-82
      allow x/* > y/* sctp/81`,
  },
  {
    name: "a deny that cannot be read closes, an allow does not open",
    policies: [
      ADMIN_TIER,
      adminPolicy(
        "nodes",
        `
priority: 20
subject: { pods: { namespaceSelector: { matchLabels: { ns: x } }, podSelector: { matchLabels: { pod: a } } } }
egress: [{ action: Deny, to: [{ nodes: {} }], ports: [{ portNumber: { protocol: TCP, port: 80 } }] }]`,
      ),
      adminPolicy(
        "names",
        `
priority: 21
subject: { pods: { namespaceSelector: { matchLabels: { ns: x } }, podSelector: { matchLabels: { pod: b } } } }
egress:
  - { action: Allow, to: [{ domainNames: [example.org] }] }
  - { action: Deny, to: [{ namespaces: { matchLabels: { ns: z } } }] }`,
      ),
    ],
    expected: `
      allow * > *
      deny x/a > *
      deny x/b > z/*`,
  },
];
