import type { Direction, PolicyRule } from "../../ir/cluster-model.ts";
import type { Cidr } from "../../net/cidr.ts";

/** What a host does with a packet, and why: one decision per enforcement point, in the order it meets them. */
export interface Verdict {
  readonly allowed: boolean;
  /** Only the last may be a denial. Empty where nothing polices the packet. */
  readonly decisions: readonly Decision[];
}

export interface Decision {
  readonly point: EnforcementPoint;
  /** Key of the endpoint whose policy is asked. */
  readonly endpoint: string | undefined;
  /** `continue`: this point has no opinion; a later one may still allow or deny. */
  readonly action: "allow" | "deny" | "continue";
  readonly reason: Reason;
  /** The rules that matched without deciding (`log`, `pass`), in order. */
  readonly trail: readonly RuleHit[];
}

export type EnforcementPoint =
  /** A workload may send from its own addresses only. */
  | "source-address"
  | "workload-egress"
  | "workload-ingress"
  /** `defaultEndpointToHostAction`. */
  | "workload-to-host"
  /** Encapsulated packets between hosts, which no policy may cut off. */
  | "tunnel"
  | "service-loop"
  | `${HostPolicy}-${Direction}`;

/** The kinds of policy that a host endpoint has. */
export type HostPolicy = "untracked" | "pre-dnat" | "forward" | "host";

export type Reason =
  | ({ readonly kind: "rule" } & RuleHit)
  /** No policy of the tier decided, and the tier denies by default. */
  | { readonly kind: "end-of-tier"; readonly tier: string }
  /** Every tier passed, and no profile decided. */
  | { readonly kind: "no-profile-matched" }
  | { readonly kind: "missing-profile"; readonly profile: string }
  /** Forwarded packets are allowed where no policy is for them. */
  | { readonly kind: "no-forward-policy" }
  | { readonly kind: "no-rule-matched" }
  | { readonly kind: "failsafe-port" }
  | { readonly kind: "unknown-interface"; readonly interfaceName: string }
  | { readonly kind: "spoofed-source" }
  | { readonly kind: "encapsulated-by-workload" }
  | { readonly kind: "neighbour-discovery" }
  | { readonly kind: "setting"; readonly value: "DROP" | "RETURN" | "ACCEPT" }
  | { readonly kind: "service-range"; readonly cidr: Cidr }
  | { readonly kind: "between-hosts" }
  | { readonly kind: "not-a-known-host" }
  /** The connection was let through when it began. */
  | { readonly kind: "established" }
  /** Conntrack makes nothing of the packet. */
  | { readonly kind: "invalid-connection" };

/** A rule that matched. */
export interface RuleHit {
  readonly list:
    | { readonly kind: "policy"; readonly tier: string; readonly policy: string }
    | { readonly kind: "profile"; readonly profile: string };
  readonly rule: PolicyRule;
}

/** What one list of policies says about a packet. */
export type Ruling = Pick<Decision, "action" | "reason" | "trail">;

export function ruling(action: Ruling["action"], reason: Reason, trail: readonly RuleHit[] = []): Ruling {
  return { action, reason, trail };
}
