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
  /** Traffic control: `tbf` queues, `police` with `matchall`. */
  readonly shaping: readonly string[];
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
  shaping: ["police", "tbf"],
  nat: [4, 6],
  ipv6: true,
};

/** Reads a features file: JSON with any part of `HostFeatures`; what it leaves out is as in the default. */
export function parseFeatures(
  text: string,
): { readonly ok: true; readonly features: HostFeatures } | { readonly ok: false; readonly reason: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { ok: false, reason: `not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { ok: false, reason: "must be a JSON object" };
  for (const [key, part] of Object.entries(value)) {
    const expected = DEFAULT_FEATURES[key as keyof HostFeatures];
    if (!Object.hasOwn(DEFAULT_FEATURES, key))
      return {
        ok: false,
        reason: `unknown feature '${key}'; known: ${Object.keys(DEFAULT_FEATURES).join(", ")}`,
      };
    if (Array.isArray(expected) ? !isListLike(part, expected) : typeof part !== typeof expected)
      return { ok: false, reason: `'${key}' must be like ${JSON.stringify(expected)}` };
    if (key === "iptablesBackend" && part !== "nft" && part !== "legacy")
      return { ok: false, reason: '\'iptablesBackend\' must be "nft" or "legacy"' };
  }
  return { ok: true, features: { ...DEFAULT_FEATURES, ...(value as Partial<HostFeatures>) } };
}

function isListLike(value: unknown, expected: readonly unknown[]): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === typeof expected[0]);
}
