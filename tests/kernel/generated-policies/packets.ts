import type { Ip, IpVersion } from "../../../compiler/net/cidr.ts";
import type { Rule } from "../../../compiler/resources/policy/rule/schema.ts";
import {
  DCCP,
  ICMP,
  ICMPV6,
  IPIP,
  PORT_PROTOCOLS,
  SCTP,
  TCP,
  UDP,
  UDPLITE,
} from "../../../compiler/semantics/condition.ts";
import type { Packet } from "../../../compiler/semantics/evaluator/packet.ts";
import {
  type Around,
  addressIn,
  aroundIcmp,
  aroundNets,
  aroundPorts,
  isHosts,
  netsOf,
  protocolsOf,
  rulesOf,
} from "./boundaries.ts";
import { Draw } from "./draw.ts";
import { HOST, NODE, OTHER_HOST, OUTSIDE_BACKENDS, PODS, type Pod } from "./inventory.ts";
import type { Case } from "./policies.ts";

/** Of the pods on the node, as the compiler names them: keyed by `namespace/name`. */
export type InterfaceNames = ReadonlyMap<string, string>;

const LOCAL_PODS = PODS.filter(({ node }) => node === NODE);
/** Some that rules name, and some that they never do. */
const ALL_PROTOCOLS: readonly number[] = [
  TCP,
  TCP,
  UDP,
  UDP,
  SCTP,
  UDPLITE,
  DCCP,
  ICMP,
  ICMPV6,
  IPIP,
  47,
  50,
  99,
];
const ALL_PORTS: readonly number[] = [1, 21, 22, 53, 80, 443, 4789, 8080, 8088, 31_000, 65_535];

/**
 * Packets around the predicates of the case's rules: each is drawn with one rule in view, most of its fields at an
 * edge of what that rule says, the others from anywhere.
 */
export function packetsFor(
  { resources, seed }: Case,
  interfaces: InterfaceNames,
  count: number,
): readonly Packet[] {
  const rules = resources.flatMap(rulesOf);
  const nets = aroundNets(netsOf(resources));
  const draw = new Draw(seed);
  return Array.from({ length: count }, () => drawPacket(draw, draw.from(rules), nets, interfaces));
}

function drawPacket(
  draw: Draw,
  rule: Rule | undefined,
  nets: Around<Ip>,
  interfaces: InterfaceNames,
): Packet {
  const aimed: Rule = rule ?? { action: "Allow" };
  const version = versionFor(draw, aimed);
  const protocol = draw.from(draw.chance(0.75) ? protocolsOf(aimed) : []) ?? draw.from(ALL_PROTOCOLS)!;
  const sender = draw.chance(0.55) ? draw.from(LOCAL_PODS)! : draw.chance(0.7) ? "outside" : "host";
  const isPorted = PORT_PROTOCOLS.includes(protocol);
  const { source = {}, destination = {} } = aimed;
  const isIcmp = protocol === (version === 4 ? ICMP : ICMPV6);
  return {
    source: sourceOf(draw, sender, version, source.nets, nets),
    destination: destinationOf(draw, sender, version, destination.nets, nets),
    protocol,
    sourcePort: isPorted ? near(draw, aroundPorts(source), []) : undefined,
    destinationPort: isPorted
      ? (near(draw, aroundPorts(destination), ALL_PORTS) ?? draw.from(ALL_PORTS))
      : undefined,
    icmp: isIcmp ? (near(draw, aroundIcmp(aimed), []) ?? echoRequest(version)) : undefined,
    arrivesBy: arrivesBy(sender, interfaces),
    leavesBy: "eth0",
  };
}

type Sender = Pod | "outside" | "host";

function arrivesBy(sender: Sender, interfaces: InterfaceNames): string | undefined {
  if (sender === "host") return undefined;
  if (sender === "outside") return "eth0";
  return interfaces.get(`${sender.namespace}/${sender.name}`)!;
}

function versionFor(draw: Draw, { ipVersion, source, destination, protocol }: Rule): IpVersion {
  const [net] = [...(source?.nets ?? []), ...(destination?.nets ?? [])];
  const bound =
    ipVersion ??
    (net === undefined ? undefined : net.includes(":") ? 6 : 4) ??
    (protocol === "ICMP" ? 4 : protocol === "ICMPv6" ? 6 : undefined);
  return draw.chance(0.85) && bound !== undefined ? bound : draw.from([4, 4, 6] as const)!;
}

function near<T>(draw: Draw, { within, beyond }: Around<T>, others: readonly T[]): T | undefined {
  if (draw.chance(0.6)) return draw.from(within);
  if (draw.chance(0.75)) return draw.from(beyond);
  return draw.from(others);
}

function echoRequest(version: IpVersion) {
  return { type: version === 4 ? 8 : 128, code: 0 };
}

/** An address around the rule's networks, or around anybody's. */
function aroundAny(draw: Draw, version: IpVersion, own: readonly string[] | undefined, all: Around<Ip>): Ip {
  const fits = ({ within, beyond }: Around<Ip>): Around<Ip> => ({
    within: within.filter((ip) => ip.version === version),
    beyond: beyond.filter((ip) => ip.version === version),
  });
  const others = [OUTSIDE_BACKENDS, OTHER_HOST, PODS[3]!.addresses].map((pair) => addressIn(pair, version));
  const known = near(draw, fits(aroundNets(own ?? [])), []) ?? near(draw, fits(all), others);
  return known ?? draw.from(others)!;
}

function sourceOf(
  draw: Draw,
  sender: Sender,
  version: IpVersion,
  own: readonly string[] | undefined,
  all: Around<Ip>,
): Ip {
  if (sender === "host") return addressIn(HOST, version);
  if (sender !== "outside" && draw.chance(0.93)) return addressIn(sender.addresses, version);
  const address = aroundAny(draw, version, own, all);
  // The kernel takes no packet that claims to come from the host itself.
  return isHosts(address) ? addressIn(OTHER_HOST, version) : address;
}

function destinationOf(
  draw: Draw,
  sender: Sender,
  version: IpVersion,
  own: readonly string[] | undefined,
  all: Around<Ip>,
): Ip {
  if (draw.chance(0.4)) {
    const pod = draw.from(LOCAL_PODS.filter((pod) => pod !== sender))!;
    return addressIn(pod.addresses, version);
  }
  if (draw.chance(0.35)) return addressIn(HOST, version);
  return aroundAny(draw, version, own, all);
}
