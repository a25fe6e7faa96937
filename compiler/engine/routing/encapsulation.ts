import type { EncapMode, IpPool } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import type { NodeIr } from "../../ir/node-ir.ts";

export type Encapsulation = NodeIr["encapsulation"];

/** `none`: no routes come of it (a pool for load balancers). VXLAN is tested before IPIP, as in Calico. */
export type PoolType = "none" | "no-encap" | "vxlan" | "ipip";

export function poolType(pool: IpPool): PoolType {
  if (pool.allowedUses.length === 1 && pool.allowedUses[0] === "LoadBalancer") return "none";
  if (pool.vxlanMode !== "Never") return "vxlan";
  if (pool.ipipMode !== "Never") return "ipip";
  return "no-encap";
}

export function poolMode(pool: IpPool): EncapMode {
  return pool.vxlanMode === "Never" ? pool.ipipMode : pool.vxlanMode;
}

/**
 * Which encapsulations a node takes part in: what Felix is told, else what the pools ask for. Disabled pools count,
 * since addresses of theirs may still be in use. VXLAN over IPv6 follows the pools alone: `vxlanEnabled` is for IPv4.
 * Source: routing-bgp.md §1.1, §2; Calico's pull request 6671.
 */
export function resolveEncapsulation(pools: Iterable<IpPool>, settings: FelixSettings): Encapsulation {
  let ipip = false;
  let vxlan4 = false;
  let vxlan6 = false;
  for (const pool of pools) {
    const type = poolType(pool);
    if (type === "ipip") ipip ||= pool.cidr.version === 4;
    if (type === "vxlan" && pool.cidr.version === 4) vxlan4 = true;
    if (type === "vxlan" && pool.cidr.version === 6) vxlan6 = true;
  }
  return {
    ipip: settings.ipipEnabled ?? ipip,
    vxlan4: settings.vxlanEnabled ?? vxlan4,
    vxlan6: settings.ipv6Support && vxlan6,
    wireguard4: settings.wireguardEnabled,
    wireguard6: settings.ipv6Support && settings.wireguardEnabled6,
  };
}

/** The two halves of `programClusterRoutes`: what Felix, and thus this compiler, routes besides VXLAN. */
export function programsIpip({ programClusterRoutes: owner }: FelixSettings): boolean {
  return owner === "Enabled" || owner === "EnabledIPIPOnly";
}

export function programsNoEncap({ programClusterRoutes: owner }: FelixSettings): boolean {
  return owner === "Enabled" || owner === "EnabledNoEncapOnly";
}
