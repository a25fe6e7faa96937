import { at } from "../diagnostics/diagnostic.ts";
import type { Node } from "../ir/cluster-model.ts";
import type { Ip } from "../net/cidr.ts";
import { formatIp } from "../net/ip.ts";
import type { Check } from "./check.ts";
import { poolsByCidr } from "./pools.ts";

interface Tunnel {
  readonly name: string;
  readonly address: (node: Node) => Ip | undefined;
  readonly path: readonly string[];
}

const TUNNELS: readonly Tunnel[] = [
  { name: "IPIP", address: ({ bgp }) => bgp?.ipipTunnelAddress, path: ["bgp", "ipv4IPIPTunnelAddr"] },
  { name: "VXLAN", address: ({ vxlanTunnelAddress4 }) => vxlanTunnelAddress4, path: ["ipv4VXLANTunnelAddr"] },
  { name: "VXLAN", address: ({ vxlanTunnelAddress6 }) => vxlanTunnelAddress6, path: ["ipv6VXLANTunnelAddr"] },
  {
    name: "WireGuard",
    address: ({ wireguard }) => wireguard.address4,
    path: ["wireguard", "interfaceIPv4Address"],
  },
  {
    name: "WireGuard",
    address: ({ wireguard }) => wireguard.address6,
    path: ["wireguard", "interfaceIPv6Address"],
  },
];

/** Tunnel addresses come from pools; one outside has outlived its pool, or was typed in. */
export const tunnelOutsidePools: Check = (model, report) => {
  const pools = poolsByCidr(model);
  for (const node of model.all("node").values()) {
    // With host-local IPAM the tunnel address is the first one of the node's own pod network.
    const ownNetworks = node.podCidrs.length > 0;
    for (const { name, address, path } of TUNNELS) {
      const ip = address(node);
      if (ip === undefined || ownNetworks || pools.longestMatch(ip) !== undefined) continue;
      report(
        "ipam/tunnel-address-outside-pools",
        { node: node.name, address: formatIp(ip), tunnel: name },
        at(node.origin, "spec", ...path),
      );
    }
  }
};
