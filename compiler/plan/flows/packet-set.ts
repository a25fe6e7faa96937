import { cidrOf, formatCidr, type Ip, type IpVersion, maxLength } from "../../net/cidr.ts";
import { formatIp } from "../../net/ip.ts";
import { protocolName } from "../../net/protocols.ts";
import type { Value } from "../../semantics/symbolic/diagram.ts";
import { LEVELS, type Space } from "../../semantics/symbolic/space.ts";
import { type Box, complement, type Interval } from "./boxes.ts";

/** What one header field may be; with `allBut`, anything except these. Ranges are `first-last`, ends included. */
export interface FieldSet {
  readonly values: readonly string[];
  readonly allBut: boolean;
}

/** A set of packets: all that meet every field; a field that is absent may be anything. */
export interface PacketSet {
  /** Names in lower case, or IANA numbers. */
  readonly protocol?: FieldSet;
  readonly icmpType?: FieldSet;
  readonly icmpCode?: FieldSet;
  /** CIDRs, single addresses without a length. */
  readonly source?: FieldSet;
  readonly sourcePort?: FieldSet;
  readonly destination?: FieldSet;
  readonly destinationPort?: FieldSet;
  /** Where it was sent to, if others then redirect it to the destination. */
  readonly sentTo?: FieldSet;
  readonly sentToPort?: FieldSet;
  /** The interface that the host's routes gave its own packet before the destination was translated. */
  readonly firstLeavesBy?: FieldSet;
}

type Field = keyof PacketSet;

const FIELDS: readonly (readonly [Field, keyof typeof LEVELS])[] = [
  ["protocol", "protocol"],
  ["icmpType", "icmp-type"],
  ["icmpCode", "icmp-code"],
  ["source", "source"],
  ["sourcePort", "source-port"],
  ["destination", "destination"],
  ["destinationPort", "destination-port"],
  ["sentTo", "destination before"],
  ["sentToPort", "destination-port before"],
  ["firstLeavesBy", "firstLeavesBy"],
];

const ADDRESSES: ReadonlySet<Field> = new Set(["source", "destination", "sentTo"]);

export function packetSetOf(space: Space, box: Box): PacketSet {
  return Object.fromEntries(
    FIELDS.flatMap(([field, level]) => {
      const intervals = box.get(LEVELS[level]);
      return intervals === undefined ? [] : [[field, fieldSet(space, field, level, intervals)]];
    }),
  );
}

/** Said the shorter way. */
function fieldSet(
  space: Space,
  field: Field,
  level: keyof typeof LEVELS,
  intervals: readonly Interval[],
): FieldSet {
  const write = (of: readonly Interval[]) => of.flatMap((interval) => words(space, field, interval));
  const values = write(intervals);
  const others = write(complement(intervals, lastValueOf(space, LEVELS[level])));
  return others.length < values.length ? { values: others, allBut: true } : { values, allBut: false };
}

function words(space: Space, field: Field, interval: Interval): readonly string[] {
  if (ADDRESSES.has(field)) return cidrsOf(space.version, interval);
  const [first, last] = [Number(interval.first), Number(interval.last)];
  if (field === "firstLeavesBy") return space.interfaces.slice(first, last + 1);
  const name = (value: number) => (field === "protocol" ? protocolName(value) : undefined) ?? `${value}`;
  return first === last ? [name(first)] : [`${first}-${last}`];
}

/** The fewest networks that cover the interval and nothing else. */
function cidrsOf(version: IpVersion, { first, last }: Interval): readonly string[] {
  const width = maxLength(version);
  const end = BigInt(last);
  const found: string[] = [];
  for (let at = BigInt(first); at <= end; ) {
    let bits = 0;
    while (bits < width && at % (1n << BigInt(bits + 1)) === 0n && at + (1n << BigInt(bits + 1)) - 1n <= end)
      bits++;
    const ip = ipOf(version, version === 4 ? Number(at) : at);
    found.push(bits === 0 ? formatIp(ip) : formatCidr(cidrOf(ip, width - bits)));
    at += 1n << BigInt(bits);
  }
  return found;
}

export function ipOf(version: IpVersion, value: Value): Ip {
  return version === 4 ? { version, value: Number(value) } : { version, value: BigInt(value) };
}

/** The end of a variable's domain. */
export function lastValueOf(space: Space, level: number): Value {
  switch (level) {
    case LEVELS.source:
    case LEVELS.destination:
    case LEVELS["destination before"]:
      return space.version === 4 ? 0xffff_ffff : (1n << 128n) - 1n;
    case LEVELS["source-port"]:
    case LEVELS["destination-port"]:
    case LEVELS["destination-port before"]:
      return 65_535;
    case LEVELS.arrivesBy:
    case LEVELS.leavesBy:
    case LEVELS.firstLeavesBy:
      return space.interfaces.length - 1;
    case LEVELS.protocol:
    case LEVELS["icmp-type"]:
    case LEVELS["icmp-code"]:
      return 255;
    default:
      // Whatever else a reading asks is a yes or no.
      return 1;
  }
}
