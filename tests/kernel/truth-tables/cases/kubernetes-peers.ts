import type { Case } from "../case.ts";
import { kubernetesPolicy } from "../resources.ts";

/** Who may come in, by labels of pods and namespaces. */
export const KUBERNETES_PEERS: readonly Case[] = [
  {
    name: "a pod selector means the policy's own namespace",
    policies: [
      kubernetesPolicy(
        "x/from-b",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ from: [{ podSelector: { matchLabels: { pod: b } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow x/b > x/a`,
  },
  {
    name: "an empty pod selector means all pods of the policy's own namespace",
    policies: [kubernetesPolicy("y/own", "{ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }")],
    expected: `
      allow * > *
      deny * > y/*
      allow y/* > y/*`,
  },
  {
    name: "a peer that no pod is",
    policies: [
      kubernetesPolicy(
        "x/none",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ from: [{ podSelector: { matchLabels: { pod: d } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a`,
  },
  {
    name: "from a namespace by its label",
    policies: [
      kubernetesPolicy(
        "x/from-y",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: 'y' } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow y/* > x/a`,
  },
  {
    name: "from a namespace by its name",
    policies: [
      kubernetesPolicy(
        "x/from-z",
        `
podSelector: {}
ingress: [{ from: [{ namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: z } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/*
      allow z/* > x/*`,
  },
  {
    name: "from all namespaces",
    policies: [
      kubernetesPolicy(
        "x/from-all",
        "{ podSelector: { matchLabels: { pod: a } }, ingress: [{ from: [{ namespaceSelector: {} }] }] }",
      ),
    ],
    expected: "allow * > *",
  },
  {
    name: "from the pods of one name in all namespaces",
    policies: [
      kubernetesPolicy(
        "x/from-b",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ from: [{ namespaceSelector: {}, podSelector: { matchLabels: { pod: b } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow */b > x/a`,
  },
  {
    name: "from namespaces by values, and by values they must not have",
    policies: [
      kubernetesPolicy(
        "x/in",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ from: [{ namespaceSelector: { matchExpressions: [{ key: ns, operator: In, values: [x, z] }] } }] }]`,
      ),
      kubernetesPolicy(
        "x/not-in",
        `
podSelector: { matchLabels: { pod: b } }
ingress: [{ from: [{ namespaceSelector: { matchExpressions: [{ key: ns, operator: NotIn, values: [x] }] } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny y/* > x/a
      deny x/* > x/b`,
  },
  {
    name: "from namespaces by a label that they have, and by one that they have not",
    policies: [
      kubernetesPolicy(
        "x/exists",
        `
podSelector: { matchLabels: { pod: a } }
ingress: [{ from: [{ namespaceSelector: { matchExpressions: [{ key: canary, operator: Exists }] } }] }]`,
      ),
      kubernetesPolicy(
        "x/absent",
        `
podSelector: { matchLabels: { pod: b } }
ingress: [{ from: [{ namespaceSelector: { matchExpressions: [{ key: canary, operator: DoesNotExist }] } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a`,
  },
  {
    name: "from pods by expressions, in any namespace",
    policies: [
      kubernetesPolicy(
        "x/canaries",
        `
podSelector: { matchLabels: { pod: a } }
ingress:
  - from:
      - namespaceSelector: {}
        podSelector: { matchExpressions: [{ key: canary, operator: Exists }, { key: pod, operator: NotIn, values: [b] }] }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow z/c > x/a`,
  },
  {
    name: "from a namespace and a pod in one peer: both",
    policies: [
      kubernetesPolicy(
        "x/and",
        `
podSelector: { matchLabels: { pod: a } }
ingress:
  - from:
      - namespaceSelector: { matchLabels: { ns: 'y' } }
        podSelector: { matchLabels: { pod: a } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow y/a > x/a`,
  },
  {
    name: "from a namespace or a pod in two peers: either",
    policies: [
      kubernetesPolicy(
        "x/or",
        `
podSelector: { matchLabels: { pod: a } }
ingress:
  - from:
      - namespaceSelector: { matchLabels: { ns: 'y' } }
      - podSelector: { matchLabels: { pod: b } }`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      allow y/*,x/b > x/a`,
  },
  {
    name: "several rules are as several peers",
    policies: [
      kubernetesPolicy(
        "x/rules",
        `
podSelector: { matchLabels: { pod: c } }
ingress:
  - from: [{ namespaceSelector: { matchLabels: { ns: z } }, podSelector: { matchLabels: { pod: a } } }]
  - from: [{ podSelector: { matchExpressions: [{ key: pod, operator: In, values: [a, b] }] } }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/c
      allow z/a,x/a,x/b > x/c`,
  },
  {
    name: "a label that two namespaces share",
    policies: [
      kubernetesPolicy(
        "z/from-blue",
        "{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } } }] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny z/* > z/*`,
  },
];
