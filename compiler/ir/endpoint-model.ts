import type { Cidr, Ip } from "../net/cidr.ts";
import type { Labels } from "../syntax/selector/ast.ts";
import type { ModelBase } from "./model-base.ts";

/** What selectors find by its labels: endpoints, and sets of networks. */

export interface EndpointPort {
  readonly name: string;
  readonly protocol: number;
  readonly port: number;
}

export interface WorkloadEndpoint extends ModelBase {
  readonly kind: "workload-endpoint";
  readonly node: string;
  readonly orchestrator: string;
  readonly namespace: string;
  /** `<namespace>/<pod>` on Kubernetes. */
  readonly workload: string;
  readonly endpoint: string;
  readonly interfaceName: string;
  readonly mac: string | undefined;
  /** Own labels only; those of `profiles` are inherited in the engine. */
  readonly labels: Labels;
  readonly profiles: readonly string[];
  /** /32 and /128. Empty for a finished pod: it then has no place in the dataplane. */
  readonly addresses: readonly Cidr[];
  readonly ports: readonly EndpointPort[];
  readonly floatingIps: readonly { readonly internal: Ip; readonly external: Ip }[];
  readonly allowedSpoofSources: readonly Cidr[];
  readonly qos: QosControls;
}

/** Of a bandwidth that says no burst: bits. */
export const DEFAULT_BURST = 2 ** 32;
/** Of a packet rate that says no burst: packets. */
export const DEFAULT_PACKET_BURST = 5;

/** Units: bit/s, bits, bytes (minburst), packets per second, packets, connections. */
export interface QosDirection {
  readonly bandwidth?: number;
  readonly burst?: number;
  readonly peakrate?: number;
  readonly minburst?: number;
  readonly packetRate?: number;
  readonly packetBurst?: number;
  readonly maxConnections?: number;
}
export interface QosControls {
  readonly ingress: QosDirection;
  readonly egress: QosDirection;
  /** 0–63. */
  readonly dscp?: number;
}

/**
 * The pods of a workload controller (or of a Pod that no node runs yet), as lint, queries, explain and flow diff see
 * them: no address, no node, unknown to the back ends.
 */
export interface AbstractEndpoint extends ModelBase {
  readonly kind: "abstract-endpoint";
  readonly controllerKind:
    | "Deployment"
    | "StatefulSet"
    | "DaemonSet"
    | "ReplicaSet"
    | "Job"
    | "CronJob"
    | "Pod";
  readonly namespace: string;
  readonly name: string;
  /** Of the pod template, with namespace, orchestrator and service account. */
  readonly labels: Labels;
  readonly profiles: readonly string[];
  readonly ports: readonly EndpointPort[];
  readonly serviceAccount: string;
}

export interface HostEndpoint extends ModelBase {
  readonly kind: "host-endpoint";
  readonly name: string;
  readonly node: string;
  /** "" = found by `expectedIps`; "*" = all host interfaces. */
  readonly interfaceName: string;
  readonly expectedIps: readonly Ip[];
  readonly labels: Labels;
  readonly profiles: readonly string[];
  readonly ports: readonly EndpointPort[];
  readonly dscp: number | undefined;
}

export interface NetworkSet extends ModelBase {
  readonly kind: "network-set";
  /** "" for GlobalNetworkSet. */
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
  /** `kns.<namespace>` for namespaced sets, so that namespace labels are inherited. */
  readonly profiles: readonly string[];
  readonly nets: readonly Cidr[];
}
