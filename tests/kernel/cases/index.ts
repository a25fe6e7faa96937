import type { Revision } from "./case.ts";
import { ADMIN_CASES, BASELINE_CASES } from "./sheet/admin-policies.ts";
import { HOST_ENDPOINT_CASES } from "./sheet/host-endpoints.ts";
import { FORWARD_CASES, PRE_DNAT_CASES, UNTRACKED_CASES } from "./sheet/host-policies.ts";
import { ICMP_CASES } from "./sheet/icmp.ts";
import { SELECTOR_CASES } from "./sheet/members.ts";
import { NAMED_PORT_CASES } from "./sheet/named-ports.ts";
import {
  FLOATING_CASES,
  FLOATING_OFF_CASES,
  IPIP_CASES,
  NO_TUNNEL_CASES,
  SERVICE_LOOP_CASES,
  TUNNEL_CASES,
  WORKLOAD_TUNNEL_CASES,
} from "./sheet/network.ts";
import { MATCH_BLOCK_CASES, NETWORK_CASES } from "./sheet/networks.ts";
import {
  FOREIGN_SOURCE_CASES,
  PREFIX_CASES,
  PROFILE_CASES,
  SOURCE_CASES,
  WORKLOAD_TO_HOST_CASES,
} from "./sheet/path.ts";
import { GLOBAL_SUBJECT_CASES, KUBERNETES_CASES, POLICY_CASES } from "./sheet/policies.ts";
import { ORDER_CASES, STAGED_CASES } from "./sheet/policy-order.ts";
import { PORT_CASES } from "./sheet/ports.ts";
import { INVALID_CASES, PROTOCOL_CASES } from "./sheet/protocols.ts";
import { SERVICE_CASES } from "./sheet/services.ts";
import { NO_IPV6_CASES, SETTING_CASES } from "./sheet/settings.ts";
import { TIER_CASES } from "./sheet/tiers.ts";
import { WILDCARD_CASES } from "./sheet/wildcard.ts";

/** Every statement of the sheets that packets can show, in the order of rules, policies, hosts. */
export const REVISIONS: readonly Revision[] = [
  ...PROTOCOL_CASES,
  ...ICMP_CASES,
  ...INVALID_CASES,
  ...NETWORK_CASES,
  ...MATCH_BLOCK_CASES,
  ...PORT_CASES,
  ...NAMED_PORT_CASES,
  ...SERVICE_CASES,
  ...SELECTOR_CASES,
  ...TIER_CASES,
  ...ORDER_CASES,
  ...STAGED_CASES,
  ...POLICY_CASES,
  ...GLOBAL_SUBJECT_CASES,
  ...KUBERNETES_CASES,
  ...ADMIN_CASES,
  ...BASELINE_CASES,
  ...HOST_ENDPOINT_CASES,
  ...WILDCARD_CASES,
  ...FORWARD_CASES,
  ...UNTRACKED_CASES,
  ...PRE_DNAT_CASES,
  ...SERVICE_LOOP_CASES,
  ...WORKLOAD_TUNNEL_CASES,
  ...SETTING_CASES,
  ...WORKLOAD_TO_HOST_CASES,
  ...SOURCE_CASES,
  ...FLOATING_OFF_CASES,
  ...NO_TUNNEL_CASES,
  // From here on the host has other links and routes.
  ...FOREIGN_SOURCE_CASES,
  ...PROFILE_CASES,
  ...PREFIX_CASES,
  ...TUNNEL_CASES,
  ...FLOATING_CASES,
  ...IPIP_CASES,
  ...NO_IPV6_CASES,
];
