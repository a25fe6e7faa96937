import { createHash } from "node:crypto";
import type { Node } from "../../ir/cluster-model.ts";
import type { Ip, IpVersion } from "../../net/cidr.ts";
import { compareText } from "../order.ts";
import { nodeIp, vxlanTunnelAddress } from "./node-addresses.ts";

/** A node's end of the VXLAN mesh: its device's address and MAC, and where to send packets for it. */
export interface Vtep {
  readonly node: string;
  readonly mac: string;
  readonly tunnel: Ip;
  readonly ip: Ip;
}

/**
 * Every node that has both an inner and an outer address, by name. The kernel knows one MAC for an address and one
 * node for a MAC: of nodes that claim the same, the first by name counts.
 */
export function vtepsOf(nodes: Iterable<Node>, version: IpVersion): readonly Vtep[] {
  const claimed = new Set<string | number | bigint>();
  return [...nodes]
    .toSorted((a, b) => compareText(a.name, b.name))
    .flatMap((node) => {
      const tunnel = vxlanTunnelAddress(node, version);
      const ip = nodeIp(node, version);
      if (tunnel === undefined || ip === undefined) return [];
      const mac = vxlanMac(node, version);
      if (claimed.has(tunnel.value) || claimed.has(mac)) return [];
      claimed.add(tunnel.value).add(mac);
      return [{ node: node.name, mac, tunnel, ip }];
    });
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
