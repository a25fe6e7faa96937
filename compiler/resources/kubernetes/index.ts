import type { KindDefinition } from "../kind.ts";
import { adminNetworkPolicy, baselineAdminNetworkPolicy } from "./admin-network-policy.ts";
import { clusterNetworkPolicy } from "./cluster-network-policy.ts";
import { endpointSlice } from "./endpoint-slice.ts";
import { namespace } from "./namespace.ts";
import { kubernetesNetworkPolicy } from "./network-policy.ts";
import { kubernetesNode } from "./node.ts";
import { pod } from "./pod.ts";
import { service } from "./service.ts";
import { serviceAccount } from "./service-account.ts";
import { WORKLOAD_KINDS } from "./workload.ts";

/** The Kubernetes objects that shape the dataplane; others are not read. */
export const KUBERNETES_KINDS: readonly KindDefinition[] = [
  kubernetesNetworkPolicy,
  clusterNetworkPolicy,
  adminNetworkPolicy,
  baselineAdminNetworkPolicy,
  namespace,
  serviceAccount,
  pod,
  ...WORKLOAD_KINDS,
  kubernetesNode,
  service,
  endpointSlice,
];
