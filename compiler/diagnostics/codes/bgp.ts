import { code } from "../diagnostic.ts";

/** BGP as a whole: topologies that cannot work, filters that do nothing, and what stock BIRD 2 cannot do. */
export const BGP_CODES = {
  "bgp/peer-without-as": code<{ peer: string; address: string }>({
    severity: "error",
    summary: "BGP peer without an AS number",
    message: ({ peer, address }) =>
      `BGPPeer ${peer} names no AS number for ${address}, and no node of the cluster has that address.`,
    hint: () => "Set spec.asNumber to the AS of the peer.",
  }),
  "bgp/peer-as-mismatch": code<{ peer: string; node: string; asNumber: number; actual: number }>({
    severity: "warning",
    summary: "BGP peer with another AS than its node",
    message: ({ peer, node, asNumber, actual }) =>
      `BGPPeer ${peer} expects AS ${asNumber} at the address of node ${node}, whose AS is ${actual}: the session will not come up.`,
    hint: ({ actual }) => `Set spec.asNumber to ${actual}, or leave it out.`,
  }),
  "bgp/peer-matches-no-node": code<{ peer: string; by: string }>({
    severity: "warning",
    summary: "BGP peer that no node has",
    message: ({ peer, by }) => `${by} of BGPPeer ${peer} matches no node that takes part in BGP.`,
    hint: () => "Compare it with the names and labels of the Node resources.",
  }),
  "bgp/peer-selector-matches-no-node": code<{ peer: string; selector: string }>({
    severity: "warning",
    summary: "Peer selector that matches no node",
    message: ({ peer, selector }) =>
      `peerSelector ${selector} of BGPPeer ${peer} matches no node that takes part in BGP: there is nobody to peer with.`,
    hint: () => "Compare the selector with the labels of the Node resources.",
  }),
  "bgp/peer-family": code<{ peer: string; family: string }>({
    severity: "warning",
    summary: "BGP peer of an address family that its nodes lack",
    message: ({ peer, family }) =>
      `No node of BGPPeer ${peer} has an ${family} address for BGP, so there is no session with it.`,
    hint: ({ family }) => `Set spec.bgp.${family === "IPv4" ? "ipv4Address" : "ipv6Address"} of the nodes.`,
  }),
  "bgp/unknown-filter": code<{ peer: string; filter: string }>({
    severity: "error",
    summary: "BGP peer with an unknown filter",
    message: ({ peer, filter }) =>
      `BGPPeer ${peer} uses BGPFilter ${filter}, which does not exist; without it the peer would import everything.`,
    hint: () => "Create the filter, or take its name out of spec.filters.",
  }),
  "bgp/duplicate-peer": code<{ peer: string; winner: string; address: string }>({
    severity: "warning",
    summary: "Two BGP peers for one address",
    message: ({ peer, winner, address }) =>
      `BGPPeer ${peer} and ${winner} both define the session with ${address}, differently; ${winner} is in force.`,
    hint: () => "Keep one of the two, or give them disjoint node selectors.",
  }),
  "bgp/redundant-peer": code<{ peer: string; winner: string }>({
    severity: "info",
    summary: "BGP peer that repeats another",
    message: ({ peer, winner }) => `Sessions of BGPPeer ${peer} are already defined, equally, by ${winner}.`,
  }),
  "bgp/mesh-and-explicit-peer": code<{ peer: string; node: string }>({
    severity: "warning",
    summary: "Explicit peer inside the node mesh",
    message: ({ peer, node }) =>
      `Node ${node} is a peer of the node-to-node mesh and of BGPPeer ${peer}; two sessions with one address do not both come up, so the explicit one is in force.`,
    hint: () =>
      "Set nodeToNodeMeshEnabled: false in BGPConfiguration default, or restrict the peer to outside addresses.",
  }),
  "bgp/mesh-as-mismatch": code<{ node: string; asNumber: number; expected: number }>({
    severity: "warning",
    summary: "Node of another AS in the mesh",
    message: ({ node, asNumber, expected }) =>
      `Node ${node} has AS ${asNumber} while the mesh is AS ${expected}: its mesh sessions become external ones, and routes learned over them carry its AS.`,
    hint: () => "Give all mesh nodes one AS, or disable the mesh and define the peers.",
  }),
  "bgp/large-mesh": code<{ nodes: number }>({
    severity: "info",
    summary: "Large full mesh",
    message: ({ nodes }) => `Each of ${nodes} nodes has a BGP session with every other one.`,
    hint: () => "From about 100 nodes on route reflectors converge faster.",
  }),
  "bgp/workload-peer-dropped": code<{ peer: string }>({
    severity: "warning",
    summary: "Workload peer that cannot reach its node",
    message: ({ peer }) =>
      `The workloads of BGPPeer ${peer} open their sessions with their node, which drops what workloads send to it: defaultEndpointToHostAction is Drop.`,
    hint: () =>
      "Set defaultEndpointToHostAction: Accept, or Return, in FelixConfiguration; where it is not set it is Drop.",
  }),
  "bgp/workload-peer-without-address": code<{ peer: string; version: number }>({
    severity: "warning",
    summary: "Workload peer without an address to dial",
    message: ({ peer, version }) =>
      `The workloads of BGPPeer ${peer} have no IPv${version} address of their node to open a session with.`,
    hint: ({ version }) => `Set localWorkloadPeeringIPV${version} in the BGPConfiguration "default".`,
  }),
  "bgp/reflector-without-clients": code<{ node: string; cluster: string }>({
    severity: "warning",
    summary: "Route reflector without clients",
    message: ({ node, cluster }) =>
      `Node ${node} is a route reflector (cluster ${cluster}), which takes it out of the node mesh, but no peer is a client of it.`,
    hint: () =>
      "Add a BGPPeer whose peerSelector matches the reflector and whose nodeSelector matches its clients.",
  }),
  "bgp/duplicate-router-id": code<{ id: string; nodes: readonly string[] }>({
    severity: "error",
    summary: "Router id used twice",
    message: ({ id, nodes }) =>
      `Nodes ${nodes.join(", ")} have the same BGP router id ${id}; speakers with equal ids refuse each other.`,
    hint: () => "Give each node an IPv4 address of its own in spec.bgp.ipv4Address.",
  }),
  "bgp/configuration-not-used": code<{ name: string }>({
    severity: "warning",
    summary: "BGP configuration that nothing reads",
    message: ({ name }) => `BGPConfiguration ${name} is not in force anywhere.`,
    hint: () => "The cluster's configuration is named default, a node's is named node.<node name>.",
  }),
  "bgp/keepalive-exceeds-hold": code<{ peer: string; seconds: number; hold: number }>({
    severity: "error",
    summary: "Keepalive interval longer than the hold time",
    message: ({ peer, seconds, hold }) =>
      `keepaliveTime of BGPPeer ${peer} is ${seconds} s, outside 1–${hold} s: the session would be given up before the next keepalive.`,
    hint: () => "A third of the hold time (80 s) or less.",
  }),
  "bgp/keepalive-above-half-hold": code<{ peer: string; seconds: number; hold: number }>({
    severity: "warning",
    summary: "Keepalive interval above half the hold time",
    message: ({ peer, seconds, hold }) =>
      `keepaliveTime of BGPPeer ${peer} is ${seconds} s: one lost keepalive ends the session after ${hold} s.`,
    hint: () => "A third of the hold time (80 s) or less.",
  }),
  "bgp/reachable-by-family": code<{ peer: string; gateway: string; address: string }>({
    severity: "error",
    summary: "Gateway of another address family",
    message: ({ peer, gateway, address }) =>
      `reachableBy ${gateway} of BGPPeer ${peer} is not of the address family of ${address}.`,
  }),
  "bgp/bind-needs-source": code<{ peer: string }>({
    severity: "info",
    summary: "Source address follows from the bind mode",
    message: ({ peer }) =>
      `BGPPeer ${peer} leaves the source address open, but bindMode NodeIP makes the node's address the source: BIRD 2 has one address for both.`,
  }),
  "bgp/filter-denies-all": code<{ filter: string; list: string }>({
    severity: "warning",
    summary: "BGP filter that denies everything",
    message: ({ filter, list }) => `${list} of BGPFilter ${filter} refuses every route.`,
    hint: () => "Put the accepting rules before the unconditional Reject, or remove the peer.",
  }),
  "bgp/filter-constant-condition": code<{ filter: string; holds: boolean; why: string }>({
    severity: "warning",
    summary: "Filter condition that does not depend on the route",
    message: ({ filter, holds, why }) =>
      `The prefix condition of this rule of BGPFilter ${filter} ${holds ? "holds for every route" : "never holds"}: ${why}.`,
    hint: () =>
      "Use matchOperator In or NotIn with prefixLength, and lengths from the prefix's own length up.",
  }),
  "bgp/filter-unreachable-rule": code<{ filter: string }>({
    severity: "warning",
    summary: "Filter rule that is never reached",
    message: ({ filter }) => `An earlier rule of BGPFilter ${filter} already decides every route.`,
  }),
  "bgp/cluster-routes-by-nobody": code<{ what: string; felix: string; bgp: string }>({
    severity: "error",
    summary: "Nobody programs the cluster routes",
    message: ({ what, felix, bgp }) =>
      `Routes of ${what} pools are programmed by nobody: programClusterRoutes is ${felix} in FelixConfiguration and ${bgp} in BGPConfiguration.`,
    hint: () => "Leave both unset, or set Enabled in FelixConfiguration and Disabled in BGPConfiguration.",
  }),
  "bgp/cluster-routes-twice": code<{ what: string; felix: string; bgp: string }>({
    severity: "error",
    summary: "Cluster routes programmed twice",
    message: ({ what, felix, bgp }) =>
      `Routes of ${what} pools would be programmed twice: programClusterRoutes is ${felix} in FelixConfiguration and ${bgp} in BGPConfiguration.`,
    hint: () => "Leave both unset, or set Enabled in FelixConfiguration and Disabled in BGPConfiguration.",
  }),
  "bgp/ipip-by-bgp": code<{ bgp: string; felixOwns: boolean }>({
    severity: "warning",
    summary: "BIRD 2 cannot program IPIP routes",
    message: ({ bgp, felixOwns }) =>
      `programClusterRoutes: ${bgp} asks BIRD to program routes of IPIP pools, which only Calico's own fork of BIRD can; ${
        felixOwns ? "the node's static routes serve them instead" : "nothing programs them"
      }.`,
    hint: () =>
      "Use EnabledNoEncapOnly (the default) here, and EnabledIPIPOnly (the default) in FelixConfiguration.",
  }),
  "bird/unusable-name": code<{ what: string; name: string }>({
    severity: "error",
    summary: "Name that BIRD's configuration cannot hold",
    message: ({ what, name }) =>
      `${what} ${JSON.stringify(name)} cannot be written in bird.conf, which has no way to quote it.`,
    hint: () => "Letters, digits, dots, dashes and underscores are safe.",
  }),
  "bird/out-of-range": code<{ what: string; value: string; range: string }>({
    severity: "error",
    summary: "Value that BIRD refuses",
    message: ({ what, value, range }) => `${what} ${value} is outside ${range}.`,
  }),
  "bird/invalid-configuration": code<{ where: string; reason: string }>({
    severity: "error",
    summary: "BIRD configuration that would fail at run time",
    message: ({ where, reason }) => `${where}: ${reason}.`,
  }),
} as const;
