import type { HostEndpoint, IpPool, Node, WorkloadEndpoint } from "../ir/cluster-model.ts";
import type { FelixSettings } from "../ir/felix-config.ts";
import { MemberList, memberVersion, type SetMember } from "../ir/member-list.ts";
import { type IpSet, type IpSetType, memberShape, type NodeIr, type StaticSetId } from "../ir/node-ir.ts";
import { hostCidr, IP_VERSIONS, type Ip, type IpVersion } from "../net/cidr.ts";
import { netMember } from "./members.ts";
import { hostIp, nodeIp, vxlanTunnelAddress } from "./routing/node-addresses.ts";

const LOOPBACK: readonly Ip[] = [
  { version: 4, value: 0x7f000001 },
  { version: 6, value: 1n },
];

/** Where pods may be. A pool for load balancers only holds none. */
export function networkPools(pools: Iterable<IpPool>): IpSet {
  const routed = [...pools].filter(
    ({ allowedUses }) => !(allowedUses.length === 1 && allowedUses[0] === "LoadBalancer"),
  );
  return staticSet(
    "network-ip-pools",
    "hash:net",
    routed.flatMap(({ cidr }) => netMember(cidr)),
  );
}

/** Whose packets are masqueraded on their way out. */
export function masqueradePools(pools: Iterable<IpPool>): IpSet {
  return staticSet(
    "masq-ipam-pools",
    "hash:net",
    [...pools].filter(({ natOutgoing }) => natOutgoing).flatMap(({ cidr }) => netMember(cidr)),
  );
}

/** Every node's own address, and those of nodes outside the cluster. */
export function hostsNet(
  nodes: Iterable<Node>,
  settings: FelixSettings,
  versions: readonly IpVersion[],
): IpSet {
  const members: SetMember[] = settings.externalNodesCidrs.flatMap(netMember);
  for (const node of nodes)
    for (const version of IP_VERSIONS) {
      const ip = hostIp(node, version);
      if (ip !== undefined) members.push(netOf(ip));
    }
  return staticSet(
    "all-hosts-net",
    "hash:net",
    members.filter((member) => versions.includes(memberVersion(member))),
  );
}

/** The node addresses from which VXLAN packets may come. */
export function vtepsNet(nodes: Iterable<Node>, settings: FelixSettings, on: NodeIr["encapsulation"]): IpSet {
  const versions = IP_VERSIONS.filter((version) => (version === 4 ? on.vxlan4 : on.vxlan6));
  const members: SetMember[] = settings.externalNodesCidrs
    .flatMap(netMember)
    .filter((member) => versions.includes(memberVersion(member)));
  for (const node of nodes)
    for (const version of versions) {
      const ip = nodeIp(node, version);
      if (ip !== undefined && vxlanTunnelAddress(node, version) !== undefined) members.push(netOf(ip));
    }
  return staticSet("all-vxlan-net", "hash:net", members);
}

/** Every address that the node's resource tells of, and the loopback: the host's own interfaces have them. */
export function thisHost(node: Node): IpSet {
  const addresses = [
    ...LOOPBACK,
    node.bgp?.ipv4?.ip,
    node.bgp?.ipv6?.ip,
    node.bgp?.ipipTunnelAddress,
    node.vxlanTunnelAddress4,
    node.vxlanTunnelAddress6,
    node.wireguard.address4,
    node.wireguard.address6,
    ...node.addresses.map(({ ip }) => ip),
    ...node.interfaces.flatMap((face) => face.addresses.map(({ ip }) => ip)),
  ];
  return staticSet(
    "this-host",
    "hash:ip",
    addresses.flatMap((ip) => (ip === undefined ? [] : [netOf(ip)])),
  );
}

/** Addresses of the local endpoints whose packets are marked on their way out of the cluster. */
export function dscpSources(workloads: readonly WorkloadEndpoint[], hosts: readonly HostEndpoint[]): IpSet {
  const members: SetMember[] = [];
  for (const { addresses, qos } of workloads)
    if (qos.dscp !== undefined) members.push(...addresses.flatMap(netMember));
  for (const { expectedIps, dscp } of hosts) if (dscp !== undefined) members.push(...expectedIps.map(netOf));
  return staticSet("dscp-src-net", "hash:net", members);
}

function netOf(ip: Ip): SetMember {
  return { kind: "net", cidr: hostCidr(ip) };
}

function staticSet(id: StaticSetId, type: IpSetType, members: readonly SetMember[]): IpSet {
  const list = (version: IpVersion): MemberList =>
    MemberList.of(
      memberShape(version, type),
      members.filter((member) => memberVersion(member) === version),
    );
  return { id, type, definition: { kind: "static", id }, members4: list(4), members6: list(6) };
}
