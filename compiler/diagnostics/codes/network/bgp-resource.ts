import { code } from "../../diagnostic.ts";

type None = Record<string, never>;

/** What one BGP resource says wrong by itself; topologies are judged in `../bgp.ts`. */
export const BGP_RESOURCE_CODES = {
  "bgp/invalid-as-number": code<{ value: number | string }>({
    severity: "error",
    summary: "Invalid AS number",
    message: ({ value }) => `${value} is not an AS number: 0–4294967295, or high.low with both below 65536.`,
  }),
  "bgp/default-only-field": code<{ field: string }>({
    severity: "error",
    summary: "Field of the default BGP configuration only",
    message: ({ field }) => `Cannot set ${field} on a non default BGP Configuration.`,
    hint: () => "Set it in the BGPConfiguration named default.",
  }),
  "bgp/mesh-disabled": code<{ field: string }>({
    severity: "error",
    summary: "Mesh option without a mesh",
    message: ({ field }) => `${field} cannot be set when nodeToNodeMeshEnabled is false.`,
    hint: () => "Set it in the BGPPeer resources that replace the mesh.",
  }),
  "bgp/unused-communities": code<None>({
    severity: "error",
    summary: "Communities that nothing uses",
    message: () => "communities are defined but not used in prefixAdvertisements.",
    hint: () => "Add prefixAdvertisements that name them.",
  }),
  "bgp/invalid-community": code<{ value: string; reason: "format" | "16 bit" | "32 bit" }>({
    severity: "error",
    summary: "Invalid BGP community",
    message: ({ value, reason }) =>
      reason === "format"
        ? `${JSON.stringify(value)}: invalid community value or format used.`
        : `${JSON.stringify(value)}: invalid community value, expected ${reason} value.`,
    hint: () => "aa:nn with numbers up to 65535, or aa:nn:mm with numbers up to 4294967295.",
  }),
  "bgp/unknown-community": code<{ name: string; defined: readonly string[] }>({
    severity: "error",
    summary: "Undefined community",
    message: ({ name }) => `${JSON.stringify(name)}: community used is invalid or not defined.`,
    hint: ({ defined }) =>
      defined.length === 0
        ? "Define it in spec.communities, or write the value itself."
        : `Defined here: ${defined.join(", ")}.`,
  }),
  "bgp/peer-conflict": code<{ reason: string; hint: string }>({
    severity: "error",
    summary: "Contradictory fields of a BGP peer",
    message: ({ reason }) => `${reason}.`,
    hint: ({ hint }) => hint,
  }),
  "bgp/peer-without-target": code<None>({
    severity: "warning",
    summary: "BGP peer that names nobody",
    message: () =>
      "Neither peerIP nor peerSelector nor localWorkloadSelector is set, so this resource makes no session.",
    hint: () => "Set peerIP and asNumber for a router, or peerSelector for Calico nodes.",
  }),
  "bgp/invalid-peer-address": code<{ value: string }>({
    severity: "error",
    summary: "Invalid peer address",
    message: ({ value }) =>
      `${JSON.stringify(value)} is not IP:port: an address of a host, optionally with a port of 1–65535.`,
    hint: () => "10.0.0.1, 10.0.0.1:1790, fd00::1 or [fd00::1]:1790.",
  }),
  "bgp/node-without-peers": code<{ node: string; others: number }>({
    severity: "warning",
    summary: "BGP node without any peer",
    message: ({ node, others }) =>
      `The node mesh is off and no BGPPeer concerns node ${node}${others > 0 ? ` and ${others} more` : ""}: nobody learns routes to the workloads there.`,
    hint: () => "Add a BGPPeer whose nodeSelector, node or peerSelector covers them.",
  }),
  "bgp/filter-conflict": code<{ reason: string; hint: string }>({
    severity: "error",
    summary: "Contradictory fields of a filter rule",
    message: ({ reason }) => `${reason}.`,
    hint: ({ hint }) => hint,
  }),
} as const;
