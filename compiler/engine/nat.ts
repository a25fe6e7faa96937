import type { HostEndpoint, IpPool, Node, WorkloadEndpoint } from "../ir/cluster-model.ts";
import type { FelixSettings } from "../ir/felix-config.ts";
import type { NatIr, NodeIr } from "../ir/node-ir.ts";
import { type Cidr, compareCidr, hostCidr, type IpVersion } from "../net/cidr.ts";
import { compareIp, formatIp } from "../net/ip.ts";
import { compareText } from "./order.ts";

export interface NatInput {
  readonly pools: Iterable<IpPool>;
  readonly node: Node;
  readonly settings: FelixSettings;
  readonly encapsulation: NodeIr["encapsulation"];
  readonly workloads: readonly WorkloadEndpoint[];
  readonly hosts: readonly HostEndpoint[];
}

/** Address translation and marking of packets that leave the cluster (dataplane §7). */
export function resolveNat(input: NatInput): NatIr {
  const pools = [...input.pools].filter((pool) => pool.natOutgoing);
  // OpenStack has always had floating addresses; elsewhere they are a choice.
  const floating = input.workloads.filter(
    ({ orchestrator }) => input.settings.floatingIps || orchestrator === "openstack",
  );
  return {
    natOutgoing4: pools.some(({ cidr }) => cidr.version === 4),
    natOutgoing6: pools.some(({ cidr }) => cidr.version === 6),
    ...floatingIps(floating),
    dscp: dscpMarks(input.workloads, input.hosts),
    tunnelDevices: tunnelDevices(input.node, input.settings, input.encapsulation),
  };
}

type FloatingIp = NatIr["dnat"][number];

/**
 * An external address leads to one internal address, the lowest; an internal one leaves under one external address,
 * the lowest of those that lead to it. Lowest as text, as Calico compares them (dataplane §7.3).
 */
function floatingIps(workloads: readonly WorkloadEndpoint[]): Pick<NatIr, "dnat" | "snat"> {
  const inOrder = workloads
    .flatMap(({ floatingIps: pairs }) => pairs)
    .map((pair) => ({ pair, external: formatIp(pair.external), internal: formatIp(pair.internal) }))
    .sort((a, b) => compareText(a.internal, b.internal) || compareText(a.external, b.external));
  const byExternal = new Map<string, FloatingIp>();
  const byInternal = new Map<string, FloatingIp>();
  for (const { pair, external, internal } of inOrder) {
    if (byExternal.has(external)) continue;
    const { external: ext, internal: int } = pair;
    byExternal.set(external, { external: ext, internal: int });
    if (!byInternal.has(internal)) byInternal.set(internal, { external: ext, internal: int });
  }
  return {
    dnat: [...byExternal.values()].sort((a, b) => compareIp(a.external, b.external)),
    snat: [...byInternal.values()].sort((a, b) => compareIp(a.internal, b.internal)),
  };
}

/** Each source once; where endpoints share an address, the lowest value wins. */
function dscpMarks(workloads: readonly WorkloadEndpoint[], hosts: readonly HostEndpoint[]): NatIr["dscp"] {
  const marks: { readonly source: Cidr; readonly dscp: number }[] = [];
  for (const { addresses, qos } of workloads) {
    const { dscp } = qos;
    if (dscp !== undefined) for (const source of addresses) marks.push({ source, dscp });
  }
  for (const { expectedIps, dscp } of hosts)
    if (dscp !== undefined) for (const ip of expectedIps) marks.push({ source: hostCidr(ip), dscp });
  return marks
    .sort((a, b) => compareCidr(a.source, b.source) || a.dscp - b.dscp)
    .filter(({ source }, i, all) => i === 0 || compareCidr(all[i - 1]?.source ?? source, source) !== 0);
}

type TunnelDevice = NatIr["tunnelDevices"][number];

/** IPIP and VXLAN devices count once they have an address, WireGuard's at once: it may use the node's own. */
function tunnelDevices(
  node: Node,
  settings: FelixSettings,
  on: NodeIr["encapsulation"],
): readonly TunnelDevice[] {
  const device = (version: IpVersion, name: string, needed: boolean): TunnelDevice[] =>
    needed ? [{ version, name }] : [];
  return [
    ...device(4, "tunl0", on.ipip && node.bgp?.ipipTunnelAddress !== undefined),
    ...device(4, "vxlan.calico", on.vxlan4 && node.vxlanTunnelAddress4 !== undefined),
    ...device(4, settings.wireguardInterface, on.wireguard4),
    ...device(6, "vxlan-v6.calico", on.vxlan6 && node.vxlanTunnelAddress6 !== undefined),
    ...device(6, settings.wireguardInterface6, on.wireguard6),
  ];
}
