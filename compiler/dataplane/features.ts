/**
 * What the target host can do. `DEFAULT_FEATURES` is a current distribution kernel and is what golden files use;
 * the runtime detects those of the host at hand.
 */
export interface HostFeatures {
  readonly iptablesBackend: "nft" | "legacy";
  /** `--random-fully` for MASQUERADE and SNAT. */
  readonly randomFully: boolean;
  readonly matches: readonly string[];
  readonly targets: readonly string[];
  readonly setTypes: readonly string[];
  /** Link kinds: vxlan, ipip, wireguard, ifb. */
  readonly linkKinds: readonly string[];
  /** Families with an iptables NAT table. */
  readonly nat: readonly (4 | 6)[];
  readonly ipv6: boolean;
}

export const DEFAULT_FEATURES: HostFeatures = {
  iptablesBackend: "nft",
  randomFully: true,
  matches: [
    "addrtype",
    "comment",
    "connlimit",
    "conntrack",
    "icmp",
    "icmp6",
    "limit",
    "mark",
    "multiport",
    "rpfilter",
    "sctp",
    "set",
    "tcp",
    "udp",
  ],
  targets: ["CT", "DNAT", "DSCP", "LOG", "MARK", "MASQUERADE", "NFLOG", "REJECT", "SNAT"],
  setTypes: ["hash:ip", "hash:ip,port", "hash:net", "hash:net,port"],
  linkKinds: ["ifb", "ipip", "vxlan", "wireguard"],
  nat: [4, 6],
  ipv6: true,
};
