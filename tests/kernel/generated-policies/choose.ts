import { formatIp } from "../../../compiler/net/ip.ts";
import type { Decision, RuleHit, Verdict } from "../../../compiler/semantics/evaluator/verdict.ts";
import type { Packet } from "../../../compiler/semantics/packet.ts";
import { type Aim, aimsOf } from "./boundaries.ts";
import { POLICY_FILE } from "./inventory.ts";
import { type InterfaceNames, neighboursOf, packetsFor } from "./packets.ts";
import type { Case } from "./policies.ts";

/** How many packets are drawn to find those that are sent. */
const DRAWN = 2_000;
/** Sent as they were drawn. */
const UNCHOSEN = 50;
/** Sent because they are decided most differently. */
const DIFFERENT = 200;
/** For each rule that packets hit, how many of them have their neighbours sent. */
const WITNESSES = 4;

type Evaluate = (packet: Packet) => Verdict;

/**
 * The packets that a case is tried with: some at random, some of each way to be decided, and around packets that hit
 * a rule all that differ in one field only, at the edges of what the rule says.
 */
export function choosePackets(
  generated: Case,
  interfaces: InterfaceNames,
  evaluate: Evaluate,
): readonly Packet[] {
  const drawn = packetsFor(generated, interfaces, DRAWN);
  const judged = drawn.map((packet) => ({ packet, decisions: evaluate(packet).decisions }));
  const witnesses = new Map<string, Packet[]>();
  for (const { packet, decisions } of judged)
    for (const place of decisions.flatMap(placesOf)) {
      const known = witnesses.get(place) ?? [];
      if (known.length < WITNESSES) witnesses.set(place, [...known, packet]);
    }
  const aims = new Map(generated.resources.flatMap(aimsOf).map((aim): [string, Aim] => [aim.place, aim]));
  const neighbours = [...witnesses].flatMap(([place, packets]) => {
    const aim = aims.get(place);
    return aim === undefined ? [] : packets.flatMap((packet) => neighboursOf(packet, aim, interfaces));
  });
  return distinct([...drawn.slice(0, UNCHOSEN), ...mostDifferent(judged), ...neighbours]);
}

interface Judged {
  readonly packet: Packet;
  readonly decisions: readonly Decision[];
}

/** Ways to be decided are taken in turns; the order within one is kept. */
function mostDifferent(judged: readonly Judged[]): readonly Packet[] {
  const ways = new Map<string, Packet[]>();
  for (const { packet, decisions } of judged) {
    const way = decisions.map(wayOf).join("\n");
    const same = ways.get(way);
    if (same === undefined) ways.set(way, [packet]);
    else same.push(packet);
  }
  const turns = [...ways.values()].flatMap((same) => same.map((packet, turn) => ({ packet, turn })));
  return turns
    .toSorted((a, b) => a.turn - b.turn)
    .slice(0, DIFFERENT)
    .map(({ packet }) => packet);
}

/** What decided at one point, and which rules were hit before. */
function wayOf(decision: Decision): string {
  const { point, endpoint, action, reason } = decision;
  return [point, endpoint, action, reason.kind, ...placesOf(decision)].join(" ");
}

/** The places of the rules that were hit, as aims name them. */
function placesOf({ reason, trail }: Decision): readonly string[] {
  const hits: readonly RuleHit[] = [...trail, ...(reason.kind === "rule" ? [reason] : [])];
  return hits.map(({ rule: { origin } }) => {
    // The path of a resource in a list begins with "items".
    const [, ...path] = origin.path;
    return origin.file === POLICY_FILE ? path.join("/") : [origin.file, ...path].join("/");
  });
}

function distinct(packets: readonly Packet[]): readonly Packet[] {
  const byHeader = new Map(
    packets.map((packet) => {
      const { source, destination, ...rest } = packet;
      return [JSON.stringify([formatIp(source), formatIp(destination), rest]), packet];
    }),
  );
  return [...byHeader.values()];
}
