import type { Side } from "../ir/node-ir.ts";
import type { Cidr, Ip, IpVersion, PortRange } from "../net/cidr.ts";

/**
 * Our part of one IP version's iptables, as structured data: what `iptables-restore` is given and what
 * `iptables-save` is read back into. Nothing here says how it is spelled.
 */
export interface XtRuleset {
  readonly version: IpVersion;
  /** In the order of `XT_TABLES`; a table without content is absent. */
  readonly tables: readonly XtTable[];
}

/** In the order in which a packet meets them at PREROUTING. */
export const XT_TABLES = ["raw", "mangle", "nat", "filter"] as const;
export type XtTableName = (typeof XT_TABLES)[number];

export const KERNEL_CHAINS = {
  raw: ["PREROUTING", "OUTPUT"],
  mangle: ["PREROUTING", "INPUT", "FORWARD", "OUTPUT", "POSTROUTING"],
  nat: ["PREROUTING", "INPUT", "OUTPUT", "POSTROUTING"],
  filter: ["INPUT", "FORWARD", "OUTPUT"],
} as const satisfies Record<XtTableName, readonly string[]>;
export type KernelChain = (typeof KERNEL_CHAINS)[XtTableName][number];

export interface XtTable {
  readonly name: XtTableName;
  /** Our rules in the kernel's own chains, in their order within each chain. */
  readonly hooks: readonly XtHook[];
  readonly chains: readonly XtChain[];
}

export interface XtHook {
  readonly chain: KernelChain;
  /** Where to put it among other people's rules; a reader cannot know the intention and leaves it out. */
  readonly position?: "top" | "bottom";
  /** Read from a host only: where the rules of others in its chain stand. */
  readonly others?: "none" | "above" | "below" | "around";
  /** Read back only: the first foreign rule before it that ends the walk for some packets. */
  readonly precededBy?: string;
  readonly rule: XtRule;
}

export interface XtChain {
  /** At most 28 characters, begins with `cali-`. */
  readonly name: string;
  /** What it is, for the reader of the file; not part of the kernel's state, so empty when read back. */
  readonly heading: readonly string[];
  readonly rules: readonly XtRule[];
}

export interface XtRule {
  /** `""` for a rule that is not ours but stands in a chain of ours. */
  readonly id: string;
  readonly comments: readonly string[];
  /** A conjunction, in canonical order (`compareMatches`). */
  readonly matches: readonly XtMatch[];
  /** Without one, the rule only counts. */
  readonly target: XtTarget | undefined;
}

export type ConntrackState = "INVALID" | "NEW" | "RELATED" | "ESTABLISHED" | "UNTRACKED" | "SNAT" | "DNAT";
export type TcpFlag = "FIN" | "SYN" | "RST" | "PSH" | "ACK" | "URG";
export type RateUnit = "sec" | "min" | "hour" | "day";

export type XtMatch =
  | { readonly kind: "address"; readonly side: Side; readonly cidr: Cidr; readonly negated: boolean }
  /** `name` may end in `+`: any interface that begins so. */
  | {
      readonly kind: "interface";
      readonly direction: "in" | "out";
      readonly name: string;
      readonly negated: boolean;
    }
  /** IANA number. */
  | { readonly kind: "protocol"; readonly protocol: number; readonly negated: boolean }
  /** `flags` are examined, `set` of them must be on. */
  | {
      readonly kind: "tcp-flags";
      readonly flags: readonly TcpFlag[];
      readonly set: readonly TcpFlag[];
      readonly negated: boolean;
    }
  /** Type and code of ICMP, or of ICMPv6 in an IPv6 ruleset. */
  | {
      readonly kind: "icmp";
      readonly type: number;
      readonly code: number | undefined;
      readonly negated: boolean;
    }
  /** `dimensions`: 1 for a set of addresses, 2 for one of address and port. `set` is the kernel's name. */
  | {
      readonly kind: "set";
      readonly set: string;
      readonly side: Side;
      readonly dimensions: 1 | 2;
      readonly negated: boolean;
    }
  /** At most 15 slots; a range takes two. */
  | {
      readonly kind: "ports";
      readonly side: Side;
      readonly ranges: readonly PortRange[];
      readonly negated: boolean;
    }
  | { readonly kind: "conntrack"; readonly states: readonly ConntrackState[]; readonly negated: boolean }
  /** `type LOCAL`; `outInterfaceOnly`: local to the interface that the packet leaves by. */
  | {
      readonly kind: "local-address";
      readonly side: Side;
      readonly outInterfaceOnly: boolean;
      readonly negated: boolean;
    }
  | { readonly kind: "mark"; readonly value: number; readonly mask: number; readonly negated: boolean }
  /** Matches packets that *fail* strict reverse path filtering, marks included in the lookup. */
  | { readonly kind: "reverse-path-failed" }
  /** Connections of all addresses together. */
  | { readonly kind: "connlimit-above"; readonly connections: number }
  /** Consumes a token, so it is always the last match. */
  | { readonly kind: "limit"; readonly amount: number; readonly unit: RateUnit; readonly burst: number }
  /** Read back only: options that we never write. */
  | { readonly kind: "foreign"; readonly text: string };

export type XtTarget =
  | { readonly kind: "accept" }
  | { readonly kind: "drop" }
  | { readonly kind: "return" }
  | { readonly kind: "reject"; readonly with: "port-unreachable" | "tcp-reset" }
  | { readonly kind: "jump"; readonly chain: string }
  | { readonly kind: "goto"; readonly chain: string }
  /** Replaces the bits of `mask` by `value`. */
  | { readonly kind: "mark"; readonly value: number; readonly mask: number }
  | { readonly kind: "log"; readonly prefix: string; readonly level: number }
  | { readonly kind: "notrack" }
  | { readonly kind: "dscp"; readonly value: number }
  | { readonly kind: "dnat"; readonly to: Ip }
  | {
      readonly kind: "snat";
      readonly to: Ip;
      readonly ports: PortRange | undefined;
      readonly randomFully: boolean;
    }
  | { readonly kind: "masquerade"; readonly ports: PortRange | undefined; readonly randomFully: boolean }
  /** Read back only: a target that we never write. */
  | { readonly kind: "foreign"; readonly text: string };

/** Kinds in the order in which `iptables-save` prints header matches, then what costs little before what costs much. */
const MATCH_ORDER: Readonly<Record<XtMatch["kind"], number>> = {
  address: 0,
  interface: 1,
  protocol: 2,
  "tcp-flags": 3,
  icmp: 4,
  ports: 5,
  mark: 6,
  conntrack: 7,
  set: 8,
  "local-address": 9,
  "reverse-path-failed": 10,
  "connlimit-above": 11,
  foreign: 12,
  limit: 13,
};

/**
 * Canonical order of a rule's matches. A conjunction means the same in any order but for `limit`, which must see
 * only packets that everything else has matched. Matches of one kind keep their order: a stable sort is needed.
 */
export function compareMatches(a: XtMatch, b: XtMatch): number {
  return MATCH_ORDER[a.kind] - MATCH_ORDER[b.kind] || subOrder(a) - subOrder(b);
}

/** `-s` before `-d`, `-i` before `-o`: the kernel has one place for each and prints them so. */
function subOrder(match: XtMatch): number {
  if (match.kind === "address") return match.side === "source" ? 0 : 1;
  if (match.kind === "interface") return match.direction === "in" ? 0 : 1;
  return 0;
}

/** The chain that a target leads to. */
export function targetChain(target: XtTarget | undefined): string | undefined {
  return target?.kind === "jump" || target?.kind === "goto" ? target.chain : undefined;
}
