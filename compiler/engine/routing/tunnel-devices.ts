import type { FdbEntry, Link, LinkAddress, Neighbour } from "../../ir/routing-ir.ts";
import { hostCidr, type Ip, type IpVersion } from "../../net/cidr.ts";
import type { ByVersion } from "./by-version.ts";
import { type RoutingContext, tunnelReasons, versions } from "./context.ts";
import { FALLBACK_HOST_MTU, tunnelMtu } from "./mtu.ts";
import { vxlanTunnelAddress } from "./node-addresses.ts";
import { vxlanMac } from "./vteps.ts";

export const IPIP_DEVICE = "tunl0";
export const VXLAN_DEVICES: ByVersion<string> = { 4: "vxlan.calico", 6: "vxlan-v6.calico" };

export interface TunnelParts {
  readonly links: readonly Link[];
  readonly addresses: readonly LinkAddress[];
  readonly neighbours: readonly Neighbour[];
  readonly fdb: readonly FdbEntry[];
}

/** The VXLAN devices of both versions, and where each remote node's is. Source: routing-bgp.md §1.8. */
export function vxlanParts(context: RoutingContext): readonly TunnelParts[] {
  return versions(context.settings).flatMap((version) => {
    const wanted = version === 4 ? context.encapsulation.vxlan4 : context.encapsulation.vxlan6;
    if (!wanted) return [];
    const reason = tunnelReasons(context, "VXLAN", version);
    const local = context.ip[version];
    const address = vxlanTunnelAddress(context.node, version);
    if (local === undefined || address === undefined) {
      const kind = local === undefined ? "no-node-address" : "no-tunnel-address";
      context.problems.push({ kind, version, reason: reason(undefined) });
      return [];
    }
    const remotes = context.cluster.vteps[version].filter(({ node }) => node !== context.node.name);
    const dev = VXLAN_DEVICES[version];
    return {
      links: [vxlanLink(context, version, local)],
      addresses: [deviceAddress(dev, address, reason(undefined))],
      neighbours: remotes.map(({ node, mac, tunnel }) => ({ dev, ip: tunnel, mac, reason: reason(node) })),
      fdb: remotes.map(({ node, mac, ip }) => ({ dev, mac, destination: ip, reason: reason(node) })),
    };
  });
}

function vxlanLink(context: RoutingContext, version: IpVersion, local: Ip): Link {
  const { settings, options } = context;
  const parent = context.parent[version];
  // A device that is bound to no other takes a full-size MTU, and its packets would not fit the underlay.
  const hostMtu = options.hostMtu ?? (parent === undefined ? FALLBACK_HOST_MTU : undefined);
  return {
    kind: "vxlan",
    name: VXLAN_DEVICES[version],
    vni: settings.vxlanVni,
    port: settings.vxlanPort,
    local,
    parent,
    mac: vxlanMac(context.node, version),
    mtu: tunnelMtu("vxlan", version, settings, hostMtu),
    reason: tunnelReasons(context, "VXLAN", version)(undefined),
  };
}

/** `tunl0` is configured wherever IPIP is on, whoever programs its routes. Source: routing-bgp.md §1.9. */
export function ipipParts(context: RoutingContext): readonly TunnelParts[] {
  if (!context.encapsulation.ipip) return [];
  const reason = tunnelReasons(context, "IPIP", 4)(undefined);
  const address = context.node.bgp?.ipipTunnelAddress;
  if (address === undefined) context.problems.push({ kind: "no-tunnel-address", version: 4, reason });
  const mtu = tunnelMtu("ipip", 4, context.settings, context.options.hostMtu);
  return [
    {
      links: [{ kind: "ipip", name: IPIP_DEVICE, mtu, reason }],
      addresses: address === undefined ? [] : [deviceAddress(IPIP_DEVICE, address, reason)],
      neighbours: [],
      fdb: [],
    },
  ];
}

/** Tunnel addresses stand alone: the routes to the other ends are explicit. */
export function deviceAddress(dev: string, ip: Ip, reason: LinkAddress["reason"]): LinkAddress {
  return { dev, ip, length: hostCidr(ip).length, scope: "global", reason };
}
