import type { Node } from "../../ir/cluster-model.ts";
import { type Cidr, cidrOf, type Ip, type IpVersion } from "../../net/cidr.ts";

/**
 * The address that routes to the node lead to: of `spec.bgp`, or, where that has no address at all, the first internal
 * and then the first external one. Source: routing-bgp.md §1.6; felix/calc/l3_route_resolver.go.
 */
export function nodeIp(node: Node, version: IpVersion): Ip | undefined {
  const { ipv4, ipv6 } = node.bgp ?? {};
  return ipv4 === undefined && ipv6 === undefined ? listedIp(node, version) : bgpIp(node, version);
}

/**
 * The address that the other hosts know the node by. Here each IP version falls back by itself, unlike in routes.
 * Source: felix/calc/dataplane_passthru.go, `extractNodeAddress`.
 */
export function hostIp(node: Node, version: IpVersion): Ip | undefined {
  return bgpIp(node, version) ?? listedIp(node, version);
}

function bgpIp({ bgp }: Node, version: IpVersion): Ip | undefined {
  return (version === 4 ? bgp?.ipv4 : bgp?.ipv6)?.ip;
}

function listedIp({ addresses }: Node, version: IpVersion): Ip | undefined {
  const ofType = (type: string): Ip | undefined =>
    addresses.find((address) => address.type === type && address.ip.version === version)?.ip;
  return ofType("InternalIP") ?? ofType("ExternalIP");
}

/** The network that the node's BGP address is in. A bare address is alone in its network, as in Calico. */
export function nodeSubnet(node: Node, version: IpVersion): Cidr | undefined {
  const address = version === 4 ? node.bgp?.ipv4 : node.bgp?.ipv6;
  return address && cidrOf(address.ip, address.length);
}

/** The interface that carries the node's address, as far as the Node resource lists its interfaces. */
export function parentInterface(node: Node, version: IpVersion): string | undefined {
  const ip = nodeIp(node, version);
  if (ip === undefined) return undefined;
  return node.interfaces.find(({ addresses }) =>
    addresses.some((address) => address.ip.version === version && address.ip.value === ip.value),
  )?.name;
}

export function vxlanTunnelAddress(node: Node, version: IpVersion): Ip | undefined {
  return version === 4 ? node.vxlanTunnelAddress4 : node.vxlanTunnelAddress6;
}

export function wireguardTunnelAddress(node: Node, version: IpVersion): Ip | undefined {
  return version === 4 ? node.wireguard.address4 : node.wireguard.address6;
}

export function wireguardPublicKey(node: Node, version: IpVersion): string | undefined {
  return version === 4 ? node.wireguard.publicKey4 : node.wireguard.publicKey6;
}
