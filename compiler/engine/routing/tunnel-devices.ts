import { createHash } from "node:crypto";
import type { Node } from "../../ir/cluster-model.ts";
import type { FdbEntry, Link, LinkAddress, Neighbour } from "../../ir/routing-ir.ts";
import { hostCidr, type Ip, type IpVersion } from "../../net/cidr.ts";
import { compareText } from "../order.ts";
import { type ByVersion, type RoutingContext, tunnelReasons, versions } from "./context.ts";
import { FALLBACK_HOST_MTU, tunnelMtu } from "./mtu.ts";
import { nodeIp, vxlanTunnelAddress } from "./node-addresses.ts";

export const IPIP_DEVICE = "tunl0";
export const VXLAN_DEVICES: ByVersion<string> = { 4: "vxlan.calico", 6: "vxlan-v6.calico" };

export interface TunnelParts {
  readonly links: readonly Link[];
  readonly addresses: readonly LinkAddress[];
  readonly neighbours: readonly Neighbour[];
  readonly fdb: readonly FdbEntry[];
}

/**
 * A locally administered address that is the same on every boot: 0x66 and the first five bytes of the SHA-1 of the
 * node's name, with `-v6` behind it for the IPv6 device. Source: routing-bgp.md §1.8.
 */
export function vxlanMac(node: Node, version: IpVersion): string {
  const configured = version === 4 ? node.vxlanTunnelMac4 : node.vxlanTunnelMac6;
  if (configured !== undefined) return configured.toLowerCase();
  const hash = createHash("sha1")
    .update(version === 4 ? node.name : `${node.name}-v6`)
    .digest();
  return [0x66, ...hash.subarray(0, 5)].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
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
    const remotes = remoteVteps(context, version);
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

interface Vtep {
  readonly node: string;
  readonly mac: string;
  readonly tunnel: Ip;
  readonly ip: Ip;
}

/**
 * A remote end exists when its node has both an inner and an outer address. The kernel knows one MAC for an address
 * and one node for a MAC: of nodes that claim the same, the first by name counts.
 */
function remoteVteps({ cluster, node: own }: RoutingContext, version: IpVersion): readonly Vtep[] {
  const nodes = [...cluster.model.all("node").values()].toSorted((a, b) => compareText(a.name, b.name));
  const claimed = new Set<string | number | bigint>();
  return nodes.flatMap((node) => {
    const tunnel = vxlanTunnelAddress(node, version);
    const ip = nodeIp(node, version);
    if (node.name === own.name || tunnel === undefined || ip === undefined) return [];
    const mac = vxlanMac(node, version);
    if (claimed.has(tunnel.value) || claimed.has(mac)) return [];
    claimed.add(tunnel.value).add(mac);
    return [{ node: node.name, mac, tunnel, ip }];
  });
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
