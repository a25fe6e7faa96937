import type { Origin } from "../diagnostics/diagnostic.ts";
import type { Cidr, PortRange } from "../net/cidr.ts";
import type { Labels, Selector } from "../syntax/selector/ast.ts";
import type { ModelBase } from "./model-base.ts";

/** What is allowed and denied: tiers, policies, profiles and their rules. */

export interface Tier extends ModelBase {
  readonly kind: "tier";
  readonly name: string;
  /** `Infinity` when unset: sorts last. */
  readonly order: number;
  readonly defaultAction: "deny" | "pass";
}

export type PolicyKind =
  | "NetworkPolicy"
  | "GlobalNetworkPolicy"
  | "StagedNetworkPolicy"
  | "StagedGlobalNetworkPolicy"
  | "StagedKubernetesNetworkPolicy"
  | "KubernetesNetworkPolicy"
  | "KubernetesClusterNetworkPolicy";

export type Direction = "ingress" | "egress";

export interface Policy extends ModelBase {
  readonly kind: "policy";
  readonly policyKind: PolicyKind;
  /** "" for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  readonly tier: string;
  /** `Infinity` when unset: sorts last. */
  readonly order: number;
  /** Whom it applies to; the namespace, service-account and namespace selectors are folded in. */
  readonly selector: Selector;
  readonly directions: readonly Direction[];
  readonly staged: boolean;
  readonly doNotTrack: boolean;
  readonly preDnat: boolean;
  readonly applyOnForward: boolean;
  /** `performanceHints: [AssumeNeededOnEveryNode]`. */
  readonly neededEverywhere: boolean;
  readonly ingress: readonly PolicyRule[];
  readonly egress: readonly PolicyRule[];
}

export type RuleAction = "allow" | "deny" | "pass" | "log";

/** All criteria that are present must match; values within one list are alternatives. */
export interface PolicyRule {
  readonly action: RuleAction;
  /** Explicit, or implied by the protocol *names* ICMP and ICMPv6. */
  readonly ipVersion: 4 | 6 | undefined;
  /** IANA number, 1–255. */
  readonly protocol: number | undefined;
  readonly notProtocol: number | undefined;
  readonly icmp: IcmpMatch | undefined;
  readonly notIcmp: IcmpMatch | undefined;
  readonly source: EntityMatch;
  readonly destination: EntityMatch;
  /** `metadata.annotations`, sorted by key: comments only. */
  readonly annotations: readonly (readonly [string, string])[];
  /** An application-layer (HTTP) match is present; the L3/L4 part is what an IP dataplane enforces. */
  readonly http: boolean;
  readonly origin: Origin;
}

export interface IcmpMatch {
  readonly type: number;
  readonly code: number | undefined;
}

export interface EntityMatch {
  readonly nets: readonly Cidr[];
  readonly notNets: readonly Cidr[];
  /** Folded positive selector; `undefined` = no restriction (whereas `all()` means "a known endpoint or set"). */
  readonly selector: Selector | undefined;
  /** Present only where no positive selector could absorb it. */
  readonly notSelector: Selector | undefined;
  readonly ports: PortMatch;
  readonly notPorts: PortMatch;
  readonly service: ServiceRef | undefined;
}

/** Numeric and named ports are alternatives of each other; both empty = no restriction. */
export interface PortMatch {
  readonly ranges: readonly PortRange[];
  readonly names: readonly string[];
}

export interface ServiceRef {
  readonly namespace: string;
  readonly name: string;
}

export interface Profile extends ModelBase {
  readonly kind: "profile";
  readonly name: string;
  readonly labelsToApply: Labels;
  readonly ingress: readonly PolicyRule[];
  readonly egress: readonly PolicyRule[];
}
