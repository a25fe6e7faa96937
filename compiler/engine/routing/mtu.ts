import type { FelixSettings } from "../../ir/felix-config.ts";
import type { IpVersion } from "../../net/cidr.ts";
import type { Encapsulation } from "./encapsulation.ts";

export type Tunnel = "ipip" | "vxlan" | "wireguard";

/** Bytes that each encapsulation adds. Source: routing-bgp.md §1.13. */
export const OVERHEAD: Readonly<Record<Tunnel, Readonly<Record<IpVersion, number>>>> = {
  ipip: { 4: 20, 6: 20 },
  vxlan: { 4: 50, 6: 70 },
  wireguard: { 4: 60, 6: 80 },
};

/** The smallest that an IPv6 link may have (RFC 8200 §5): below it the kernel has no IPv6 on the device. */
export const MIN_MTU6 = 1280;

/** What Felix assumes of a host none of whose interfaces matches `mtuIfacePattern`. */
export const FALLBACK_HOST_MTU = 1460;

/** The MTU that is configured, else what the host's leaves; `undefined` where the host's is unknown. */
export function tunnelMtu(
  tunnel: Tunnel,
  version: IpVersion,
  settings: FelixSettings,
  hostMtu: number | undefined,
): number | undefined {
  const configured = configuredMtu(tunnel, version, settings);
  if (configured > 0) return configured;
  return hostMtu === undefined ? undefined : hostMtu - OVERHEAD[tunnel][version];
}

function configuredMtu(tunnel: Tunnel, version: IpVersion, settings: FelixSettings): number {
  switch (tunnel) {
    case "ipip":
      return settings.ipipMtu;
    case "vxlan":
      return version === 4 ? settings.vxlanMtu : settings.vxlanMtu6;
    case "wireguard":
      return version === 4 ? settings.wireguardMtu : settings.wireguardMtu6;
  }
}

/** What a pod may send: the smallest of the enabled tunnels, or the host's own. */
export function podMtu(
  encapsulation: Encapsulation,
  settings: FelixSettings,
  hostMtu: number | undefined,
): number | undefined {
  const tunnels: readonly (readonly [boolean, Tunnel, IpVersion])[] = [
    [encapsulation.ipip, "ipip", 4],
    [encapsulation.vxlan4, "vxlan", 4],
    [encapsulation.vxlan6, "vxlan", 6],
    [encapsulation.wireguard4, "wireguard", 4],
    [encapsulation.wireguard6, "wireguard", 6],
  ];
  const enabled = tunnels.filter(([on]) => on);
  const mtus = enabled.map(([, tunnel, version]) => tunnelMtu(tunnel, version, settings, hostMtu));
  if (enabled.length === 0) return hostMtu;
  // One unknown could be the smallest.
  return mtus.includes(undefined) ? undefined : Math.min(...mtus.filter((mtu) => mtu !== undefined));
}
