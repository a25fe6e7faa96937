import { type Cidr, cidrContainsIp, hostCidr, type Ip, parseCidr } from "../../compiler/net/cidr.ts";
import { compareIp } from "../../compiler/net/ip.ts";
import {
  type Condition,
  ICMP,
  ICMPV6,
  PORT_PROTOCOLS,
  SCTP,
  TCP,
  UDP,
  UDPLITE,
} from "../../compiler/semantics/condition.ts";
import { Host, ownAddresses, servedWorkloads } from "../../compiler/semantics/evaluator/host.ts";
import type { Packet } from "../../compiler/semantics/packet.ts";
import type { Dataplane } from "../../compiler/semantics/simulator/program.ts";
import { routeTo } from "../../compiler/semantics/simulator/routing.ts";
import { Draw } from "../draw.ts";
import { stateOnArrival } from "../kernel/connections.ts";
import type { Subject } from "./subject.ts";

/** Values at the edges of what the rules of one IP version ask for, and one beyond each. */
interface Edges {
  readonly addresses: readonly Ip[];
  readonly ports: readonly number[];
  readonly protocols: readonly number[];
  readonly icmp: readonly { readonly type: number; readonly code: number }[];
}

/** Who can send: a workload by its interface, the outside by `eth0`, or the host itself. */
interface Sender {
  readonly arrivesBy: string | undefined;
  readonly addresses: readonly Ip[];
}

const UPLINK = "eth0";
/** Of large sets, the first members stand for all. */
const MEMBERS_PER_SET = 30;

/** Packets at the edges of the predicates of the subject's rules, each the first of a connection of its own. */
export function drawPackets(
  { model, ir }: Subject,
  dataplane: Dataplane,
  count: number,
  seed: number,
): readonly Packet[] {
  const { version } = dataplane;
  const draw = new Draw(seed);
  const host = new Host(model, ir.settings, ir.node);
  const workloads = servedWorkloads(host).map(({ interfaceName, addresses }) => ({
    arrivesBy: interfaceName,
    addresses: addresses.filter((cidr) => cidr.version === version),
  }));
  const own = ownAddresses(host).filter((cidr) => cidr.version === version && cidr.length >= 32);
  const floating = servedWorkloads(host).flatMap(({ floatingIps }) =>
    floatingIps.map(({ external }) => external),
  );
  const places = [...workloads.flatMap(({ addresses }) => addresses), ...own, ...floating.map(hostCidr)];
  const edges = edgesOf(dataplane);
  const isUsable = (ip: Ip) => !isSpecial(ip, own);
  const local = places.filter((ip) => ip.version === version).filter(isUsable);
  const remote = [...edges.addresses, ...OTHERS]
    .filter((ip) => ip.version === version && isUsable(ip))
    .filter((ip) => !local.some((other) => compareIp(ip, other) === 0));
  // Whoever sends to an address that the host has no way to is told so at once.
  const reachable = remote.filter((ip) => {
    const route = routeTo(dataplane, ip);
    return route === undefined || route.device !== undefined;
  });
  const hosts = own.filter(isUsable);
  const senders: readonly Sender[] = [
    // Who has no address of this version can only claim one.
    ...workloads.map((each) => (each.addresses.length > 0 ? each : { ...each, addresses: remote })),
    { arrivesBy: UPLINK, addresses: remote },
    { arrivesBy: UPLINK, addresses: remote },
    ...(hosts.length > 0 ? [{ arrivesBy: undefined, addresses: hosts }] : []),
  ];
  return Array.from({ length: count }, (_, i) => {
    const { arrivesBy, addresses } = draw.from(senders)!;
    const isSent = arrivesBy === undefined;
    const beyond = isSent ? reachable : remote;
    const mayClaim = !isSent && draw.chance(0.05) ? remote : addresses;
    return packetOf(draw, edges, FREE_PORTS.first + (i % FREE_PORTS.count), {
      arrivesBy,
      leavesBy: UPLINK,
      source: draw.from(mayClaim)!,
      destination: (draw.chance(0.6) ? draw.from(local) : undefined) ?? draw.from(beyond)!,
    });
  });
}

/** Source ports that hardly a rule names; different ones, so that packets belong to different connections. */
const FREE_PORTS = { first: 20_000, count: 40_000 };

function packetOf(
  draw: Draw,
  { protocols, ports, icmp }: Edges,
  freePort: number,
  way: Pick<Packet, "source" | "destination" | "arrivesBy" | "leavesBy">,
): Packet {
  const protocol = draw.from(protocols)!;
  const hasPorts = PORT_PROTOCOLS.includes(protocol);
  const isIcmp = protocol === (way.source.version === 4 ? ICMP : ICMPV6);
  const packet: Packet = {
    ...way,
    protocol,
    sourcePort: hasPorts ? (draw.chance(0.3) ? draw.from(ports) : freePort) : undefined,
    destinationPort: hasPorts ? draw.from(ports) : undefined,
    icmp: isIcmp ? draw.from(icmp) : undefined,
  };
  return { ...packet, connection: stateOnArrival(packet) };
}

function edgesOf(dataplane: Dataplane): Edges {
  const { version, tables, sets } = dataplane;
  const addresses: Ip[] = [];
  const ports = new Set([1, 80, 65_535]);
  const protocols = new Set([TCP, TCP, UDP, SCTP, UDPLITE, 99, version === 4 ? ICMP : ICMPV6]);
  const types = new Set([version === 4 ? 8 : 128]);
  const codes = new Set([0, 1]);
  const visit = (condition: Condition): void => {
    if (condition.kind === "all" || condition.kind === "any") condition.of.forEach(visit);
    else if (condition.kind === "not") visit(condition.of);
    else if (condition.kind === "net") addresses.push(...around(condition.cidr));
    else if (condition.kind === "field") {
      const { field, first, last } = condition;
      const [values, max] = {
        protocol: [protocols, 255] as const,
        "source-port": [ports, 65_535] as const,
        "destination-port": [ports, 65_535] as const,
        "icmp-type": [types, 255] as const,
        "icmp-code": [codes, 255] as const,
      }[field];
      if (field === "protocol") values.add(first);
      else
        for (const value of [first - 1, first, last, last + 1])
          if (value >= 0 && value <= max) values.add(value);
    }
  };
  for (const table of Object.values(tables))
    for (const { matches } of [...table.values()].flat())
      for (const match of matches) if (match.kind === "header") visit(match.condition);
  for (const { nets, triples } of sets.values()) {
    addresses.push(...nets.slice(0, MEMBERS_PER_SET).flatMap(around));
    for (const { ip, port, protocol } of triples.slice(0, MEMBERS_PER_SET)) {
      addresses.push(...around(hostCidr(ip)));
      protocols.add(protocol);
      for (const value of [port - 1, port, port + 1]) if (value >= 0 && value <= 65_535) ports.add(value);
    }
  }
  // Port 0 is no port that anybody sends to.
  ports.delete(0);
  const icmp = [...types].flatMap((type) => [...codes].map((code) => ({ type, code })));
  return { addresses, ports: [...ports], protocols: [...protocols], icmp };
}

/** First and last address of the network, and the ones before and behind it. */
function around(cidr: Cidr): readonly Ip[] {
  if (cidr.version === 4) {
    const last = cidr.value + 2 ** (32 - cidr.length) - 1;
    return [cidr.value - 1, cidr.value, last, last + 1]
      .filter((value) => value >= 0 && value < 2 ** 32)
      .map((value) => ({ version: 4, value }));
  }
  const last = cidr.value + (1n << BigInt(128 - cidr.length)) - 1n;
  return [cidr.value - 1n, cidr.value, last, last + 1n]
    .filter((value) => value >= 0n && value < 1n << 128n)
    .map((value) => ({ version: 6, value }));
}

/** Addresses that no rule names, one of each version. */
const OTHERS: readonly Ip[] = ["203.0.113.77/32", "2001:db8:7777::77/128"].map((text) => parseCidr(text)!);

/** Addresses that no packet between hosts has, or that a host treats otherwise than their neighbours. */
const SPECIAL: readonly Cidr[] = [
  "0.0.0.0/8",
  "127.0.0.0/8",
  "224.0.0.0/3",
  "::/16",
  "fe80::/10",
  "ff00::/8",
].map((text) => parseCidr(text)!);

/** The first and the last address of the host's own subnet are not one host's either. */
function isSpecial(ip: Ip, own: readonly Ip[]): boolean {
  if (SPECIAL.some((cidr) => cidrContainsIp(cidr, ip))) return true;
  return own.some(
    (address) =>
      ip.version === 4 &&
      address.version === 4 &&
      ip.value >>> 8 === address.value >>> 8 &&
      [0, 255].includes(ip.value & 255),
  );
}
