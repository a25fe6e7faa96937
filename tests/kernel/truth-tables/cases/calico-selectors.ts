import type { Case } from "../case.ts";
import { calicoPolicy, globalPolicy, networkSet } from "../resources.ts";

/** Whom Calico's rules mean: selectors of labels, of namespaces, of service accounts, and sets of networks. */
export const CALICO_SELECTORS: readonly Case[] = [
  {
    name: "a rule's selector means the policy's own namespace",
    policies: [
      calicoPolicy(
        "x/from",
        "{ selector: pod == 'a', ingress: [{ action: Allow, source: { selector: pod == 'b' } }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow x/b > x/a`,
  },
  {
    name: "a rule's selector of a global policy means all namespaces",
    policies: [
      globalPolicy(
        "from",
        "{ selector: pod == 'a', ingress: [{ action: Allow, source: { selector: pod == 'b' } }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > */a
      allow */b > */a`,
  },
  {
    name: "a selector of namespaces and one of pods",
    policies: [
      calicoPolicy(
        "x/from",
        `
ingress:
  - { action: Allow, source: { namespaceSelector: team == 'blue', selector: pod != 'a' } }
  - { action: Allow, protocol: TCP, source: { namespaceSelector: projectcalico.org/name == 'z' }, destination: { ports: [443] } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow x/b,x/c,y/b,y/c > x/*
      allow z/* > x/* tcp/443`,
  },
  {
    name: "all() of namespaces means every pod",
    policies: [
      calicoPolicy("y/from", "{ ingress: [{ action: Allow, source: { namespaceSelector: all() } }] }"),
    ],
    expected: "allow * > *",
  },
  {
    name: "every operator of selectors",
    policies: [
      globalPolicy(
        "operators",
        `
selector: all()
ingress:
  - { action: Deny, protocol: TCP, source: { selector: app starts with 'shop-w' }, destination: { ports: [80] } }
  - { action: Deny, protocol: TCP, source: { selector: app ends with '-db' }, destination: { ports: [81] } }
  - { action: Deny, protocol: TCP, source: { selector: app contains 'ank' }, destination: { ports: [82] } }
  - { action: Deny, protocol: TCP, source: { selector: pod != 'a' }, destination: { ports: [443] } }
  - { action: Deny, protocol: UDP, source: { selector: "pod in { 'a', 'b' } && app not in { 'shop-web' }" }, destination: { ports: [80] } }
  - { action: Deny, protocol: UDP, source: { selector: has(canary) }, destination: { ports: [81] } }
  - { action: Deny, protocol: UDP, source: { selector: "!has(canary) && canary != 'yes'" }, destination: { ports: [82] } }
  - { action: Deny, protocol: UDP, source: { selector: "(pod == 'a' || canary == 'yes') && !(app == 'shop-web' || app == 'mail-db')" }, destination: { ports: [443] } }
  - { action: Allow }`,
      ),
    ],
    expected: `
      allow * > *
      deny x/a > * tcp/80
      deny */c > * tcp/81
      deny y/* > * tcp/82
      deny */b,*/c > * tcp/443
      deny y/a,z/a,*/b > * udp/80
      deny y/b,z/c > * udp/81
      deny x/*,y/a,y/c,z/a,z/b > * udp/82
      deny y/a,z/a,y/b > * udp/443`,
  },
  {
    name: "a negated selector of a namespaced policy stays in the namespace",
    policies: [
      calicoPolicy("x/not", "{ ingress: [{ action: Allow, source: { notSelector: pod == 'a' } }] }"),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow x/b,x/c > x/*`,
  },
  {
    name: "a negated selector of a global policy, alone and with a selector",
    policies: [
      globalPolicy(
        "not",
        `
namespaceSelector: ns == 'z'
ingress:
  - { action: Allow, protocol: TCP, source: { notSelector: pod == 'a' } }
  - { action: Allow, protocol: UDP, source: { selector: "pod in { 'b', 'c' }", notSelector: has(canary) } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > z/*
      allow */b,*/c > z/* tcp
      allow x/b,x/c,y/c,z/b > z/* udp`,
  },
  {
    name: "service accounts by name: those of the own namespace",
    policies: [
      calicoPolicy(
        "x/from",
        "{ ingress: [{ action: Allow, source: { serviceAccounts: { names: [alpha] } } }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow x/a,x/c > x/*`,
  },
  {
    name: "service accounts by label, and by both, in a global policy",
    policies: [
      globalPolicy(
        "from",
        `
namespaceSelector: ns == 'y'
ingress:
  - { action: Allow, protocol: TCP, source: { serviceAccounts: { selector: trust == 'high' } } }
  - { action: Allow, protocol: UDP, source: { serviceAccounts: { selector: trust == 'high', names: [beta, gamma] } } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > y/*
      allow x/a,x/c,y/a,y/c,z/b > y/* tcp
      allow z/b > y/* udp`,
  },
  {
    name: "service accounts and labels in one rule",
    policies: [
      calicoPolicy(
        "y/to",
        `
egress:
  - action: Allow
    destination: { namespaceSelector: ns != 'y', serviceAccounts: { names: [alpha] }, selector: pod == 'c' }`,
      ),
    ],
    expected: `
      allow * > *
      deny y/* > *
      allow y/* > x/c,z/c`,
  },
  {
    name: "subjects by service account",
    policies: [
      calicoPolicy(
        "z/beta",
        "{ serviceAccountSelector: projectcalico.org/name == 'beta', types: [Ingress] }",
      ),
      globalPolicy(
        "trusted",
        "{ selector: pod == 'a', serviceAccountSelector: trust == 'high', types: [Egress] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > z/b
      deny x/a,y/a > *`,
  },
  {
    name: "subjects by namespace and label",
    policies: [
      globalPolicy("blue", "{ namespaceSelector: team == 'blue', selector: pod == 'b', types: [Ingress] }"),
      globalPolicy("canaries", "{ selector: has(canary), types: [Egress] }"),
    ],
    expected: `
      allow * > *
      deny * > x/b,y/b
      deny y/b,z/c > *`,
  },
  {
    name: "selectors on both sides of a rule",
    policies: [
      globalPolicy(
        "both",
        `
selector: all()
egress:
  - { action: Deny, source: { selector: pod == 'a' }, destination: { namespaceSelector: ns == 'z' } }
  - { action: Deny, source: { namespaceSelector: ns == 'z' }, destination: { selector: pod == 'a', notSelector: app == 'mail-web' } }
  - { action: Allow }`,
      ),
    ],
    expected: `
      allow * > *
      deny */a > z/*
      deny z/* > x/a,y/a`,
  },
  {
    name: "network sets: global ones, those of a namespace, and pods of the same labels",
    versions: [4],
    policies: [
      networkSet("partners", "{ role: partner }", ["10.65.2.1/32", "10.65.3.0/31"]),
      networkSet("x/friends", "{ role: partner }", ["10.65.2.2"]),
      networkSet("y/others", "{ role: partner }", ["10.65.3.2"]),
      calicoPolicy(
        "x/from",
        `
ingress:
  - { action: Allow, protocol: TCP, source: { selector: role == 'partner' } }
  - { action: Allow, protocol: UDP, source: { namespaceSelector: global(), selector: role == 'partner' } }`,
      ),
      globalPolicy(
        "from",
        "{ namespaceSelector: ns == 'z', ingress: [{ action: Deny, source: { selector: role == 'partner' } }, { action: Allow }] }",
      ),
    ],
    cluster: { podLabels: { "x/c": { role: "partner" } } },
    expected: `
      allow * > *
      deny * > x/*
      allow y/b,x/c > x/* tcp
      allow y/a,z/a > x/* udp
      deny y/a,y/b,z/a,z/b,x/c > z/*`,
  },
  {
    name: "a network set of another IP version holds nobody",
    versions: [6],
    policies: [
      networkSet("partners", "{ role: partner }", ["10.65.2.1/32"]),
      networkSet("partners-v6", "{ role: partner-v6 }", ["fd65::3:0/126"]),
      globalPolicy(
        "from",
        "{ namespaceSelector: ns == 'x', ingress: [{ action: Allow, source: { selector: role starts with 'partner' } }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow z/* > x/*`,
  },
];
