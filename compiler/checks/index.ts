import { blockOfUnknownNode } from "./block-of-unknown-node.ts";
import { blockOutsidePools } from "./block-outside-pools.ts";
import type { Check } from "./check.ts";
import { duplicateNodeAddress } from "./duplicate-node-address.ts";
import { emptyFailsafes } from "./empty-failsafes.ts";
import { felixConfigurations } from "./felix-configurations.ts";
import { hostOnlyPolicy } from "./host-only-policy.ts";
import { missingNamespace } from "./missing-namespace.ts";
import { missingProfile } from "./missing-profile.ts";
import { missingTier } from "./missing-tier.ts";
import { nodeWithoutPeers } from "./node-without-peers.ts";
import { poolInServiceRange } from "./pool-in-service-range.ts";
import { poolOverlap } from "./pool-overlap.ts";
import { routePriorities } from "./route-priorities.ts";
import { serviceWithoutEndpoints } from "./service-without-endpoints.ts";
import { tunnelMtu } from "./tunnel-mtu.ts";
import { tunnelOutsidePools } from "./tunnel-outside-pools.ts";
import { unknownLabel } from "./unknown-label.ts";
import { wireguardNodeAddresses } from "./wireguard-node-addresses.ts";
import { workloadOutsidePools } from "./workload-outside-pools.ts";

/** Every rule over more than one resource: first what policies refer to, then addresses, nodes, routing. */
export const CHECKS: readonly Check[] = [
  missingTier,
  missingNamespace,
  unknownLabel,
  missingProfile,
  serviceWithoutEndpoints,
  hostOnlyPolicy,
  emptyFailsafes,
  felixConfigurations,
  poolOverlap,
  poolInServiceRange,
  blockOutsidePools,
  blockOfUnknownNode,
  workloadOutsidePools,
  duplicateNodeAddress,
  tunnelOutsidePools,
  nodeWithoutPeers,
  routePriorities,
  tunnelMtu,
  wireguardNodeAddresses,
];
