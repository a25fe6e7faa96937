import type { Route } from "../../semantics/evaluator/route.ts";
import type { Diagram } from "../../semantics/symbolic/diagram.ts";
import { LEVELS, type Space } from "../../semantics/symbolic/space.ts";
import { changeAt } from "./pairs.ts";

/** 224.0.0.0: from here on addresses stand for more than one receiver (multicast, broadcast) or none. */
const GROUPS = 0xe000_0000;

/**
 * The packets with the assumption that whoever redirects them redirects only what is sent to one receiver: as no
 * Service has a group's address. Without it a host that has no address yet, whose packets to groups pass the reverse
 * path filter of IPv4, would be in every change.
 */
export function sentToOneReceiver(
  { version, diagrams }: Space,
  { translation }: Route,
  packets: Diagram<boolean>,
): Diagram<boolean> {
  if (version === 6 || translation.kind !== "others") return packets;
  // A group's address fares like the last one of a single receiver: then nothing asks for groups any more.
  return changeAt(diagrams, packets, LEVELS["destination before"], ({ level, bounds, parts }) => {
    const kept = bounds.filter((bound) => bound < GROUPS - 1);
    return diagrams.choice(level, kept, parts.slice(0, kept.length + 1));
  });
}
