import type { Piece } from "./collect.ts";

/**
 * What this machine's tools say of its network. Source: `calicoctl/commands/node/diags.go` (the sheet "node / cluster
 * commands"). Without the signal that makes Felix write its statistics: it goes to every process of that name.
 */
export const NODE_PIECES: readonly Piece[] = [
  piece("Noting the date", "date", ["date"]),
  piece("Noting the hostname", "hostname", ["hostname"]),
  {
    title: "Dumping sockets",
    file: "netstat",
    commands: [
      ["netstat", "-a", "-n"],
      ["ss", "-a", "-n"],
    ],
  },
  piece("Dumping routes (IPv4)", "ipv4_route", ["ip", "-4", "route", "show", "table", "all"]),
  piece("Dumping routes (IPv6)", "ipv6_route", ["ip", "-6", "route", "show", "table", "all"]),
  piece("Dumping rules (IPv4)", "ipv4_rule", ["ip", "-4", "rule"]),
  piece("Dumping rules (IPv6)", "ipv6_rule", ["ip", "-6", "rule"]),
  piece("Dumping interface info (IPv4)", "ipv4_addr", ["ip", "-4", "addr"]),
  piece("Dumping interface info (IPv6)", "ipv6_addr", ["ip", "-6", "addr"]),
  piece("Dumping links", "links", ["ip", "-d", "link"]),
  piece("Dumping neighbours", "neighbours", ["ip", "neigh"]),
  piece("Dumping iptables (IPv4)", "ipv4_tables", ["iptables-save", "-c"]),
  piece("Dumping iptables (IPv6)", "ipv6_tables", ["ip6tables-save", "-c"]),
  piece("Dumping nftables", "nft_ruleset", ["nft", "-n", "-a", "list", "ruleset"]),
  piece("Dumping ipsets", "ipsets", ["ipset", "list"]),
  piece("Copying journal for calico-node.service", "journalctl_calico_node", [
    "journalctl",
    ...["-u", "calico-node.service", "--no-pager"],
  ]),
];

function piece(title: string, file: string, command: readonly [string, ...string[]]): Piece {
  return { title, file, commands: [command] };
}
