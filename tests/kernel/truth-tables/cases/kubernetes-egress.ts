import type { Case } from "../case.ts";
import { kubernetesPolicy } from "../resources.ts";

/** Where pods may go, and both directions together. */
export const KUBERNETES_EGRESS: readonly Case[] = [
  {
    name: "deny all egress of a namespace",
    policies: [kubernetesPolicy("x/deny", "{ podSelector: {}, policyTypes: [Egress] }")],
    expected: `
      allow * > *
      deny x/* > *`,
  },
  {
    name: "deny all egress of one pod",
    policies: [
      kubernetesPolicy("x/deny", "{ podSelector: { matchLabels: { pod: a } }, policyTypes: [Egress] }"),
    ],
    expected: `
      allow * > *
      deny x/a > *`,
  },
  {
    name: "an empty egress rule allows everything",
    policies: [kubernetesPolicy("x/open", "{ podSelector: {}, policyTypes: [Egress], egress: [{}] }")],
    expected: "allow * > *",
  },
  {
    name: "deny both directions of a namespace",
    policies: [kubernetesPolicy("y/deny", "{ podSelector: {}, policyTypes: [Ingress, Egress] }")],
    expected: `
      allow * > *
      deny y/* > *
      deny * > y/*`,
  },
  {
    name: "egress rules without policyTypes isolate both directions",
    policies: [kubernetesPolicy("x/both", "{ podSelector: { matchLabels: { pod: a } }, egress: [{}] }")],
    expected: `
      allow * > *
      deny * > x/a`,
  },
  {
    name: "egress rules of a policy for ingress only are not looked at",
    policies: [
      kubernetesPolicy(
        "x/ingress",
        "{ podSelector: { matchLabels: { pod: a } }, policyTypes: [Ingress], ingress: [{}], egress: [{ ports: [{ port: 80 }] }] }",
      ),
    ],
    expected: "allow * > *",
  },
  {
    name: "to a namespace and a pod in one peer",
    policies: [
      kubernetesPolicy(
        "x/to",
        `
podSelector: { matchLabels: { pod: a } }
policyTypes: [Egress]
egress: [{ to: [{ namespaceSelector: { matchLabels: { ns: 'y' } }, podSelector: { matchLabels: { pod: a } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny x/a > *
      allow x/a > y/a`,
  },
  {
    name: "to pods of the own namespace, or to a namespace",
    policies: [
      kubernetesPolicy(
        "z/to",
        `
podSelector: {}
policyTypes: [Egress]
egress: [{ to: [{ podSelector: { matchLabels: { pod: c } } }, { namespaceSelector: { matchLabels: { ns: x } } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny z/* > *
      allow z/* > z/c,x/*`,
  },
  {
    name: "to namespaces by expressions",
    policies: [
      kubernetesPolicy(
        "x/to",
        `
podSelector: { matchExpressions: [{ key: pod, operator: NotIn, values: [c] }] }
policyTypes: [Egress]
egress: [{ to: [{ namespaceSelector: { matchExpressions: [{ key: team, operator: NotIn, values: [green] }] } }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny x/a,x/b > z/*`,
  },
  {
    name: "to a port",
    policies: [
      kubernetesPolicy(
        "x/to",
        "{ podSelector: {}, policyTypes: [Egress], egress: [{ ports: [{ port: 81 }] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny x/* > *
      allow x/* > * tcp/81`,
  },
  {
    name: "to a named port: the number of each receiving pod",
    policies: [
      kubernetesPolicy(
        "x/to",
        "{ podSelector: {}, policyTypes: [Egress], egress: [{ ports: [{ port: web }] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny x/* > *
      allow x/* > x/* tcp/80
      allow x/* > y/* tcp/81
      allow x/* > z/* tcp/82`,
  },
  {
    name: "to a named port of some peers only",
    policies: [
      kubernetesPolicy(
        "x/to",
        `
podSelector: { matchLabels: { pod: b } }
policyTypes: [Egress]
egress:
  - to: [{ namespaceSelector: { matchLabels: { team: blue } } }]
    ports: [{ port: web }, { port: admin }, { protocol: UDP, port: 82 }]`,
      ),
    ],
    expected: `
      allow * > *
      deny x/b > *
      allow x/b > x/* tcp/80 udp/82
      allow x/b > y/* tcp/81 udp/82
      allow x/b > x/a,y/a tcp/443`,
  },
  {
    name: "to a range of ports of one namespace",
    policies: [
      kubernetesPolicy(
        "y/to",
        `
podSelector: {}
policyTypes: [Egress]
egress:
  - to: [{ namespaceSelector: { matchLabels: { ns: z } } }]
    ports: [{ port: 80, endPort: 82 }]
  - ports: [{ protocol: UDP, port: 81, endPort: 443 }]`,
      ),
    ],
    expected: `
      allow * > *
      deny y/* > *
      allow y/* > z/* tcp/80-82
      allow y/* > * udp/81-443`,
  },
  {
    name: "both ends must allow",
    policies: [
      kubernetesPolicy(
        "x/out",
        "{ podSelector: {}, policyTypes: [Egress], egress: [{ ports: [{ port: 80 }] }] }",
      ),
      kubernetesPolicy(
        "y/in",
        "{ podSelector: { matchLabels: { pod: a } }, ingress: [{ ports: [{ port: 80 }, { port: 81 }] }] }",
      ),
      kubernetesPolicy(
        "y/closed",
        "{ podSelector: { matchLabels: { pod: b } }, ingress: [{ ports: [{ port: 81 }] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > y/a,y/b
      allow * > y/a tcp/80-81
      allow * > y/b tcp/81
      deny x/* > *
      allow x/* > * tcp/80
      deny x/* > y/b tcp/80`,
  },
  {
    name: "egress is open, ingress of the other end is closed",
    policies: [
      kubernetesPolicy(
        "x/out",
        `
podSelector: { matchLabels: { pod: a } }
policyTypes: [Egress]
egress: [{ to: [{ namespaceSelector: { matchLabels: { ns: 'y' } } }] }]`,
      ),
      kubernetesPolicy("y/closed", "podSelector: {}"),
    ],
    expected: `
      allow * > *
      deny * > y/*
      deny x/a > *`,
  },
  {
    name: "one policy, other peers for each direction",
    policies: [
      kubernetesPolicy(
        "x/both",
        `
podSelector: { matchLabels: { pod: a } }
policyTypes: [Ingress, Egress]
ingress: [{ from: [{ namespaceSelector: { matchLabels: { ns: 'y' } } }], ports: [{ port: 80 }] }]
egress: [{ to: [{ namespaceSelector: { matchLabels: { ns: z } } }], ports: [{ protocol: UDP, port: 443 }] }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > x/a
      deny x/a > *
      allow y/* > x/a tcp/80
      allow x/a > z/* udp/443`,
  },
  {
    name: "two namespaces talk, the third is shut out",
    policies: ["x", "y"].map((ns) =>
      kubernetesPolicy(
        `${ns}/blue`,
        `
podSelector: {}
policyTypes: [Ingress, Egress]
ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: blue } } }] }]
egress: [{ to: [{ namespaceSelector: { matchLabels: { team: blue } } }] }]`,
      ),
    ),
    expected: `
      allow * > *
      deny z/* > x/*,y/*
      deny x/*,y/* > z/*`,
  },
];
