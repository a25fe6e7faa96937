import { code } from "../../diagnostic.ts";

type None = Record<string, never>;

/** IP pools, and the blocks and affinities that are cut from them. */
export const POOL_CODES = {
  "pool/both-encapsulations": code<None>({
    severity: "error",
    summary: "Two encapsulations",
    message: () => "ipipMode and vxlanMode cannot both be enabled: a packet leaves through one tunnel.",
    hint: () => "Set one of them to Never.",
  }),
  "pool/ipip-on-ipv6": code<None>({
    severity: "error",
    summary: "IPIP on IPv6",
    message: () => "IPIP is not supported on IPv6 pools: the tunnel carries IPv4 in IPv4.",
    hint: () => "Use vxlanMode, or no encapsulation.",
  }),
  "pool/block-size": code<{ blockSize: number; family: string }>({
    severity: "error",
    summary: "Block size out of range",
    message: ({ blockSize, family }) =>
      `blockSize must be between 20 and 32 for IPv4 pools, and between 116 and 128 for IPv6 pools; ${blockSize} is not one for this ${family} pool.`,
    hint: ({ family }) => `Leave it out for the default, ${family === "IPv4" ? 26 : 122}.`,
  }),
  "pool/smaller-than-block": code<{ length: number; blockSize: number }>({
    severity: "error",
    summary: "Pool smaller than one block",
    message: ({ length, blockSize }) =>
      `IP pool size is too small for use with Calico IPAM. It must be equal to or greater than the block size: a /${length} has no room for a block of /${blockSize}.`,
    hint: ({ length }) => `Set blockSize: ${length} or longer, enlarge the pool, or disable it.`,
  }),
  "pool/link-local": code<{ range: string }>({
    severity: "error",
    summary: "Pool of link-local addresses",
    message: ({ range }) => `IPPool CIDR overlaps with ${range}, whose addresses are not routed.`,
    hint: () => "Choose a range that is private or yours.",
  }),
  "pool/load-balancer-use": code<None>({
    severity: "error",
    summary: "Load balancer pool with other uses",
    message: () => "LoadBalancer cannot be combined with Workload or Tunnel allowed uses.",
    hint: () => "Make a pool of its own for load balancer addresses.",
  }),
  "pool/load-balancer-encapsulation": code<None>({
    severity: "error",
    summary: "Load balancer pool with encapsulation",
    message: () =>
      "LoadBalancer IP pool cannot have IPIP or VXLAN enabled: its addresses are never inside a tunnel.",
    hint: () => "Set the mode to Never.",
  }),
  "pool/load-balancer-export": code<None>({
    severity: "error",
    summary: "Load balancer pool that is not exported",
    message: () => "LoadBalancer IP pools cannot disable BGP export: nobody could reach their addresses.",
    hint: () => "Remove disableBGPExport.",
  }),
  "pool/load-balancer-selector": code<None>({
    severity: "error",
    summary: "Load balancer pool with a node selector",
    message: () => "IP Pool with AllowedUse LoadBalancer must have nodeSelector set to all().",
    hint: () => "Write exactly all(), or leave it out.",
  }),
  "pool/tunnel-namespace-selector": code<None>({
    severity: "error",
    summary: "Tunnel pool with a namespace selector",
    message: () =>
      "IP Pool with AllowedUse Tunnel cannot have namespaceSelector: tunnel addresses belong to no namespace.",
    hint: () => "Set allowedUses: [Workload].",
  }),
  "pool/global-selector": code<{ field: string }>({
    severity: "error",
    summary: "global() in a pool's selector",
    message: ({ field }) => `global() selector is not valid for IPPool ${field}.`,
    hint: () => "global() belongs into the namespaceSelector of a policy rule.",
  }),
  "pool/duplicate-cidr": code<{ pool: string; winner: string; cidr: string }>({
    severity: "warning",
    summary: "Two pools with one network",
    message: ({ pool, winner, cidr }) =>
      `IPPool ${pool} has the same CIDR ${cidr} as ${winner}; ${winner} is in force, because its name sorts first.`,
    hint: () => "Remove one of them.",
  }),
  "pool/overlap": code<{ pool: string; other: string; cidr: string }>({
    severity: "warning",
    summary: "Overlapping pools",
    message: ({ pool, other, cidr }) =>
      `IPPool(${pool}) CIDR overlaps with IPPool(${other}) CIDR ${cidr}: one address could be given out twice, and its encapsulation and NAT depend on the longer prefix.`,
    hint: () => "Give each pool a range of its own.",
  }),
  "pool/service-range": code<{ pool: string; range: string }>({
    severity: "warning",
    summary: "Pool in a range of services",
    message: ({ pool, range }) =>
      `IPPool(${pool}) CIDR overlaps with ${range}, a range of services in BGPConfiguration default: packets to pods there are dropped as those of a service that nobody redirects.`,
    hint: () => "Give pods and services ranges of their own.",
  }),
  "ipam/allocation-count": code<{ count: number; size: number }>({
    severity: "error",
    summary: "Block with a wrong number of allocations",
    message: ({ count, size }) => `The block has ${size} addresses, but allocations has ${count} entries.`,
    hint: () => "Each address has one entry: null, or an index into attributes.",
  }),
  "ipam/attribute-index": code<{ index: number; count: number }>({
    severity: "error",
    summary: "Allocation without attributes",
    message: ({ index, count }) => `The allocation refers to attribute ${index}, but there are ${count}.`,
    hint: () => "Indices start at 0.",
  }),
  "ipam/unallocated-ordinal": code<{ ordinal: number; size: number }>({
    severity: "error",
    summary: "Free address outside the block",
    message: ({ ordinal, size }) => `Ordinal ${ordinal} lies outside the block, which has ${size} addresses.`,
  }),
  "ipam/allocated-and-free": code<{ ordinal: number }>({
    severity: "warning",
    summary: "Address both free and in use",
    message: ({ ordinal }) =>
      `Ordinal ${ordinal} is listed as unallocated, yet allocations gives it an owner.`,
    hint: () => "calicoctl ipam check repairs such blocks.",
  }),
  "ipam/deleted-affinity": code<None>({
    severity: "error",
    summary: "Affinity written as deleted",
    message: () =>
      'spec.Deleted cannot be set to "true": the flag is a mark that Calico sets while it deletes the object.',
    hint: () => "Delete the object instead.",
  }),
  "ipam/block-outside-pools": code<{ block: string }>({
    severity: "warning",
    summary: "Block outside every pool",
    message: ({ block }) =>
      `Block ${block} lies in no IPPool, so its addresses get neither encapsulation nor NAT, and its routes are treated as foreign ones.`,
    hint: () => "Restore the pool until the block's addresses are released.",
  }),
  "ipam/unknown-node": code<{ what: string; node: string }>({
    severity: "warning",
    summary: "Block of a node that does not exist",
    message: ({ what, node }) => `${what} belongs to node ${JSON.stringify(node)}, which does not exist.`,
    hint: () => "Release the blocks of removed nodes (calicoctl ipam check).",
  }),
  "ipam/address-outside-pools": code<{ endpoint: string; address: string }>({
    severity: "info",
    summary: "Workload address outside every pool",
    message: ({ endpoint, address }) =>
      `${address} of ${endpoint} lies in no IPPool: it is neither encapsulated nor masqueraded, and counts as outside the cluster.`,
  }),
  "ipam/tunnel-address-outside-pools": code<{ node: string; address: string; tunnel: string }>({
    severity: "warning",
    summary: "Tunnel address outside every pool",
    message: ({ node, address, tunnel }) =>
      `The ${tunnel} tunnel address ${address} of node ${node} lies in no IPPool, so replies to the host's own traffic through the tunnel are not routed back.`,
    hint: () => "calico/node assigns a new address when the old one is removed.",
  }),
} as const;
