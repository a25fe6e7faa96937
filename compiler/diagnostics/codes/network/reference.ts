import { code } from "../../diagnostic.ts";
import { didYouMean } from "../../suggest.ts";

/** References from one resource to another that lead nowhere, or where they do nothing. */
export const REFERENCE_CODES = {
  "check/missing-tier": code<{ policy: string; tier: string }>({
    severity: "warning",
    summary: "Policy of a tier that does not exist",
    message: ({ policy, tier }) =>
      `${policy} is in tier ${tier}, which does not exist: it is enforced after all other tiers, and denies what it does not allow.`,
    hint: ({ tier }) => `Create the Tier ${tier}, or correct spec.tier.`,
  }),
  "check/missing-namespace": code<{
    policy: string;
    namespace: string;
    others: number;
    suggestion: string | undefined;
  }>({
    severity: "warning",
    summary: "Policy in a namespace that does not exist",
    message: ({ policy, namespace, others }) =>
      `${policy} ${others > 0 ? `and ${others} more are` : "is"} in namespace ${namespace}, which does not exist.`,
    hint: ({ suggestion }) =>
      didYouMean(suggestion) ?? "Correct the name, or add the Namespace to the input.",
  }),
  "check/unknown-label": code<{
    policy: string;
    label: string;
    whose: string;
    suggestion: string;
    others: number;
  }>({
    severity: "warning",
    summary: "Selector with a label that nothing has",
    message: ({ policy, label, whose, others }) =>
      `${policy} ${others > 0 ? `and ${others} more select` : "selects"} by the label ${label}, which no ${whose} has.`,
    hint: ({ suggestion }) => didYouMean(suggestion),
  }),
  "check/missing-profile": code<{ endpoint: string; profile: string; others: number }>({
    severity: "warning",
    summary: "Endpoint with a profile that does not exist",
    message: ({ endpoint, profile, others }) =>
      `${endpoint}${others > 0 ? ` and ${others} more` : ""} ${others > 0 ? "name" : "names"} the profile ${profile}, which does not exist; what no policy decides is denied there.`,
    hint: ({ profile }) =>
      profile.startsWith("kns.")
        ? `The profile comes from Namespace ${profile.slice(4)}: add it to the input.`
        : profile.startsWith("ksa.")
          ? "The profile comes from a ServiceAccount: add it to the input."
          : "Create the Profile, or remove its name.",
  }),
  "check/host-only-policy": code<{ policy: string; flag: "doNotTrack" | "preDNAT"; workload: string }>({
    severity: "warning",
    summary: "Policy for host endpoints that selects workloads only",
    message: ({ policy, flag, workload }) =>
      `${policy} is not enforced: ${flag} policies work on host endpoints, and it selects none, but workloads such as ${workload}.`,
    hint: ({ flag }) => `Leave out \`${flag}\`, or select host endpoints.`,
  }),
  "check/service-without-endpoints": code<{ policy: string; service: string }>({
    severity: "warning",
    summary: "Rule of a service without endpoints",
    message: ({ policy, service }) =>
      `A rule of ${policy} names service ${service}, which has no EndpointSlice: the rule matches nothing.`,
    hint: () => "Check namespace and name, or add the slices to the inventory.",
  }),
} as const;
