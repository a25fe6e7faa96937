import { hostCidr, type IpVersion } from "../../net/cidr.ts";
import type { Journey } from "../evaluator/evaluate.ts";
import { type Host, isOwnAddress } from "../evaluator/host.ts";
import type { Packet } from "../packet.ts";
import { membershipOf } from "../simulator/membership.ts";
import type { Dataplane } from "../simulator/program.ts";
import { type Simulation, simulate } from "../simulator/run.ts";
import { followPacket } from "./follow.ts";
import { type PacketWords, packetWords } from "./packet-words.ts";
import { type PointTrace, pointTrace } from "./point-trace.ts";
import { type StagedTrace, stagedTrace } from "./staged.ts";
import type { Place, Where } from "./words.ts";

/** Plain data, as `-o json` prints it. What one node does with one packet, by both readings. */
export interface NodeTrace {
  readonly node: string;
  readonly packet: PacketWords;
  readonly resources: { readonly verdict: TraceVerdict; readonly points: readonly PointTrace[] };
  /** `null` where no staged policy is for the packet. */
  readonly staged: StagedTrace | null;
  readonly files: { readonly verdict: TraceVerdict; readonly rules: readonly RuleTrace[] };
}

export type TraceVerdict = "allow" | "deny";

/** An emitted rule that matched the packet. */
export interface RuleTrace extends Place {
  readonly table: string;
  readonly hook: string;
  readonly chain: string;
  readonly text: string;
}

const RULES_FILE = { 4: "iptables.restore", 6: "ip6tables.restore" } as const;

/**
 * What the node does with the packet. `dataplane`: read with sets by their names. `isLed`: the packet leaves by the
 * interface that it says, wherever the files' own routes would lead it.
 */
export function traceOf(
  host: Host,
  dataplane: Dataplane,
  packet: Packet,
  where: Where,
  isLed = false,
): NodeTrace {
  const { journey, isAllowed, met } = followPacket(host, packet);
  const simulation = simulate(isLed ? ledAlong(dataplane, packet, journey) : dataplane, packet, {
    isLocalAddress: (ip) => isOwnAddress(host, ip),
    isMember: membershipOf(dataplane.sets),
  });
  return {
    node: host.node,
    packet: packetWords(packet, journey),
    resources: {
      verdict: isAllowed ? "allow" : "deny",
      points: met.map((each) => pointTrace(host.model, journey.route.version, each, where)),
    },
    staged: stagedTrace(host, packet, met, where) ?? null,
    files: {
      verdict: simulation.allowed ? "allow" : "deny",
      rules: rulesMet(journey.route.version, simulation),
    },
  };
}

function ledAlong(
  dataplane: Dataplane,
  { destination }: Packet,
  { translated, interfaces }: Journey,
): Dataplane {
  const { leavesBy, firstLeavesBy } = interfaces;
  const routes = [
    { cidr: hostCidr(translated.destination), device: leavesBy },
    { cidr: hostCidr(destination), device: firstLeavesBy ?? leavesBy },
  ];
  return { ...dataplane, routes: [...routes, ...dataplane.routes] };
}

function rulesMet(version: IpVersion, { visits }: Simulation): readonly RuleTrace[] {
  return visits.flatMap(({ table, hook, steps }) =>
    steps.map(({ chain, rule: { line, text } }) => ({
      table,
      hook,
      chain,
      file: RULES_FILE[version],
      line,
      text,
    })),
  );
}
