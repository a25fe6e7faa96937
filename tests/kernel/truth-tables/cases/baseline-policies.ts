import type { Case } from "../case.ts";
import { adminPolicy, baselinePolicy, calicoPolicy, kubernetesPolicy, tier } from "../resources.ts";

const BASELINE_TIER = tier("baselineadminnetworkpolicy", "{ order: 10000000, defaultAction: Pass }");
const TIERS = [tier("adminnetworkpolicy", "{ order: 1000, defaultAction: Pass }"), BASELINE_TIER];

const DENY_BETWEEN_NAMESPACES = baselinePolicy(`
subject: { namespaces: {} }
ingress:
  - { action: Allow, from: [{ namespaces: { matchLabels: { ns: x } } }] }
  - { action: Deny, from: [{ namespaces: {} }] }`);

/** BaselineAdminNetworkPolicy: what holds where no policy of a namespace isolates the pod. */
export const BASELINE_POLICIES: readonly Case[] = [
  {
    name: "the baseline alone",
    policies: [BASELINE_TIER, DENY_BETWEEN_NAMESPACES],
    expected: `
      deny * > *
      allow x/* > *`,
  },
  {
    name: "a policy of a namespace replaces the baseline for its pods",
    policies: [
      BASELINE_TIER,
      DENY_BETWEEN_NAMESPACES,
      kubernetesPolicy(
        "y/own",
        "{ podSelector: { matchLabels: { pod: a } }, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }] }",
      ),
    ],
    expected: `
      deny * > *
      allow x/* > *
      deny x/* > y/a
      allow y/* > y/a tcp/80`,
  },
  {
    name: "a policy that passes comes to the baseline",
    policies: [
      BASELINE_TIER,
      DENY_BETWEEN_NAMESPACES,
      calicoPolicy(
        "z/pass",
        "{ ingress: [{ action: Pass, protocol: TCP }, { action: Allow, source: { namespaceSelector: ns == 'z' } }] }",
      ),
    ],
    expected: `
      deny * > *
      allow x/* > *
      deny x/* > z/* udp
      allow z/* > z/* udp`,
  },
  {
    name: "administrator, namespace and baseline, each where the one before passes",
    policies: [
      ...TIERS,
      adminPolicy(
        "admin",
        `
priority: 3
subject: { namespaces: {} }
ingress:
  - { action: Allow, from: [{ namespaces: {} }], ports: [{ portNumber: { protocol: UDP, port: 443 } }] }
  - { action: Deny, from: [{ pods: { namespaceSelector: {}, podSelector: { matchLabels: { canary: 'yes' } } } }] }
  - { action: Pass, from: [{ namespaces: {} }], ports: [{ portNumber: { protocol: TCP, port: 80 } }] }`,
      ),
      kubernetesPolicy(
        "x/own",
        "{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: 'y' } } }] }] }",
      ),
      baselinePolicy(`
subject: { namespaces: {} }
ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { team: green } } }] }]`),
    ],
    expected: `
      allow * > *
      deny x/*,z/* > x/*
      deny z/* > y/*,z/*
      deny y/b,z/c > *
      allow * > * udp/443`,
  },
  {
    name: "administrator and baseline, the namespace's policy taken away",
    policies: [
      ...TIERS,
      adminPolicy(
        "admin",
        `
priority: 3
subject: { namespaces: { matchLabels: { ns: x } } }
egress: [{ action: Pass, to: [{ namespaces: { matchLabels: { ns: 'y' } } }] }, { action: Allow, to: [{ namespaces: { matchLabels: { ns: z } } }] }]`,
      ),
      baselinePolicy(`
subject: { namespaces: { matchLabels: { ns: x } } }
egress: [{ action: Deny, to: [{ namespaces: {} }], ports: [{ portRange: { start: 80, end: 82 } }] }]`),
    ],
    expected: `
      allow * > *
      deny x/* > x/*,y/* tcp/80-82`,
  },
  {
    name: "baseline egress to networks and by a named port",
    versions: [4],
    policies: [
      BASELINE_TIER,
      baselinePolicy(`
subject: { pods: { namespaceSelector: { matchLabels: { team: blue } }, podSelector: { matchLabels: { pod: a } } } }
egress:
  - { action: Allow, to: [{ networks: [10.65.3.2/31] }] }
  - { action: Deny, to: [{ networks: [10.65.3.0/24] }] }
  - { action: Deny, to: [{ namespaces: {} }], ports: [{ namedPort: web }, { portNumber: { protocol: UDP, port: 80 } }] }`),
    ],
    expected: `
      allow * > *
      deny x/a,y/a > z/a
      deny x/a,y/a > x/* */80
      deny x/a,y/a > y/* tcp/81 udp/80`,
  },
  {
    name: "a baseline of SCTP",
    protocols: ["sctp", "udp"],
    policies: [
      BASELINE_TIER,
      baselinePolicy(`
subject: { namespaces: { matchLabels: { ns: z } } }
ingress: [{ action: Deny, from: [{ namespaces: { matchLabels: { ns: x } } }], ports: [{ portNumber: { protocol: SCTP, port: 80 } }, { portNumber: { protocol: SCTP, port: 82 } }] }]`),
    ],
    expected: `
      allow * > *
      deny x/* > z/* sctp/80 sctp/82`,
  },
];
