/** The names that the iptables tools know by themselves and therefore always print. */
const BUILT_IN: ReadonlyMap<number, string> = new Map([
  [1, "icmp"],
  [6, "tcp"],
  [17, "udp"],
  [58, "ipv6-icmp"],
  [132, "sctp"],
  [136, "udplite"],
]);

/**
 * Names that `iptables-save` takes from the host's `/etc/protocols` (netbase) in place of a number, and the spellings
 * that the tools accept besides their own.
 */
// biome-ignore format: one table
const FROM_HOST: Readonly<Record<string, number>> = {
  hopopt: 0, igmp: 2, ggp: 3, ipencap: 4, st: 5, egp: 8, igp: 9, pup: 12, hmp: 20, "xns-idp": 22, rdp: 27,
  "iso-tp4": 29, dccp: 33, xtp: 36, ddp: 37, "idpr-cmtp": 38, ipv6: 41, "ipv6-route": 43, "ipv6-frag": 44, idrp: 45,
  rsvp: 46, gre: 47, esp: 50, ah: 51, skip: 57, icmpv6: 58, "ipv6-nonxt": 59, "ipv6-opts": 60, rspf: 73, vmtp: 81,
  eigrp: 88, ospf: 89, "ax.25": 93, ipip: 94, etherip: 97, encap: 98, pim: 103, ipcomp: 108, vrrp: 112, l2tp: 115,
  isis: 124, fc: 133, mh: 135, "ipv6-mh": 135, "mobility-header": 135, "mpls-in-ip": 137, manet: 138, hip: 139,
  shim6: 140, wesp: 141, rohc: 142, ethernet: 143,
};

const NUMBERS: ReadonlyMap<string, number> = new Map([
  ...Object.entries(FROM_HOST),
  ...[...BUILT_IN].map(([number, name]) => [name, number] as const),
]);

/** The tool's own name, or the number. */
export function protocolText(protocol: number): string {
  return BUILT_IN.get(protocol) ?? `${protocol}`;
}

export function protocolOf(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) ? Number(text) : NUMBERS.get(text.toLowerCase());
}
