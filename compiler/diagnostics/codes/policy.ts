import { code } from "../diagnostic.ts";
import { ENDPOINT_CODES } from "./policy/endpoint.ts";
import { RULE_CODES } from "./policy/rule.ts";

type None = Record<string, never>;

const TYPES = { ingress: "Ingress", egress: "Egress" } as const;

/** Policies, tiers, profiles and network sets; rules and endpoints have tables of their own. */
export const POLICY_CODES = {
  ...RULE_CODES,
  ...ENDPOINT_CODES,
  "policy/name-invalid": code<{ kind: string; name: string; dots: "none" | "one" }>({
    severity: "error",
    summary: "Invalid policy or tier name",
    message: ({ kind, name }) =>
      `${JSON.stringify(name)} cannot name a ${kind}: name must consist of lower case alphanumeric characters or '-' (regex: [a-z0-9]([-a-z0-9]*[a-z0-9])?).`,
    hint: ({ dots }) =>
      dots === "none" ? "Dots are not allowed." : 'One dot is allowed, as in the older form "<tier>.<name>".',
  }),
  "policy/name-too-long": code<{ kind: string; excess: number; limit: number }>({
    severity: "error",
    summary: "Name too long",
    message: ({ kind, excess, limit }) =>
      `name is too long by ${excess} bytes: a ${kind} has at most ${limit}.`,
    hint: () => "Choose a shorter name.",
  }),
  "policy/flags-exclusive": code<None>({
    severity: "error",
    summary: "preDNAT and doNotTrack together",
    message: () => "preDNAT and doNotTrack cannot both be true: an untracked packet is never NATed.",
    hint: () => "Split the policy in two.",
  }),
  "policy/pre-dnat-egress-rules": code<None>({
    severity: "error",
    summary: "Egress rules in a preDNAT policy",
    message: () => "preDNAT policy cannot have any egress rules: it sees packets as they arrive.",
    hint: () => "Move the egress rules to a policy without `preDNAT`.",
  }),
  "policy/pre-dnat-egress-type": code<None>({
    severity: "error",
    summary: "Egress type in a preDNAT policy",
    message: () => "preDNAT policy cannot have 'Egress' type: it sees packets as they arrive.",
    hint: () => "Write `types: [Ingress]`.",
  }),
  "policy/apply-on-forward-required": code<{ flag: "preDNAT" | "doNotTrack" }>({
    severity: "error",
    summary: "applyOnForward missing",
    message: ({ flag }) =>
      `applyOnForward must be true if either preDNAT or doNotTrack is true: with ${flag} nobody knows yet whether a packet will be forwarded.`,
    hint: () => "Add `applyOnForward: true`.",
  }),
  "policy/rules-ignored": code<{ direction: "ingress" | "egress"; field: "types" | "policyTypes" }>({
    severity: "warning",
    summary: "Rules of a direction that the policy does not govern",
    message: ({ direction, field }) =>
      `The ${direction} rules have no effect, because \`${field}\` does not list ${TYPES[direction]}.`,
    hint: ({ direction, field }) => `Add ${TYPES[direction]} to \`${field}\`, or remove the rules.`,
  }),
  "policy/log-only": code<{ direction: "ingress" | "egress" }>({
    severity: "warning",
    summary: "Policy that only logs, yet denies",
    message: ({ direction }) =>
      `All ${direction} rules are Log: traffic that no other policy of the tier decides meets the tier's default action, which usually denies.`,
    hint: () => "End with an explicit Pass, Allow or Deny rule.",
  }),
  "policy/staged-delete-fields": code<{ kubernetes: boolean; fields: readonly string[] }>({
    severity: "error",
    summary: "Staged deletion with content",
    message: ({ kubernetes, fields }) =>
      `Spec fields${kubernetes ? "" : ", except Tier,"} should all be zero-value if stagedAction is Delete; set: ${fields.join(", ")}.`,
    hint: () => "Only name and namespace say what is to be deleted: remove the other fields.",
  }),
  "policy/tier-default-action": code<{ tier: string; required: string }>({
    severity: "error",
    summary: "Default action of a built-in tier",
    message: ({ tier, required }) => `The '${tier}' tier must have default action '${required}'.`,
    hint: ({ required }) => `Write \`defaultAction: ${required}\`.`,
  }),
  "policy/tier-order": code<{ tier: string; required: number }>({
    severity: "error",
    summary: "Order of a built-in tier",
    message: ({ tier, required }) => `${tier} tier order must be ${required}.`,
    hint: ({ required }) => `Write \`order: ${required}\`.`,
  }),
  "policy/profile-built-in": code<None>({
    severity: "error",
    summary: "Built-in profile",
    message: () =>
      'The profile "projectcalico-default-allow" is a default provided by Calico and cannot be updated.',
    hint: () => "Endpoints may name it without defining it; choose another name for your own.",
  }),
  "policy/namespace-label": code<None>({
    severity: "error",
    summary: "Reserved label on a network set",
    message: () => "projectcalico.org/namespace is not a valid label name: Calico sets it itself.",
    hint: () => "Use a NetworkSet in that namespace, or a label of your own.",
  }),
} as const;
