import { code } from "../diagnostic.ts";

interface MissingFeature {
  readonly feature: string;
  /** What the chain is: `Policy NetworkPolicy shop/allow-api ingress, tier default`. */
  readonly where: string;
  readonly chain: string;
  /** What would be different on the wire without the rule. */
  readonly effect: string;
}

const DETECT =
  "Give the host the kernel module, or change what needs it; `--features` says what the target host has.";

/** What the packet filter of a host cannot be told. */
export const IPTABLES_CODES = {
  "iptables/missing-match": code<MissingFeature>({
    severity: "error",
    summary: "Match not supported by the host",
    message: ({ feature, where, chain, effect }) =>
      `The host's iptables has no \`${feature}\` match, which a rule of ${chain} needs (${where}). Without the rule the host would ${effect}; without only the match the rule would apply to other packets too.`,
    hint: () => DETECT,
  }),
  "iptables/missing-target": code<MissingFeature>({
    severity: "error",
    summary: "Target not supported by the host",
    message: ({ feature, where, chain, effect }) =>
      `The host's iptables has no \`${feature}\` target, which a rule of ${chain} needs (${where}). Without the rule the host would ${effect}.`,
    hint: () => DETECT,
  }),
  "iptables/missing-set-type": code<{ set: string; type: string; holds: string }>({
    severity: "error",
    summary: "Set type not supported by the host",
    message: ({ set, type, holds }) =>
      `The host's kernel has no sets of type \`${type}\`, which ${set} needs (${holds}). Rules that use it cannot be loaded.`,
    hint: () => DETECT,
  }),
  "iptables/missing-nat": code<{ version: number; needed: string }>({
    severity: "error",
    summary: "No NAT table on the host",
    message: ({ version, needed }) =>
      `The host has no IPv${version} \`nat\` table, which ${needed} needs: packets would leave with addresses that nobody can answer.`,
    hint: () => DETECT,
  }),
  "iptables/mark-mask-too-small": code<{ mask: string; bits: number; needed: number }>({
    severity: "error",
    summary: "Too few mark bits",
    message: ({ mask, bits, needed }) =>
      `\`iptablesMarkMask\` ${mask} has ${bits} bits; ${needed} are needed to carry verdicts from rule to rule.`,
    hint: () => "Widen `iptablesMarkMask` in the FelixConfiguration; the default is 0xffff0000.",
  }),
  "iptables/too-few-endpoint-marks": code<{ mask: string; endpoints: number; room: number }>({
    severity: "error",
    summary: "Too few mark bits for the endpoints",
    message: ({ mask, endpoints, room }) =>
      `With kube-proxy in IPVS mode each of the ${endpoints} endpoints needs a mark of its own, but \`iptablesMarkMask\` ${mask} leaves room for ${room}.`,
    hint: () => "Widen `iptablesMarkMask` in the FelixConfiguration.",
  }),
  "iptables/ports-without-protocol": code<{ policy: string }>({
    severity: "error",
    summary: "Ports need a protocol",
    message: ({ policy }) =>
      `A rule of ${policy} matches port numbers but no protocol that has ports, which iptables cannot express. Without the ports the rule would match more.`,
    hint: () => "Add `protocol: TCP`, `UDP`, `SCTP` or `UDPLite` to the rule.",
  }),
  "iptables/interface-name": code<{ name: string; used: string }>({
    severity: "error",
    summary: "Impossible interface name",
    message: ({ name, used }) =>
      `${JSON.stringify(name)}, ${used}, cannot be an interface: names have 1–15 letters, digits, \`_\`, \`.\` or \`-\` and do not begin with \`-\`.`,
  }),
  "iptables/set-too-large": code<{ set: string; holds: string; members: number; limit: number }>({
    severity: "error",
    summary: "Set too large",
    message: ({ set, holds, members, limit }) =>
      `Set ${set} (${holds}) has ${members} members, but \`maxIpsetSize\` is ${limit}: the kernel would refuse the rest, and rules would miss them.`,
    hint: () => "Raise `maxIpsetSize` in the FelixConfiguration, or choose a narrower selector.",
  }),
} as const;
