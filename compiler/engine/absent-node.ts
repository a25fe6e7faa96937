import type { Node } from "../ir/cluster-model.ts";

/** Stands for a node without a resource: nothing is known of it but its name. */
export function absentNode(name: string): Node {
  return {
    kind: "node",
    key: name,
    origin: { file: "", document: 0, path: [] },
    source: "inventory",
    name,
    labels: {},
    bgp: undefined,
    vxlanTunnelAddress4: undefined,
    vxlanTunnelAddress6: undefined,
    vxlanTunnelMac4: undefined,
    vxlanTunnelMac6: undefined,
    wireguard: { address4: undefined, address6: undefined, publicKey4: undefined, publicKey6: undefined },
    addresses: [],
    interfaces: [],
    podCidrs: [],
  };
}
