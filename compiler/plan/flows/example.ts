import { parseCidr } from "../../net/cidr.ts";
import { ICMP, ICMPV6, PORT_PROTOCOLS, TCP, UDP } from "../../semantics/condition.ts";
import { LOOPBACK } from "../../semantics/evaluator/host.ts";
import type { Route } from "../../semantics/evaluator/route.ts";
import type { Packet } from "../../semantics/packet.ts";
import type { Value } from "../../semantics/symbolic/diagram.ts";
import { LEVELS, type Space } from "../../semantics/symbolic/space.ts";
import { type Box, includes } from "./boxes.ts";
import { ipOf } from "./packet-set.ts";
import type { PairPart } from "./pairs.ts";

/** Values that tell a reader more than the first of the domain; addresses of networks kept for documentation. */
const PREFERRED = {
  protocol: [TCP, UDP, ICMP, ICMPV6],
  "icmp-type": [8, 128],
  "icmp-code": [0],
  "source-port": [40_000],
  "destination-port": [80, 443],
  "destination-port before": [8080],
} as const satisfies Partial<Record<keyof typeof LEVELS, readonly number[]>>;

const DOCUMENTATION = {
  source: { 4: ["192.0.2.1"], 6: ["2001:db8::1"] },
  destination: { 4: ["198.51.100.1"], 6: ["2001:db8:1::1"] },
  "destination before": { 4: ["203.0.113.1"], 6: ["2001:db8:2::1"] },
} as const;

/** One packet of the box, between the two ends, as the evaluator takes it. */
export function examplePacket(space: Space, route: Route, { from, to }: PairPart, box: Box): Packet {
  const { version, translation } = route;
  const number = (name: keyof typeof PREFERRED) => Number(choose(box, LEVELS[name], PREFERRED[name]));
  const address = (name: keyof typeof DOCUMENTATION) => {
    const preferred = DOCUMENTATION[name][version].map((text) => parseCidr(text)!.value);
    return ipOf(version, choose(box, LEVELS[name], preferred));
  };
  const protocol = number("protocol");
  const hasPorts = PORT_PROTOCOLS.includes(protocol);
  const isIcmp = protocol === ICMP || protocol === ICMPV6;
  const destination = address("destination");
  const port = hasPorts ? number("destination-port") : undefined;
  const leavesBy = to === "host" ? LOOPBACK : to[0]!;
  const firstInterval = box.get(LEVELS.firstLeavesBy)?.[0];
  const firstLeavesBy = firstInterval && space.interfaces[Number(firstInterval.first)];
  const isRedirected = translation.kind === "others";
  return {
    source: address("source"),
    destination: isRedirected
      ? address("destination before")
      : translation.kind === "floating"
        ? translation.external
        : destination,
    protocol,
    sourcePort: hasPorts ? number("source-port") : undefined,
    destinationPort: isRedirected && hasPorts ? number("destination-port before") : port,
    icmp: isIcmp ? { type: number("icmp-type"), code: number("icmp-code") } : undefined,
    arrivesBy: from === "host" ? undefined : from[0],
    leavesBy: firstLeavesBy ?? leavesBy,
    connection: "new",
    ...(isRedirected ? { redirected: { destination, destinationPort: port, leavesBy } } : {}),
  };
}

function choose(box: Box, level: number, preferred: readonly Value[]): Value {
  const intervals = box.get(level);
  if (intervals === undefined) return preferred[0]!;
  return preferred.find((value) => includes(intervals, value)) ?? intervals[0]!.first;
}
