import type { Case } from "../case.ts";
import { kubernetesPolicy } from "../resources.ts";

const ISOLATE_X = kubernetesPolicy("x/isolate", "podSelector: {}");
const FROM_Y = kubernetesPolicy(
  "x/from-y",
  `
podSelector: { matchLabels: { pod: a } }
ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: 'y' } } }] }]`,
);
const TO_CANARIES = kubernetesPolicy(
  "x/to-canaries",
  `
podSelector: { matchLabels: { pod: c } }
policyTypes: [Egress]
egress: [{ to: [{ namespaceSelector: {}, podSelector: { matchExpressions: [{ key: canary, operator: Exists }] } }] }]`,
);

/** Policies together are a union, and what labels and policies become counts, not what they were. */
export const KUBERNETES_SETS: readonly Case[] = [
  {
    name: "isolation and one exception",
    policies: [ISOLATE_X, FROM_Y],
    expected: `
      allow * > *
      deny * > x/*
      allow y/* > x/a`,
  },
  {
    name: "the exception alone: a policy taken away",
    policies: [FROM_Y],
    expected: `
      allow * > *
      deny * > x/a
      allow y/* > x/a`,
  },
  {
    name: "allow all beats deny all",
    policies: [ISOLATE_X, kubernetesPolicy("x/open", "{ podSelector: {}, ingress: [{}] }")],
    expected: "allow * > *",
  },
  {
    name: "two policies of one pod: either port",
    policies: [
      kubernetesPolicy(
        "x/p80",
        "{ podSelector: { matchLabels: { pod: a } }, ingress: [{ ports: [{ port: 80 }] }] }",
      ),
      kubernetesPolicy(
        "x/p81",
        "{ podSelector: { matchLabels: { pod: a } }, ingress: [{ ports: [{ port: 81 }] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow * > x/a tcp/80-81`,
  },
  {
    name: "policies that overlap on some pods",
    policies: [
      kubernetesPolicy(
        "y/ab",
        `
podSelector: { matchExpressions: [{ key: pod, operator: In, values: [a, b] }] }
ingress: [{ from: [{ podSelector: {} }] }]`,
      ),
      kubernetesPolicy(
        "y/bc",
        `
podSelector: { matchExpressions: [{ key: pod, operator: In, values: [b, c] }] }
ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: z } } }], ports: [{ port: web }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > y/*
      allow y/* > y/a,y/b
      allow z/* > y/b,y/c tcp/81`,
  },
  {
    name: "a policy for egress leaves ingress as it is",
    policies: [TO_CANARIES, FROM_Y],
    expected: `
      allow * > *
      deny x/c > *
      allow x/c > y/b,z/c
      deny x/*,z/* > x/a`,
  },
  {
    name: "a pod gets the label that peers are picked by",
    policies: [TO_CANARIES],
    cluster: { podLabels: { "x/a": { canary: "no" } } },
    expected: `
      allow * > *
      deny x/c > *
      allow x/c > y/b,z/c,x/a`,
  },
  {
    name: "a pod gets the label that subjects are picked by",
    policies: [ISOLATE_X, FROM_Y],
    cluster: { podLabels: { "x/b": { pod: "a" } } },
    expected: `
      allow * > *
      deny * > x/*
      allow y/* > x/a,x/b`,
  },
  {
    name: "a pod loses the label that its policy selects",
    policies: [FROM_Y],
    cluster: { podLabels: { "x/a": { pod: "former-a" } } },
    expected: "allow * > *",
  },
  {
    name: "a namespace gets another label",
    policies: [FROM_Y],
    cluster: { namespaceLabels: { y: { ns: "former-y" }, z: { ns: "y" } } },
    expected: `
      allow * > *
      deny * > x/a
      allow z/* > x/a`,
  },
  {
    name: "a namespace loses its labels",
    policies: [
      kubernetesPolicy(
        "x/teams",
        `
podSelector: {}
ingress: [{ from: [{ namespaceSelector: { matchExpressions: [{ key: team, operator: Exists }] } }] }]`,
      ),
    ],
    cluster: { namespaceLabels: { y: {} } },
    expected: `
      allow * > *
      deny y/* > x/*`,
  },
  {
    name: "everything denied but one way through three namespaces",
    policies: [
      ...["x", "y", "z"].map((ns) =>
        kubernetesPolicy(`${ns}/deny`, "{ podSelector: {}, policyTypes: [Ingress, Egress] }"),
      ),
      kubernetesPolicy(
        "x/a-out",
        `
podSelector: { matchLabels: { pod: a } }
policyTypes: [Egress]
egress: [{ to: [{ namespaceSelector: { matchLabels: { ns: 'y' } }, podSelector: { matchLabels: { pod: b } } }] }]`,
      ),
      kubernetesPolicy(
        "y/b-both",
        `
podSelector: { matchLabels: { pod: b } }
policyTypes: [Ingress, Egress]
ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: x } } }], ports: [{ port: web }] }]
egress: [{ to: [{ namespaceSelector: { matchLabels: { ns: z } } }], ports: [{ protocol: UDP, port: dns }] }]`,
      ),
      kubernetesPolicy(
        "z/c-in",
        `
podSelector: { matchLabels: { pod: c } }
ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { canary: 'yes' } } }] }]`,
      ),
    ],
    expected: `
      deny * > *
      allow x/a > y/b tcp/81
      allow y/b > z/c udp/82`,
  },
];
