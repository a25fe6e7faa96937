import type { Packet } from "../../../compiler/semantics/evaluator/packet.ts";
import type { Decision, RuleHit, Verdict } from "../../../compiler/semantics/evaluator/verdict.ts";

/**
 * Of many packets the ones that are decided in most different ways, so that rules that few packets hit are tried as
 * well as those that most hit. Ways are taken in turns; order within a way is kept.
 */
export function mostDifferent(
  packets: readonly Packet[],
  evaluate: (packet: Packet) => Verdict,
  count: number,
): readonly Packet[] {
  const ways = new Map<string, Packet[]>();
  for (const packet of packets) {
    const way = evaluate(packet).decisions.map(wayOf).join("\n");
    const same = ways.get(way);
    if (same === undefined) ways.set(way, [packet]);
    else same.push(packet);
  }
  const turns = [...ways.values()].flatMap((same) => same.map((packet, turn) => ({ packet, turn })));
  return turns
    .toSorted((a, b) => a.turn - b.turn)
    .slice(0, count)
    .map(({ packet }) => packet);
}

/** What decided at one point, and which rules were hit before. */
function wayOf({ point, endpoint, action, reason, trail }: Decision): string {
  const rules = [...trail, ...(reason.kind === "rule" ? [reason] : [])].map(placeOf);
  return [point, endpoint, action, reason.kind, ...rules].join(" ");
}

function placeOf({ rule: { origin } }: RuleHit): string {
  return [origin.file, origin.document, ...origin.path].join("/");
}
