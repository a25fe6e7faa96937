import type { KindDefinition } from "../kind.ts";
import { bgpConfiguration } from "./bgp-configuration.ts";
import { bgpFilter } from "./bgp-filter.ts";
import { bgpPeer } from "./bgp-peer.ts";
import { blockAffinity } from "./block-affinity.ts";
import { calicoNodeStatus } from "./calico-node-status.ts";
import { clusterInformation } from "./cluster-information.ts";
import { felixConfiguration } from "./felix-configuration.ts";
import { ipPool } from "./ip-pool.ts";
import { ipReservation } from "./ip-reservation.ts";
import { ipamBlock } from "./ipam-block.ts";
import { ipamConfig, ipamConfiguration } from "./ipam-configuration.ts";
import { ipamHandle } from "./ipam-handle.ts";
import { kubeControllersConfiguration } from "./kube-controllers-configuration.ts";
import { calicoNode } from "./node.ts";

/** Addresses, nodes, routing, and the configuration of the agents. */
export const NETWORK_KINDS: readonly KindDefinition[] = [
  ipPool,
  ipReservation,
  ipamConfiguration,
  ipamConfig,
  ipamBlock,
  ipamHandle,
  blockAffinity,
  calicoNode,
  bgpConfiguration,
  bgpPeer,
  bgpFilter,
  felixConfiguration,
  clusterInformation,
  kubeControllersConfiguration,
  calicoNodeStatus,
];
