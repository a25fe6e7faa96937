import { IP_VERSIONS, type IpVersion } from "../../net/cidr.ts";
import type { Journey } from "../../semantics/evaluator/evaluate.ts";
import type { Host } from "../../semantics/evaluator/host.ts";
import type { Route } from "../../semantics/evaluator/route.ts";
import { type PacketWords, packetWords } from "../../semantics/explain/packet-words.ts";
import type { Packet } from "../../semantics/packet.ts";
import type { Diagram } from "../../semantics/symbolic/diagram.ts";
import type { Outcome } from "../../semantics/symbolic/reading.ts";
import { LEVELS, type Space } from "../../semantics/symbolic/space.ts";
import { type Box, boxesOf, countBoxes } from "./boxes.ts";
import { endWords } from "./ends.ts";
import { examplePacket } from "./example.ts";
import { lastValueOf, type PacketSet, packetSetOf } from "./packet-set.ts";
import { byPair, type End, type PairPart, restrict } from "./pairs.ts";
import { sentToOneReceiver } from "./receivers.ts";
import { newRoutes, routeKey, type Sides, sidesOf } from "./side.ts";

/**
 * What becomes of packets that were treated otherwise before. `appears`, `vanishes`: allowed on a way that packets did
 * not take before, or do not take any more, because an endpoint or a translation is new or gone.
 */
export type Becomes = "allowed" | "denied" | "appears" | "vanishes";

/** New connections between two classes of ends that the node treats otherwise than before, in one way. */
export interface FlowChange {
  readonly becomes: Becomes;
  readonly version: IpVersion;
  readonly from: Ends;
  readonly to: Ends;
  /** How their destination is translated on the way; never empty. */
  readonly ways: readonly Way[];
  /** Disjoint. */
  readonly packets: readonly PacketSet[];
  /** How many further sets there are. */
  readonly morePackets: number;
  /** One of the packets, in words and as the evaluator takes it. */
  readonly example: PacketWords;
  readonly packet: Packet;
}

/** A class of places that are all alike for the packets. */
export interface Ends {
  /** Sorted; empty for the host itself. */
  readonly interfaces: readonly string[];
  /** In words: `pod shop/api-0`, `outside`. Fewer than the interfaces where words stand for many. */
  readonly names: readonly string[];
}

/** `direct`: not at all. `redirected`: by others (kube-proxy). `floating`: by us, as a floating address. */
export type Way = "direct" | "redirected" | "floating";

export interface FlowDiff {
  /** No new connection is treated otherwise than before: compared for all packets on all routes. */
  readonly isEqual: boolean;
  readonly changes: readonly FlowChange[];
  /** How many there are by what becomes of them, those of `changes` included. */
  readonly totals: Readonly<Record<Becomes, number>>;
  /** How many routes were compared. */
  readonly routes: number;
}

/** How much is written out; everything is counted. */
export interface FlowLimits {
  readonly changes: number;
  readonly setsPerChange: number;
}

/**
 * Compares what a node does with the first packet of every connection, as the resources mean it, before and after.
 * Changes come in the order of IP version, what becomes of them, route and interface.
 */
export function diffFlows(before: Host, after: Host, limits: FlowLimits): FlowDiff {
  const totals = { allowed: 0, denied: 0, appears: 0, vanishes: 0 };
  const changes: FlowChange[] = [];
  let routes = 0;
  for (const version of IP_VERSIONS) {
    const sides = sidesOf(before, after, version);
    const compared = bothRoutes(sides, version);
    routes += compared.length;
    for (const group of groupsOf(sides, compared)) {
      totals[group.becomes]++;
      if (changes.length < limits.changes) changes.push(describe(sides, version, group, limits));
    }
  }
  return { isEqual: Object.values(totals).every((count) => count === 0), changes, totals, routes };
}

function bothRoutes({ before, after }: Sides, version: IpVersion): readonly Route[] {
  const all = [...newRoutes(before.host, version), ...newRoutes(after.host, version)];
  return [...new Map(all.map((route) => [routeKey(route), route])).values()];
}

interface Group extends PairPart {
  readonly becomes: Becomes;
  /** Those on which the same packets change in the same way; the first is where the example goes. */
  readonly routes: [Route, ...Route[]];
}

/** The same packets between the same ends are one change, on however many routes. */
function groupsOf(sides: Sides, routes: readonly Route[]): readonly Group[] {
  const groups = new Map<string, Group>();
  for (const route of routes)
    for (const [becomes, parts] of changedPairs(sides, route))
      for (const part of parts) {
        const key = `${becomes} ${part.packets.id} ${part.from} > ${part.to}`;
        const known = groups.get(key);
        if (known === undefined) groups.set(key, { ...part, becomes, routes: [route] });
        else known.routes.push(route);
      }
  const rank = ({ becomes }: Group) => BECOMES.indexOf(becomes);
  return [...groups.values()].sort((a, b) => rank(a) - rank(b));
}

function changedPairs(
  { space, before, after }: Sides,
  route: Route,
): readonly (readonly [Becomes, readonly PairPart[]])[] {
  const { diagrams } = space;
  const was = before.outcomes(route);
  const is = after.outcomes(route);
  if (was === is) return [];
  const change = diagrams.continueWith(was, (old) => diagrams.relabel(is, (now) => transition(old, now)));
  const became = (which: Becomes) => diagrams.relabel(change, (each) => each === which);
  const isAllowed = (outcomes: Diagram<Outcome>) =>
    byAnyFirstInterface(
      space,
      diagrams.relabel(outcomes, (outcome) => outcome === "allow"),
    );
  const without = (packets: Diagram<boolean>, others: Diagram<boolean>) =>
    diagrams.and(packets, diagrams.not(others));
  const packets: Readonly<Record<Becomes, Diagram<boolean>>> = {
    allowed: became("allowed"),
    denied: became("denied"),
    appears: without(became("appears"), isAllowed(was)),
    vanishes: without(became("vanishes"), isAllowed(is)),
  };
  return BECOMES.map((becomes) => [
    becomes,
    byPair(space, route, sentToOneReceiver(space, route, packets[becomes])),
  ]);
}

/** By which interface the host's own packet would have left before it was translated is no other way for it. */
function byAnyFirstInterface({ diagrams, interfaces }: Space, packets: Diagram<boolean>): Diagram<boolean> {
  const { firstLeavesBy } = LEVELS;
  return interfaces
    .map((_, i) => restrict(diagrams, packets, firstLeavesBy, i))
    .reduce((a, b) => diagrams.or(a, b));
}

const BECOMES: readonly Becomes[] = ["allowed", "denied", "appears", "vanishes"];

/** Denied on one way and denied on another is no difference to anybody. */
function transition(was: Outcome, is: Outcome): Becomes | "same" {
  if (was === is) return "same";
  if (is === "allow") return was === "deny" ? "allowed" : "appears";
  if (was === "allow") return is === "deny" ? "denied" : "vanishes";
  return "same";
}

const WAYS = { none: "direct", others: "redirected", floating: "floating" } as const;

function describe(
  { space, before, after }: Sides,
  version: IpVersion,
  group: Group,
  limits: FlowLimits,
): FlowChange {
  const { becomes, from, to, packets, routes } = group;
  const hosts = [after.host, before.host];
  const ends = (end: End): Ends => ({
    interfaces: end === "host" ? [] : end,
    names: endWords(hosts, space.interfaces, end),
  });
  const boxes = firstBoxes(space, packets, limits.setsPerChange);
  const packet = examplePacket(hosts, space, routes[0], group, boxes);
  return {
    becomes,
    version,
    from: ends(from),
    to: ends(to),
    ways: [...new Set(routes.map(({ translation }) => WAYS[translation.kind]))],
    packets: boxes.map((box) => packetSetOf(space, box)),
    morePackets: countBoxes(packets) - boxes.length,
    example: packetWords(packet, journeyOf(routes[0], packet)),
    packet,
  };
}

function journeyOf(route: Route, packet: Packet): Journey {
  const { arrivesBy, redirected } = packet;
  const leavesBy = redirected?.leavesBy ?? packet.leavesBy;
  return {
    route,
    translated: packet,
    interfaces: arrivesBy === undefined ? { leavesBy } : { arrivesBy, leavesBy },
  };
}

/** At least one: they give the example. */
function firstBoxes(space: Space, packets: Diagram<boolean>, limit: number): readonly Box[] {
  const boxes: Box[] = [];
  for (const box of boxesOf(packets, (level) => lastValueOf(space, level))) {
    boxes.push(box);
    if (boxes.length >= limit) break;
  }
  return boxes;
}
