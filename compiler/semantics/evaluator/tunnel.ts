import type { IpPool } from "../../ir/cluster-model.ts";
import { cidrContainsIp, type Ip, type IpVersion } from "../../net/cidr.ts";
import { compareIp } from "../../net/ip.ts";
import type { Host } from "./host.ts";
import { IPIP, type Packet, UDP } from "./packet.ts";
import { type Ruling, ruling } from "./verdict.ts";

/**
 * The outer packets of tunnels between hosts, which come before the policy of host endpoints (dataplane §1.6):
 * known peers are admitted, and what others send as a tunnel's packets is refused. `undefined` = not a tunnel's.
 */
export function judgeTunnelIngress(host: Host, packet: Packet): Ruling | undefined {
  const tunnel = tunnelOf(host, packet);
  if (tunnel === undefined) return undefined;
  if (tunnel.isPeer(packet.source)) return ruling("allow", { kind: "between-hosts" });
  return ruling("deny", { kind: "not-a-known-host" });
}

/** On the way out tunnels' packets to known peers are admitted, and policy decides on the others. */
export function judgeTunnelEgress(host: Host, packet: Packet): Ruling | undefined {
  const tunnel = tunnelOf(host, packet);
  return tunnel?.isPeer(packet.destination) ? ruling("allow", { kind: "between-hosts" }) : undefined;
}

interface Tunnel {
  readonly isPeer: (ip: Ip) => boolean;
}

function tunnelOf(host: Host, { protocol, destinationPort, source }: Packet): Tunnel | undefined {
  const { settings } = host;
  const { version } = source;
  if (version === 4 && protocol === IPIP && usesIpip(host))
    return { isPeer: (ip) => isNode(host, ip, false) };
  if (protocol !== UDP) return undefined;
  if (destinationPort === settings.vxlanPort && usesVxlan(host, version))
    return { isPeer: (ip) => isNode(host, ip, true) };
  const [enabled, port] =
    version === 4
      ? [settings.wireguardEnabled, settings.wireguardPort]
      : [settings.wireguardEnabled6, settings.wireguardPort6];
  // WireGuard knows its peers by their keys.
  return enabled && destinationPort === port ? { isPeer: () => true } : undefined;
}

function usesIpip({ model, settings }: Host): boolean {
  const isIpip = ({ cidr, ipipMode, vxlanMode }: IpPool) =>
    cidr.version === 4 && ipipMode !== "Never" && vxlanMode === "Never";
  return settings.ipipEnabled ?? routedPools({ model }).some(isIpip);
}

/** For IPv6 the setting can only switch VXLAN off. */
function usesVxlan({ model, settings }: Host, version: IpVersion): boolean {
  const asked = routedPools({ model }).some(
    ({ cidr, vxlanMode }) => cidr.version === version && vxlanMode !== "Never",
  );
  if (version === 6) return settings.vxlanEnabled !== false && asked;
  return settings.vxlanEnabled ?? asked;
}

function routedPools({ model }: Pick<Host, "model">): readonly IpPool[] {
  return [...model.all("ip-pool").values()].filter(
    ({ allowedUses }) => !(allowedUses.length === 1 && allowedUses[0] === "LoadBalancer"),
  );
}

/** Whether the address is that of a node, one with a VXLAN tunnel if asked for, or of a host outside the cluster. */
function isNode({ model, settings }: Host, ip: Ip, withVxlan: boolean): boolean {
  if (settings.externalNodesCidrs.some((cidr) => cidrContainsIp(cidr, ip))) return true;
  return [...model.all("node").values()].some(({ bgp, vxlanTunnelAddress4, vxlanTunnelAddress6 }) => {
    const [own, tunnel] =
      ip.version === 4 ? [bgp?.ipv4, vxlanTunnelAddress4] : [bgp?.ipv6, vxlanTunnelAddress6];
    return own !== undefined && compareIp(own.ip, ip) === 0 && (!withVxlan || tunnel !== undefined);
  });
}
