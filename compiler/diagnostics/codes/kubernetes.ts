import { code } from "../diagnostic.ts";
import { fieldHint, type UnknownField } from "../suggest.ts";

export const KUBERNETES_CODES = {
  "kubernetes/unknown-field": code<UnknownField>({
    severity: "warning",
    summary: "Unknown field of a Kubernetes object",
    message: ({ field }) => `There is no field ${JSON.stringify(field)} here; the API server would drop it.`,
    hint: fieldHint,
  }),
  "kubernetes/dropped-rule": code<{ reason: string }>({
    severity: "warning",
    summary: "Rule of a Kubernetes policy is not enforced",
    message: ({ reason }) => `This rule allows nothing, because it cannot be enforced: ${reason}.`,
  }),
  "kubernetes/failed-closed": code<{ reason: string }>({
    severity: "warning",
    summary: "Rule of a Kubernetes policy denies everything",
    message: ({ reason }) => `This rule cannot be enforced, so it denies all traffic instead: ${reason}.`,
    hint: () => "Calico fails closed where a Deny or Pass rule cannot be expressed.",
  }),
  "kubernetes/invalid-value": code<{ what: string; value: string; problem: string }>({
    severity: "error",
    summary: "Invalid value in a Kubernetes object",
    message: ({ what, value, problem }) => `The ${what} ${JSON.stringify(value)} ${problem}.`,
  }),
  "kubernetes/ignored-value": code<{ what: string; value: string; problem: string }>({
    severity: "warning",
    summary: "Value in a Kubernetes object is ignored",
    message: ({ what, value, problem }) => `The ${what} ${JSON.stringify(value)} ${problem}; it is ignored.`,
  }),
  "kubernetes/clamped-value": code<{ what: string; value: string; limit: string }>({
    severity: "warning",
    summary: "Quantity out of range",
    message: ({ what, value, limit }) =>
      `The ${what} ${JSON.stringify(value)} is out of range; ${limit} is used instead.`,
  }),
  "kubernetes/policy-without-subject": code<{ kind: string; name: string }>({
    severity: "warning",
    summary: "Cluster policy that selects nothing",
    message: ({ kind, name }) => `${kind} ${name} has no subject that Calico knows, so it is not enforced.`,
    hint: () => "Give spec.subject either namespaces or pods.",
  }),
} as const;
