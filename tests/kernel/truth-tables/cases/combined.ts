import type { Case } from "../case.ts";
import {
  adminPolicy,
  baselinePolicy,
  calicoPolicy,
  clusterPolicy,
  globalPolicy,
  kubernetesPolicy,
  networkSet,
  tier,
} from "../resources.ts";

/** Numbers that nobody asks for, so that a list of ports is longer than one multiport match (15). */
const OTHER_PORTS = Array.from({ length: 17 }, (_, i) => 2001 + 2 * i).join(", ");

/** Rules with many criteria, many policies at once, and every kind of policy together. */
export const COMBINED: readonly Case[] = [
  {
    name: "several networks on both sides, with ports",
    versions: [4],
    policies: [
      globalPolicy(
        "nets",
        `
selector: all()
egress:
  - action: Deny
    protocol: TCP
    source: { nets: [10.65.1.1/32, 10.65.2.0/31] }
    destination: { nets: [10.65.3.0/24, 10.65.1.2/31], ports: [80, '82:443'] }
  - action: Allow`,
      ),
    ],
    expected: `
      allow * > *
      deny x/a,y/a > z/*,x/b,x/c tcp/80 tcp/82-443`,
  },
  {
    name: "several networks on both sides, names of ports and more numbers than one match holds",
    versions: [4],
    policies: [
      globalPolicy(
        "nets",
        `
selector: all()
egress:
  - action: Deny
    protocol: TCP
    source: { nets: [10.65.1.1/32, 10.65.1.2/32], ports: [${OTHER_PORTS}, '20000:30000'] }
    destination: { nets: [10.65.2.0/24, 10.65.3.1/32], ports: [web, ${OTHER_PORTS}, 443] }
  - action: Allow`,
      ),
    ],
    expected: `
      allow * > *
      deny x/a,x/b > y/* tcp/81 tcp/443
      deny x/a,x/b > z/a tcp/82 tcp/443`,
  },
  {
    name: "several networks that must not be on both sides, and long lists of ports that must not be",
    versions: [4],
    policies: [
      globalPolicy(
        "not-nets",
        `
selector: all()
ingress:
  - action: Deny
    ipVersion: 4
    protocol: UDP
    source: { notNets: [10.65.1.0/24, 10.65.2.2/32] }
    destination: { notNets: [10.65.3.0/31, 10.65.2.0/24], notPorts: [80, ${OTHER_PORTS}, '81:81'] }
  - action: Allow`,
      ),
    ],
    expected: `
      allow * > *
      deny y/a,y/c,z/* > x/*,z/b,z/c udp/82-443`,
  },
  {
    name: "every criterion in one rule",
    versions: [4],
    policies: [
      calicoPolicy(
        "x/all",
        `
ingress:
  - action: Allow
    protocol: TCP
    ipVersion: 4
    notProtocol: UDP
    source:
      namespaceSelector: team == 'blue'
      selector: pod != 'c'
      notSelector: has(canary)
      serviceAccounts: { names: [alpha, beta] }
      nets: [10.65.1.0/24, 10.65.2.0/24]
      notNets: [10.65.1.2/32]
      ports: ['20000:59999']
      notPorts: [80]
    destination: { selector: pod == 'a', ports: [web, 443], notPorts: [443] }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow x/a,y/a > x/a tcp/80`,
  },
  {
    name: "sets that hold everything, and sets that hold one address twice",
    versions: [4],
    policies: [
      networkSet("everything", "{ role: all }", ["0.0.0.0/0"]),
      networkSet("nested", "{ role: some }", ["10.65.2.0/24", "10.65.2.1/32", "10.65.2.0/31", "10.65.3.3"]),
      networkSet("again", "{ role: some }", ["10.65.3.3/32", "10.65.2.0/25"]),
      globalPolicy(
        "sets",
        `
namespaceSelector: ns == 'x'
ingress:
  - { action: Deny, protocol: UDP, source: { selector: role == 'all' } }
  - { action: Allow, source: { selector: role == 'some' } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow y/*,z/c > x/* tcp`,
  },
  {
    name: "a set that holds everything of IPv6",
    versions: [6],
    policies: [
      networkSet("everything", "{ role: all }", ["::/0"]),
      globalPolicy(
        "sets",
        "{ namespaceSelector: ns == 'x', ingress: [{ action: Deny, protocol: UDP, source: { selector: role == 'all' } }, { action: Allow }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/* udp`,
  },
  {
    name: "seven policies of one tier, each with a word of its own",
    policies: [
      ["p1", "{ action: Deny, protocol: TCP, destination: { ports: [80] } }"],
      ["p2", "{ action: Allow, protocol: TCP, destination: { ports: [81] } }"],
      ["p3", "{ action: Pass, protocol: TCP, destination: { ports: [82] } }"],
      ["p4", "{ action: Deny, protocol: TCP, destination: { ports: ['81:82'] } }"],
      ["p5", "{ action: Allow, protocol: UDP, destination: { ports: [80] } }"],
      ["p6", "{ action: Log }"],
      ["p7", "{ action: Deny, protocol: UDP, destination: { ports: ['80:81'] } }"],
    ].map(([name, rule]) => globalPolicy(name!, `{ order: 1, selector: all(), ingress: [${rule}] }`)),
    expected: `
      deny * > *
      allow * > * tcp/81-82 udp/80`,
  },
  {
    name: "policies of all pods and of some, by turns",
    policies: [
      globalPolicy(
        "p1",
        "{ order: 1, selector: all(), ingress: [{ action: Deny, protocol: TCP, destination: { ports: [80] } }] }",
      ),
      globalPolicy("p2", "{ order: 2, selector: pod == 'a', ingress: [{ action: Allow, protocol: TCP }] }"),
      globalPolicy(
        "p3",
        "{ order: 3, selector: all(), ingress: [{ action: Deny, protocol: TCP, destination: { ports: [81] } }] }",
      ),
      globalPolicy("p4", "{ order: 4, selector: pod == 'b', ingress: [{ action: Allow }] }"),
      globalPolicy("p5", "{ order: 5, selector: all(), ingress: [{ action: Allow, protocol: UDP }] }"),
    ],
    expected: `
      allow * > *
      deny * > * tcp/80
      deny * > */b tcp/81
      deny * > */c tcp`,
  },
  {
    name: "forty policies of one namespace, the last of which matters",
    policies: [
      ...Array.from({ length: 40 }, (_, i) =>
        calicoPolicy(
          `x/p${i}`,
          `{ order: ${i}, ingress: [{ action: Allow, protocol: TCP, destination: { ports: [${1000 + i}] } }] }`,
        ),
      ),
      kubernetesPolicy(
        "x/last",
        "{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: 'y' } } }], ports: [{ port: 82 }] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow y/* > x/* tcp/82`,
  },
  {
    name: "every kind of policy together",
    policies: [
      tier("security", "order: 100"),
      tier("adminnetworkpolicy", "{ order: 1000, defaultAction: Pass }"),
      tier("baselineadminnetworkpolicy", "{ order: 10000000, defaultAction: Pass }"),
      globalPolicy(
        "security",
        `
tier: security
selector: all()
ingress:
  - { action: Deny, protocol: TCP, source: { namespaceSelector: ns == 'z' }, destination: { ports: [443] } }
  - { action: Pass }`,
      ),
      adminPolicy(
        "admin",
        `
priority: 5
subject: { namespaces: { matchLabels: { ns: x } } }
ingress: [{ action: Allow, from: [{ namespaces: { matchLabels: { ns: 'y' } } }], ports: [{ portNumber: { port: 443 } }] }]`,
      ),
      clusterPolicy(
        "canaries",
        `
tier: Admin
priority: 1
subject: { namespaces: {} }
ingress: [{ action: Deny, from: [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { canary: 'yes' } } } }] }]`,
      ),
      kubernetesPolicy(
        "x/own",
        "{ podSelector: { matchLabels: { pod: a } }, ingress: [{ from: [{ podSelector: {} }] }] }",
      ),
      calicoPolicy(
        "y/udp",
        "{ order: 5, selector: pod == 'b', ingress: [{ action: Allow, protocol: UDP }] }",
      ),
      baselinePolicy(`
subject: { namespaces: {} }
ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { ns: z } } }], ports: [{ portNumber: { protocol: UDP, port: 80 } }] }]`),
      clusterPolicy(
        "baseline",
        `
tier: Baseline
priority: 1
subject: { namespaces: {} }
ingress: [{ action: Deny, from: [{ namespaces: {} }], protocols: [{ tcp: { destinationPort: { number: 80 } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > * tcp/80
      deny z/* > * udp/80
      deny y/*,z/* > x/a
      allow x/* > x/a
      deny * > y/b tcp
      allow * > y/b udp
      deny y/b,z/c > *
      allow y/* > x/* tcp/443
      deny z/* > * tcp/443`,
  },
];
