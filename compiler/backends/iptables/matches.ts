import type { XtMatch } from "../../dataplane/xtables.ts";
import type { Match, Rule, Side } from "../../ir/node-ir.ts";
import type { PortRange } from "../../net/cidr.ts";
import type { ProgramContext } from "./context.ts";
import { ICMP } from "./family.ts";
import type { MatchBlock } from "./match-blocks.ts";
import { inSet, notInSet, protocol } from "./rule-parts.ts";

/** One rule's criteria: what the rule itself can say, and the blocks that must be evaluated before it. */
export interface Lowered {
  readonly main: readonly XtMatch[];
  /** In the order in which they are rendered: positive ones first. */
  readonly blocks: readonly MatchBlock[];
}

/**
 * iptables has room for one source and one destination network, 15 ports, and no "or". What does not fit becomes a
 * block: ports, then networks, then negated networks (Calico reference §4.4).
 */
export function lowerMatches(rule: Rule, context: ProgramContext): Lowered {
  const main: XtMatch[] = [];
  const ports: MatchBlock[] = [];
  const nets: MatchBlock[] = [];
  const negated: MatchBlock[] = [];
  const protocols = rule.matches.filter((match) => match.kind === "protocol");
  const positive = protocols.find((match) => !match.negated);
  const carrier = positive === undefined ? [] : [protocol(positive.protocol)];
  main.push(
    ...protocols.map(({ protocol: number, negated: not }) => ({ ...protocol(number), negated: not })),
  );

  for (const match of rule.matches)
    switch (match.kind) {
      case "protocol":
        break;
      case "nets": {
        if (match.negated) {
          const crowded = match.cidrs.length > 1 || hasPositiveNet(rule, match.side);
          if (crowded) negated.push(netBlock(match));
          else main.push(...addresses(match));
        } else if (match.cidrs.length > 1) nets.push(netBlock(match));
        else main.push(...addresses(match));
        break;
      }
      case "ip-set":
        main.push(
          match.negated ? notInSet(context, match.side, match.set) : inSet(context, match.side, match.set),
        );
        break;
      case "service":
        main.push(inSet(context, match.side, match.set, match.side === "destination" ? 2 : 1));
        break;
      case "ports": {
        const chunks = packPorts(match.ranges).map(
          (ranges): XtMatch => ({ kind: "ports", side: match.side, ranges, negated: match.negated }),
        );
        const sets = match.sets.map((set) => ({
          ...inSet(context, match.side, set, 2),
          negated: match.negated,
        }));
        if (match.negated || chunks.length + sets.length === 1) main.push(...chunks, ...sets);
        else
          ports.push({
            negated: false,
            alternatives: [...chunks.map((chunk) => [...carrier, chunk]), ...sets.map((set) => [set])],
          });
        break;
      }
      case "icmp": {
        const { icmp } = match;
        const own: XtMatch = { kind: "icmp", type: icmp.type, code: icmp.code, negated: match.negated };
        const isIcmp = protocol(ICMP[context.version]);
        if (positive !== undefined) main.push(own);
        else if (!match.negated) main.push(isIcmp, own);
        else negated.push({ negated: true, alternatives: [[isIcmp, { ...own, negated: false }]] });
        break;
      }
      default:
        match satisfies never;
    }
  return { main, blocks: [...ports, ...nets, ...negated] };
}

function hasPositiveNet(rule: Rule, side: Side): boolean {
  // Two or more positive networks go to a block of their own and leave the rule's place free.
  return rule.matches.some((m) => m.kind === "nets" && m.side === side && !m.negated && m.cidrs.length === 1);
}

type Nets = Extract<Match, { kind: "nets" }>;

function addresses({ side, cidrs, negated }: Nets): readonly XtMatch[] {
  return cidrs.map((cidr) => ({ kind: "address", side, cidr, negated }));
}

function netBlock(match: Nets): MatchBlock {
  return {
    negated: match.negated,
    alternatives: addresses({ ...match, negated: false }).map((address) => [address]),
  };
}

const SLOTS = 15;

/** Chunks for `multiport`, filled greedily in the given order; a range takes two slots. */
export function packPorts(ranges: readonly PortRange[]): readonly (readonly PortRange[])[] {
  const chunks: PortRange[][] = [];
  let free = 0;
  for (const range of ranges) {
    const slots = range.first === range.last ? 1 : 2;
    if (slots > free) {
      chunks.push([]);
      free = SLOTS;
    }
    chunks.at(-1)?.push(range);
    free -= slots;
  }
  return chunks;
}
