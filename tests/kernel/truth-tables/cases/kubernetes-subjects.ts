import type { Case } from "../case.ts";
import { kubernetesPolicy } from "../resources.ts";

/** Which pods Kubernetes' NetworkPolicy isolates. */
export const KUBERNETES_SUBJECTS: readonly Case[] = [
  { name: "no policy at all", policies: [], expected: "allow * > *" },
  {
    name: "deny all ingress of a namespace",
    policies: [kubernetesPolicy("x/deny", "{ podSelector: {}, policyTypes: [Ingress] }")],
    expected: `
      allow * > *
      deny * > x/*`,
  },
  {
    name: "deny all ingress of one pod",
    policies: [
      kubernetesPolicy("y/deny", "{ podSelector: { matchLabels: { pod: b } }, policyTypes: [Ingress] }"),
    ],
    expected: `
      allow * > *
      deny * > y/b`,
  },
  {
    name: "without policyTypes a policy isolates ingress",
    policies: [kubernetesPolicy("z/deny", "podSelector: {}")],
    expected: `
      allow * > *
      deny * > z/*`,
  },
  {
    name: "deny all ingress everywhere, one policy for each namespace under one name",
    policies: ["x", "y", "z"].map((ns) => kubernetesPolicy(`${ns}/deny`, "podSelector: {}")),
    expected: "deny * > *",
  },
  {
    name: "an empty ingress rule allows everybody",
    policies: [kubernetesPolicy("x/open", "{ podSelector: {}, ingress: [{}] }")],
    expected: "allow * > *",
  },
  {
    name: "an empty list of peers allows everybody",
    policies: [kubernetesPolicy("x/open", "{ podSelector: {}, ingress: [{ from: [] }] }")],
    expected: "allow * > *",
  },
  {
    name: "an empty list of rules allows nobody",
    policies: [kubernetesPolicy("x/closed", "{ podSelector: { matchLabels: { pod: c } }, ingress: [] }")],
    expected: `
      allow * > *
      deny * > x/c`,
  },
  {
    name: "a subject that no pod has isolates nobody",
    policies: [kubernetesPolicy("x/nobody", "podSelector: { matchLabels: { pod: d } }")],
    expected: "allow * > *",
  },
  {
    name: "the subject by a set of values",
    policies: [
      kubernetesPolicy(
        "y/deny",
        "podSelector: { matchExpressions: [{ key: pod, operator: In, values: [a, c, d] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > y/a,y/c`,
  },
  {
    name: "the subject by values it must not have, absent labels included",
    policies: [
      kubernetesPolicy(
        "y/deny",
        "podSelector: { matchExpressions: [{ key: canary, operator: NotIn, values: ['yes'] }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > y/a,y/c`,
  },
  {
    name: "the subject by a label it must have, labels and expressions together",
    policies: [
      kubernetesPolicy(
        "z/deny",
        `
podSelector:
  matchLabels: { pod: c }
  matchExpressions: [{ key: canary, operator: Exists }]`,
      ),
      kubernetesPolicy(
        "y/nobody",
        `
podSelector:
  matchLabels: { pod: c }
  matchExpressions: [{ key: canary, operator: Exists }]`,
      ),
    ],
    expected: `
      allow * > *
      deny * > z/c`,
  },
  {
    name: "the subject by a label it must not have",
    policies: [
      kubernetesPolicy(
        "z/deny",
        "podSelector: { matchExpressions: [{ key: canary, operator: DoesNotExist }] }",
      ),
    ],
    expected: `
      allow * > *
      deny * > z/a,z/b`,
  },
];
