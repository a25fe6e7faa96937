import type { Case } from "../case.ts";
import { calicoPolicy, globalPolicy } from "../resources.ts";

/** What rules match besides labels: protocols, ports, networks, IP versions, and their negations. */
export const CALICO_RULES: readonly Case[] = [
  {
    name: "ports as numbers, as ranges, and both",
    policies: [
      calicoPolicy(
        "x/ports",
        `
ingress:
  - { action: Allow, protocol: TCP, destination: { ports: ['81:82'] } }
  - { action: Allow, protocol: UDP, destination: { ports: [80, '400:443'] } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* tcp/81-82 udp/80 udp/443`,
  },
  {
    name: "a range of ports for which one multiport match has no room left, positive and negative",
    policies: [
      calicoPolicy(
        "x/many",
        `
ingress:
  - action: Allow
    protocol: TCP
    destination: { ports: [${Array.from({ length: 14 }, (_, i) => 40 + 2 * i).join(", ")}, '81:82'] }
  - action: Allow
    protocol: UDP
    destination: { notPorts: [${Array.from({ length: 14 }, (_, i) => 40 + 2 * i).join(", ")}, '81:82', 443] }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* tcp/81-82 udp/80`,
  },
  {
    name: "ports that must not be",
    policies: [
      calicoPolicy(
        "x/not-ports",
        `
ingress:
  - { action: Allow, protocol: TCP, destination: { notPorts: ['80:81', 443] } }
  - { action: Allow, protocol: UDP, destination: { ports: ['80:82'], notPorts: [81] } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/* tcp/82 udp/80 udp/82`,
  },
  {
    name: "named ports and numbers in one list",
    policies: [
      globalPolicy(
        "ports",
        `
selector: pod in { 'a', 'b' }
ingress: [{ action: Allow, protocol: TCP, destination: { ports: [web, 443] } }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > */a,*/b
      allow * > */a,*/b tcp/443
      allow * > x/a,x/b tcp/80
      allow * > y/a,y/b tcp/81
      allow * > z/a,z/b tcp/82`,
  },
  {
    name: "a named port that must not be",
    policies: [
      globalPolicy(
        "ports",
        "{ selector: all(), ingress: [{ action: Allow, protocol: TCP, destination: { notPorts: [web] } }] }",
      ),
    ],
    expected: `
      deny * > *
      allow * > * tcp
      deny * > x/* tcp/80
      deny * > y/* tcp/81
      deny * > z/* tcp/82`,
  },
  {
    name: "named ports without protocol are of the protocol that the pod gives them",
    policies: [
      globalPolicy(
        "ports",
        "{ selector: all(), ingress: [{ action: Allow, destination: { ports: [web, dns] } }] }",
      ),
    ],
    expected: `
      deny * > *
      allow * > x/* */80
      allow * > y/* */81
      allow * > z/* */82`,
  },
  {
    name: "ports of the source, which are 20000 and above",
    policies: [
      calicoPolicy(
        "x/source-ports",
        `
ingress:
  - { action: Allow, protocol: TCP, source: { ports: ['20000:20999'] }, destination: { ports: [80] } }
  - { action: Allow, protocol: TCP, source: { ports: ['1:19999', 21000] }, destination: { ports: [81] } }
  - { action: Allow, protocol: TCP, source: { notPorts: ['20000:21000'] }, destination: { ports: [82] } }
  - { action: Allow, protocol: UDP, source: { notPorts: [80, '443:19999'] } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/* tcp
      allow * > x/* tcp/80`,
  },
  {
    name: "protocols by name, by number, and negated",
    protocols: ["tcp", "udp"],
    policies: [
      calicoPolicy("x/number", "{ selector: pod == 'a', ingress: [{ action: Allow, protocol: 17 }] }"),
      calicoPolicy("x/not", "{ selector: pod == 'b', ingress: [{ action: Allow, notProtocol: UDP }] }"),
      calicoPolicy("x/other", "{ selector: pod == 'c', ingress: [{ action: Allow, protocol: UDPLite }] }"),
    ],
    expected: `
      allow * > *
      deny * > x/a tcp
      deny * > x/b udp
      deny * > x/c`,
  },
  {
    name: "SCTP by name and by number, and everything but SCTP",
    protocols: ["sctp", "udp"],
    policies: [
      calicoPolicy(
        "x/name",
        "{ selector: pod == 'a', ingress: [{ action: Allow, protocol: SCTP, destination: { ports: ['80:81', signal] } }] }",
      ),
      calicoPolicy(
        "x/number",
        "{ selector: pod == 'b', ingress: [{ action: Allow, protocol: 132, destination: { notPorts: [443] } }] }",
      ),
      calicoPolicy("x/not", "{ selector: pod == 'c', ingress: [{ action: Allow, notProtocol: 132 }] }"),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow * > x/a sctp/80-81
      allow * > x/b sctp/80-82
      allow * > x/c udp`,
  },
  {
    name: "networks alone are not bound to the namespace",
    versions: [4],
    policies: [
      calicoPolicy(
        "x/nets",
        "{ ingress: [{ action: Allow, source: { nets: [10.65.2.0/24, 10.65.3.2/32] } }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow y/*,z/b > x/*`,
  },
  {
    name: "networks with a selector: both",
    versions: [4],
    policies: [
      globalPolicy(
        "nets",
        `
namespaceSelector: ns == 'x'
ingress: [{ action: Deny, source: { nets: [10.65.2.0/31, 10.65.3.0/24], selector: pod == 'a' } }, { action: Allow }]`,
      ),
    ],
    expected: `
      allow * > *
      deny y/a,z/a > x/*`,
  },
  {
    name: "networks that must not be",
    versions: [4],
    policies: [
      calicoPolicy(
        "x/not-nets",
        "{ ingress: [{ action: Allow, source: { notNets: [10.65.2.0/24, 10.65.1.1/32] } }] }",
      ),
      calicoPolicy(
        "z/but",
        `
egress:
  - action: Allow
    destination: { nets: [10.65.1.0/24, 10.65.2.0/24], notNets: [10.65.1.2/31, 10.65.2.1/32] }`,
      ),
    ],
    expected: `
      allow * > *
      deny y/*,x/a > x/*
      deny z/* > *
      allow z/* > x/a,y/b,y/c`,
  },
  {
    name: "networks of IPv4 that must not be keep a rule from IPv6",
    versions: [6],
    policies: [
      calicoPolicy(
        "x/not-nets",
        `
ingress:
  - { action: Allow, source: { notNets: [10.65.2.0/24] } }
  - { action: Allow, protocol: TCP, source: { notNets: ['fd65::2:0/112'] } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/* udp
      deny y/* > x/*`,
  },
  {
    name: "networks on both sides",
    versions: [6],
    policies: [
      globalPolicy(
        "nets",
        `
selector: all()
egress:
  - action: Deny
    source: { nets: ['fd65::1:0/112'] }
    destination: { nets: ['fd65::2:0/112'], notNets: ['fd65::2:3/128'] }
  - action: Deny
    ipVersion: 6
    source: { notNets: ['fd65::0:0/110'] }
  - action: Allow`,
      ),
    ],
    expected: `
      allow * > *
      deny x/* > y/a,y/b`,
  },
  {
    name: "a rule for IPv4 only, where packets are",
    versions: [4],
    policies: [
      calicoPolicy("x/v4", "{ ingress: [{ action: Deny, ipVersion: 4, protocol: TCP }, { action: Allow }] }"),
    ],
    expected: `
      allow * > *
      deny * > x/* tcp`,
  },
  {
    name: "a rule for IPv4 only, where packets are not",
    versions: [6],
    policies: [
      calicoPolicy("x/v4", "{ ingress: [{ action: Deny, ipVersion: 4, protocol: TCP }, { action: Allow }] }"),
    ],
    expected: "allow * > *",
  },
  {
    name: "rules for ICMP let nothing else in",
    versions: [4],
    policies: [
      calicoPolicy(
        "x/ping",
        "{ ingress: [{ action: Allow, protocol: ICMP, ipVersion: 4, icmp: { type: 8 } }] }",
      ),
      calicoPolicy(
        "y/no-ping",
        "{ ingress: [{ action: Deny, protocol: ICMP, ipVersion: 4 }, { action: Allow }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*`,
  },
];
