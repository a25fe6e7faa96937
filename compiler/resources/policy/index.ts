import type { KindDefinition } from "../kind.ts";
import { globalNetworkPolicy } from "./global-network-policy.ts";
import { globalNetworkSet } from "./global-network-set.ts";
import { hostEndpoint } from "./host-endpoint.ts";
import { networkPolicy } from "./network-policy.ts";
import { networkSet } from "./network-set.ts";
import { profile } from "./profile.ts";
import { stagedGlobalNetworkPolicy } from "./staged-global-network-policy.ts";
import { stagedKubernetesNetworkPolicy } from "./staged-kubernetes-network-policy.ts";
import { stagedNetworkPolicy } from "./staged-network-policy.ts";
import { tier } from "./tier.ts";
import { workloadEndpoint } from "./workload-endpoint.ts";

/** Policies, what they are ordered by, and whom they apply to. */
export const POLICY_KINDS: readonly KindDefinition[] = [
  networkPolicy,
  globalNetworkPolicy,
  stagedNetworkPolicy,
  stagedGlobalNetworkPolicy,
  stagedKubernetesNetworkPolicy,
  tier,
  profile,
  networkSet,
  globalNetworkSet,
  hostEndpoint,
  workloadEndpoint,
];
