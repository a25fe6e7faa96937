import type { BgpLogLevel } from "../../ir/bgp-ir.ts";
import type { BgpConfig } from "../../ir/bgp-model.ts";
import type { ClusterModel } from "../../ir/cluster-model.ts";

/** Calico's default when no resource names an AS. */
const DEFAULT_AS = 64512;

/** The cluster's BGP configuration over its defaults (routing-bgp.md §3.3). */
export interface BgpSettings {
  /** `BGPConfiguration default`, where there is one. */
  readonly config: BgpConfig | undefined;
  readonly asNumber: number;
  readonly meshEnabled: boolean;
  readonly bindNodeIp: boolean;
  readonly aggregateLoadBalancers: boolean;
  /** BIRD owns the routes of pools without encapsulation. */
  readonly ownsNoEncap: boolean;
  /** The configuration asks BIRD for IPIP routes, which stock BIRD cannot program. */
  readonly wantsIpip: boolean;
}

export function clusterSettings(model: ClusterModel): BgpSettings {
  const config = model.all("bgp-config").get("default");
  const owner = config?.programClusterRoutes ?? "EnabledNoEncapOnly";
  return {
    config,
    asNumber: config?.asNumber ?? DEFAULT_AS,
    meshEnabled: config?.nodeToNodeMesh ?? true,
    bindNodeIp: config?.bindMode === "NodeIP",
    aggregateLoadBalancers: config?.serviceLoadBalancerAggregation ?? true,
    ownsNoEncap: owner === "Enabled" || owner === "EnabledNoEncapOnly",
    wantsIpip: owner === "Enabled" || owner === "EnabledIPIPOnly",
  };
}

/** `BGPConfiguration node.<name>`: only advertisements, listen port and log level of it are in force. */
export function nodeConfig(model: ClusterModel, node: string): BgpConfig | undefined {
  return model.all("bgp-config").get(`node.${node}`);
}

/**
 * Calico's words to levels: debug and info mean themselves, every other level switches protocol tracing off. Unset
 * is quieter than Calico's `info`, which traces every route of every peer.
 */
export function logLevel(config: BgpConfig | undefined, own: BgpConfig | undefined): BgpLogLevel {
  const severity = (own?.logSeverity ?? config?.logSeverity)?.toLowerCase();
  switch (severity) {
    case undefined:
      return "quiet";
    case "debug":
    case "info":
      return severity;
    default:
      return "off";
  }
}
