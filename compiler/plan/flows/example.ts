import { parseCidr } from "../../net/cidr.ts";
import { ICMP, ICMPV6, PORT_PROTOCOLS, TCP, UDP } from "../../semantics/condition.ts";
import { type Host, LOOPBACK } from "../../semantics/evaluator/host.ts";
import type { Route } from "../../semantics/evaluator/route.ts";
import type { Packet } from "../../semantics/packet.ts";
import { LEVELS, type Space } from "../../semantics/symbolic/space.ts";
import type { Box } from "./boxes.ts";
import { addressesAt, chooseAddress, chooseValue, isOrdinary } from "./example-values.ts";
import { ipOf } from "./packet-set.ts";
import type { PairPart } from "./pairs.ts";

/** Values that tell a reader more than the first of the domain. */
const PREFERRED = {
  "icmp-type": [8, 128],
  "icmp-code": [0],
  "source-port": [40_000],
  "destination-port": [80, 443],
  "destination-port before": [8080],
} as const satisfies Partial<Record<keyof typeof LEVELS, readonly number[]>>;

/** Addresses of networks kept for documentation, where no endpoint of the resources stands. */
const DOCUMENTATION = {
  source: { 4: ["192.0.2.1"], 6: ["2001:db8::1"] },
  destination: { 4: ["198.51.100.1"], 6: ["2001:db8:1::1"] },
  "destination before": { 4: ["203.0.113.1"], 6: ["2001:db8:2::1"] },
} as const;

/** One packet of the boxes, from one ordinary address to another if there is such a one, as the evaluator takes it. */
export function examplePacket(
  hosts: readonly Host[],
  space: Space,
  route: Route,
  pair: PairPart,
  boxes: readonly Box[],
): Packet {
  const packets = boxes.map((box) => packetOf(hosts, space, route, pair, box));
  const odd = ({ source, destination }: Packet): number =>
    [source, destination].filter((ip) => !isOrdinary(ip)).length;
  return packets.reduce((best, packet) => (odd(packet) < odd(best) ? packet : best));
}

function packetOf(
  hosts: readonly Host[],
  space: Space,
  route: Route,
  { from, to }: PairPart,
  box: Box,
): Packet {
  const { version, translation } = route;
  const number = (name: keyof typeof PREFERRED) => Number(chooseValue(box, LEVELS[name], PREFERRED[name]));
  const known = {
    source: addressesAt(hosts, from, version),
    destination: addressesAt(hosts, to, version),
    "destination before": [],
  };
  const address = (name: keyof typeof DOCUMENTATION) => {
    const others = DOCUMENTATION[name][version].map((text) => parseCidr(text)!.value);
    return ipOf(version, chooseAddress(box, LEVELS[name], version, [...known[name], ...others]));
  };
  const protocols = [TCP, UDP, version === 4 ? ICMP : ICMPV6];
  const protocol = Number(chooseValue(box, LEVELS.protocol, protocols));
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
