import type { Case } from "../case.ts";
import { ADMIN_POLICIES } from "./admin-policies.ts";
import { BASELINE_POLICIES } from "./baseline-policies.ts";
import { CALICO_ORDER } from "./calico-order.ts";
import { CALICO_RULES } from "./calico-rules.ts";
import { CALICO_SELECTORS } from "./calico-selectors.ts";
import { CLUSTER_POLICIES } from "./cluster-policies.ts";
import { COMBINED } from "./combined.ts";
import { HOST_ENDPOINTS } from "./host-endpoints.ts";
import { KUBERNETES_EGRESS } from "./kubernetes-egress.ts";
import { KUBERNETES_IP_BLOCKS } from "./kubernetes-ip-blocks.ts";
import { KUBERNETES_PEERS } from "./kubernetes-peers.ts";
import { KUBERNETES_PORTS } from "./kubernetes-ports.ts";
import { KUBERNETES_SETS } from "./kubernetes-sets.ts";
import { KUBERNETES_SUBJECTS } from "./kubernetes-subjects.ts";
import { PROFILES } from "./profiles.ts";
import { SERVICES } from "./services.ts";
import { STAGED } from "./staged.ts";
import { TIERS } from "./tiers.ts";

export const CASES: readonly Case[] = [
  ...KUBERNETES_SUBJECTS,
  ...KUBERNETES_PEERS,
  ...KUBERNETES_PORTS,
  ...KUBERNETES_EGRESS,
  ...KUBERNETES_IP_BLOCKS,
  ...KUBERNETES_SETS,
  ...CALICO_ORDER,
  ...CALICO_RULES,
  ...CALICO_SELECTORS,
  ...SERVICES,
  ...TIERS,
  ...PROFILES,
  ...STAGED,
  ...ADMIN_POLICIES,
  ...BASELINE_POLICIES,
  ...CLUSTER_POLICIES,
  ...HOST_ENDPOINTS,
  ...COMBINED,
];
