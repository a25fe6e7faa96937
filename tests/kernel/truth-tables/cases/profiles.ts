import type { Case } from "../case.ts";
import { calicoPolicy, globalPolicy, profile, tier } from "../resources.ts";

const OPEN = "projectcalico-default-allow";
const WEB = profile(
  "web",
  `
ingress: [{ action: Allow, protocol: TCP, destination: { ports: [80] } }]
egress: [{ action: Allow }]`,
);
const GUARD = profile(
  "guard",
  `
ingress: [{ action: Deny, source: { selector: projectcalico.org/namespace == 'y' } }]
egress: [{ action: Deny, protocol: UDP, destination: { selector: pod == 'c' } }]`,
);

/** What profiles say where no tier did, and the labels that they give. */
export const PROFILES: readonly Case[] = [
  {
    name: "an endpoint without profile and policy is shut",
    policies: [],
    cluster: { profiles: { "x/a": [] } },
    expected: `
      allow * > *
      deny x/a > *
      deny * > x/a`,
  },
  {
    name: "an endpoint of the profile that allows everything",
    policies: [],
    cluster: { profiles: { "x/a": [OPEN] } },
    expected: "allow * > *",
  },
  {
    name: "rules of a profile",
    policies: [WEB],
    cluster: { profiles: { "x/a": ["web"], "y/b": ["web"] } },
    expected: `
      allow * > *
      deny * > x/a,y/b
      allow * > x/a,y/b tcp/80`,
  },
  {
    name: "the first profile that decides",
    policies: [WEB, GUARD],
    cluster: { profiles: { "x/a": ["guard", "web"], "x/b": ["web", "guard"] } },
    expected: `
      allow * > *
      deny * > x/a,x/b
      allow x/*,z/* > x/a tcp/80
      allow * > x/b tcp/80
      deny x/a > */c udp`,
  },
  {
    name: "a profile that says nothing leaves it to the next",
    policies: [WEB, GUARD],
    cluster: { profiles: { "z/a": ["guard", "web", OPEN] } },
    expected: `
      allow * > *
      deny y/* > z/a
      deny z/a > */c udp`,
  },
  {
    name: "a policy decides before the profiles",
    policies: [
      WEB,
      calicoPolicy(
        "x/p81",
        "{ selector: pod == 'a', ingress: [{ action: Allow, protocol: TCP, destination: { ports: [81] } }] }",
      ),
    ],
    cluster: { profiles: { "x/a": ["web"] } },
    expected: `
      allow * > *
      deny * > x/a
      allow * > x/a tcp/81`,
  },
  {
    name: "a policy passes to the profiles",
    policies: [
      WEB,
      calicoPolicy(
        "x/pass",
        "{ selector: pod == 'a', ingress: [{ action: Pass, source: { selector: pod != 'c' } }, { action: Allow, protocol: UDP, destination: { ports: [82] } }] }",
      ),
    ],
    cluster: { profiles: { "x/a": ["web"] } },
    expected: `
      allow * > *
      deny * > x/a
      allow x/a,x/b > x/a tcp/80
      allow x/c,y/*,z/* > x/a udp/82`,
  },
  {
    name: "a tier passes by default to the profiles",
    policies: [
      GUARD,
      tier("open", "{ order: 1, defaultAction: Pass }"),
      globalPolicy(
        "egress",
        "{ tier: open, selector: pod == 'b', egress: [{ action: Deny, protocol: TCP, destination: { selector: pod == 'a' } }] }",
      ),
    ],
    cluster: { profiles: { "x/b": ["guard", OPEN] } },
    expected: `
      allow * > *
      deny */b > */a tcp
      deny x/b > */c udp
      deny y/* > x/b`,
  },
  {
    name: "profiles lend labels, but not over the endpoint's own",
    policies: [
      profile("lender", "labelsToApply: { role: db, pod: lent }"),
      profile(
        "second",
        "{ labelsToApply: { role: other, zone: far }, ingress: [{ action: Allow }], egress: [{ action: Allow }] }",
      ),
      globalPolicy(
        "by-label",
        `
selector: role == 'db'
ingress:
  - { action: Deny, protocol: TCP, source: { selector: zone == 'far' } }
  - { action: Allow, source: { selector: pod != 'lent' } }`,
      ),
      globalPolicy("others", "{ selector: role == 'other' || pod == 'lent', types: [Ingress] }"),
    ],
    cluster: { profiles: { "x/a": ["lender", "second"], "x/b": ["second"] } },
    expected: `
      allow * > *
      deny x/a,x/b > x/a tcp
      deny * > x/b`,
  },
];
