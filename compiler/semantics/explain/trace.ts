import type { PolicyRule } from "../../ir/cluster-model.ts";
import { hostCidr, type IpVersion } from "../../net/cidr.ts";
import { type Journey, routeOf } from "../evaluator/evaluate.ts";
import { type Host, isOwnAddress } from "../evaluator/host.ts";
import { membership } from "../evaluator/members.ts";
import { conditionOf } from "../evaluator/rule.ts";
import type { EnforcementPoint } from "../evaluator/verdict.ts";
import type { Packet } from "../packet.ts";
import { membershipOf } from "../simulator/membership.ts";
import type { Dataplane } from "../simulator/program.ts";
import { type Simulation, simulate } from "../simulator/run.ts";
import { type Asked, follow, type PointMet } from "./follow.ts";
import { type PacketWords, packetWords } from "./packet-words.ts";
import { endpointWords, listWords, type Place, reasonWords, ruleWords, type Where } from "./words.ts";

/** Plain data, as `-o json` prints it. What one node does with one packet, by both readings. */
export interface NodeTrace {
  readonly node: string;
  readonly packet: PacketWords;
  readonly resources: { readonly verdict: TraceVerdict; readonly points: readonly PointTrace[] };
  readonly files: { readonly verdict: TraceVerdict; readonly rules: readonly RuleTrace[] };
}

export type TraceVerdict = "allow" | "deny";

/** One enforcement point; the last one of a denied packet denied it. */
export interface PointTrace {
  readonly point: EnforcementPoint;
  /** `pod shop/api-0`; `null` where the point is no endpoint's. */
  readonly endpoint: string | null;
  readonly action: "allow" | "deny" | "continue";
  /** The kind of the reason, for programs. */
  readonly reason: PointMet["reason"]["kind"];
  /** The same for people. */
  readonly words: string;
  /** The rule that decided, if one did. */
  readonly rule: RulePlace | null;
  readonly asked: readonly AskedTrace[];
}

/** One policy or profile that was asked, in the order of evaluation. */
export interface AskedTrace {
  /** `null` for profiles. */
  readonly tier: string | null;
  /** `NetworkPolicy shop/api`. */
  readonly name: string;
  readonly place: Place | null;
  readonly outcome: Asked["outcome"];
  readonly matched: readonly RulePlace[];
  /** Rules that are left out because they are for the other IP version only. */
  readonly otherVersion: readonly (RulePlace & { readonly onlyFor: IpVersion })[];
}

export interface RulePlace {
  /** `ingress rule 2`. */
  readonly rule: string;
  readonly action: PolicyRule["action"];
  readonly place: Place | null;
}

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
      points: met.map((each) => pointTrace(host, journey.route.version, each, where)),
    },
    files: {
      verdict: simulation.allowed ? "allow" : "deny",
      rules: rulesMet(journey.route.version, simulation),
    },
  };
}

function followPacket(
  host: Host,
  packet: Packet,
): { readonly journey: Journey; readonly isAllowed: boolean; readonly met: readonly PointMet[] } {
  const isMember = host.once("membership", () => membership(host.model));
  // What is taken out of connection tracking is not translated: then the untranslated way is the right one.
  for (const isTranslated of [true, false]) {
    const journey = routeOf(host, packet, isTranslated);
    if (journey.route.version === 6 && !host.settings.ipv6Support)
      return { journey, isAllowed: true, met: [] };
    const followed = follow(host, isMember, packet, journey);
    if (followed !== undefined) return { journey, ...followed };
  }
  throw new Error(`no route for a packet that arrives by ${packet.arrivesBy ?? "a process of the host"}`);
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

function pointTrace(host: Host, version: IpVersion, met: PointMet, where: Where): PointTrace {
  const { model } = host;
  const { point, endpoint, action, reason, asked } = met;
  const other = version === 4 ? 6 : 4;
  return {
    point,
    endpoint: endpoint === undefined ? null : endpointWords(model, endpoint),
    action,
    reason: reason.kind,
    words: reasonWords(model, met),
    rule: reason.kind === "rule" ? rulePlace(reason.rule, where) : null,
    asked: asked.map(({ list, matched, outcome }) => ({
      tier: list.of.kind === "policy" ? list.of.tier : null,
      name: listWords(model, list.of),
      place: placeOfList(host, list.of, where),
      outcome,
      matched: matched.map((rule) => rulePlace(rule, where)),
      otherVersion: list.rules
        .filter(({ rule }) => isOnlyFor(rule, other))
        .map(({ rule }) => ({ ...rulePlace(rule, where), onlyFor: other })),
    })),
  };
}

function placeOfList({ model }: Host, of: Asked["list"]["of"], where: Where): Place | null {
  const found =
    of.kind === "policy" ? model.all("policy").get(of.policy) : model.all("profile").get(of.profile);
  return (found && where(found.origin)) ?? null;
}

/** A rule with the networks of one version, or said to be for it, says nothing about the other's packets. */
function isOnlyFor(rule: PolicyRule, version: IpVersion): boolean {
  const isNever = (asked: IpVersion) => {
    const condition = conditionOf(rule, asked);
    return condition.kind === "constant" && !condition.value;
  };
  return isNever(version === 4 ? 6 : 4) && !isNever(version);
}

export function rulePlace(rule: PolicyRule, where: Where): RulePlace {
  return { rule: ruleWords(rule), action: rule.action, place: where(rule.origin) ?? null };
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
