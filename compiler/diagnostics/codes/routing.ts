import { code } from "../diagnostic.ts";

/** Routes, tunnels and addresses: what a node lacks, and what a host cannot do. */
export const ROUTING_CODES = {
  "routing/unsupported-link": code<{ link: string; kind: string }>({
    severity: "error",
    summary: "Tunnel that the host cannot make",
    message: ({ link, kind }) => `Device ${link} is needed here, and this host has no ${kind} devices.`,
    hint: ({ kind }) =>
      `Load or build the kernel module ${kind}, or turn the encapsulation off in the IPPool or FelixConfiguration that asks for it.`,
  }),
  "routing/unsupported-ipv6": code<{ what: string }>({
    severity: "error",
    summary: "IPv6 on a host without IPv6",
    message: ({ what }) => `${what} is IPv6, which this host does not have.`,
    hint: () => "Enable IPv6 on the host, or set ipv6Support: false in FelixConfiguration.",
  }),
  "routing/invalid-interface-name": code<{ name: string }>({
    severity: "error",
    summary: "Name that no interface can have",
    message: ({ name }) => `${JSON.stringify(name)} cannot be the name of an interface of ours.`,
    hint: () => "Use 1 to 15 letters, digits and ._@+- characters, other than 'all' and 'default'.",
  }),
  "routing/invalid-mac": code<{ mac: string; dev: string }>({
    severity: "error",
    summary: "Not a MAC address",
    message: ({ mac, dev }) => `${JSON.stringify(mac)}, wanted on ${dev}, is no MAC address.`,
    hint: () => "MAC addresses look like ee:ee:ee:ee:ee:ee.",
  }),
  "routing/invalid-wireguard-key": code<{ what: string }>({
    severity: "error",
    summary: "Not a WireGuard public key",
    message: ({ what }) => `The WireGuard public key of ${what} is not 32 bytes in base64.`,
    hint: () => "The key is published by the node itself; remove a hand-written one.",
  }),
  "routing/no-node-address": code<{ tunnel: string; version: 4 | 6; node: string }>({
    severity: "warning",
    summary: "Tunnel without an outer address",
    message: ({ tunnel, version, node }) =>
      `Node ${node} has no IPv${version} address, so it takes no part in ${tunnel} over IPv${version}.`,
    hint: ({ version }) => `Set spec.bgp.ipv${version}Address of the Node.`,
  }),
  "routing/no-tunnel-address": code<{ tunnel: string; version: 4 | 6; node: string; field: string }>({
    severity: "warning",
    summary: "Tunnel without an address of its own",
    message: ({ tunnel, version, node, field }) =>
      `Node ${node} has no ${field}: ${
        tunnel === "VXLAN"
          ? `it takes no part in VXLAN over IPv${version}`
          : `its ${tunnel} device gets no address, and the node itself cannot reach workloads over it`
      }.`,
    hint: () => "IPAM gives it to the node when an IPPool allows tunnels there; in a file, set it by hand.",
  }),
  "routing/no-parent-interface": code<{ node: string; gateway: string; what: string }>({
    severity: "warning",
    summary: "Direct route without a known interface",
    message: ({ node, gateway, what }) =>
      `${what} needs a route by way of ${gateway}, which is not in the subnet of node ${node}, and no interface of the node is known: the route is left out.`,
    hint: () =>
      "Give the Node its spec.interfaces, or its spec.bgp address with the prefix length of its network; across routers use BGP or an encapsulation.",
  }),
  "routing/no-wireguard-mark": code<{ node: string }>({
    severity: "error",
    summary: "No packet mark left for WireGuard",
    message: ({ node }) =>
      `The mark mask of node ${node} has fewer than six bits, and WireGuard uses the sixth.`,
    hint: () => "Widen iptablesMarkMask in FelixConfiguration; the default is 0xffff0000.",
  }),
  "routing/mtu-exceeds-underlay": code<{ field: string; mtu: number; overhead: number; hostMtu: number }>({
    severity: "warning",
    summary: "Tunnel packets that do not fit the network below",
    message: ({ field, mtu, overhead, hostMtu }) =>
      `${field} ${mtu} and ${overhead} bytes of encapsulation are more than the hosts' MTU of ${hostMtu}: full packets are fragmented or lost.`,
    hint: ({ overhead, hostMtu }) => `At most ${hostMtu - overhead}, or 0 to have it worked out on the host.`,
  }),
  "routing/mtu-below-ipv6": code<{ field: string; mtu: number }>({
    severity: "warning",
    summary: "MTU below IPv6's minimum",
    message: ({ field, mtu }) =>
      `${field} is ${mtu}, and IPv6 needs 1280 on every link: the device gets no IPv6 address.`,
    hint: () => "Set at least 1280, on an underlay with room for the encapsulation.",
  }),
  "routing/shared-wireguard-key": code<{ nodes: readonly string[] }>({
    severity: "warning",
    summary: "Nodes with the same WireGuard key",
    message: ({ nodes }) =>
      `Nodes ${nodes.join(", ")} publish the same WireGuard key; traffic to all of them goes unencrypted.`,
    hint: () =>
      "A cloned disk image holds a cloned key: delete the device on one of them, so that it makes a new one.",
  }),
} as const;
