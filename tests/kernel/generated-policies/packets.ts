import type { Ip, IpVersion } from "../../../compiler/net/cidr.ts";
import { compareIp } from "../../../compiler/net/ip.ts";
import type { EntityRule, Rule } from "../../../compiler/resources/policy/rule/schema.ts";
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
import type { Packet } from "../../../compiler/semantics/packet.ts";
import { Draw } from "../../draw.ts";
import {
  type Aim,
  type Around,
  addressIn,
  aimsOf,
  aroundIcmp,
  aroundNets,
  aroundPorts,
  isHosts,
  netsOf,
  protocolsOf,
} from "./boundaries.ts";
import { FLOATING, HOST, NODE, OTHER_HOST, OUTSIDE_BACKENDS, PODS, type Pod } from "./inventory.ts";
import type { Case } from "./policies.ts";

/** Of the pods on the node, as the compiler names them: keyed by `namespace/name`. */
export type InterfaceNames = ReadonlyMap<string, string>;

/** Somebody who sends or receives, as the host sees it. */
type Party = Pod | "outside" | "host";

const LOCAL_PODS = PODS.filter(({ node }) => node === NODE);
/** Some that rules name, and some that they never do. */
const PROTOCOLS: readonly number[] = [
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
const PORTS: readonly number[] = [1, 21, 22, 53, 80, 443, 4789, 8080, 8088, 31_000, 65_535];

/**
 * Packets around the predicates of the case's rules: each is drawn with one rule in view, most of its fields at an
 * edge of what that rule says, the others from anywhere.
 */
export function packetsFor(
  { resources, seed }: Case,
  interfaces: InterfaceNames,
  count: number,
): readonly Packet[] {
  const aims = resources.flatMap(aimsOf);
  const nets = aroundNets(netsOf(resources));
  const draw = new Draw(seed);
  return Array.from({ length: count }, () => drawPacket(draw, draw.from(aims) ?? ANYTHING, nets, interfaces));
}

const ANYTHING: Aim = {
  place: "",
  rule: { action: "Allow" },
  direction: "ingress",
  subject: "any",
  onForward: false,
};

function drawPacket(draw: Draw, aim: Aim, nets: Around<Ip>, interfaces: InterfaceNames): Packet {
  const { rule } = aim;
  const version = versionFor(draw, rule);
  const protocol = draw.from(draw.chance(0.85) ? protocolsOf(rule) : []) ?? draw.from(PROTOCOLS)!;
  const [sender, receiver] = partiesFor(draw, draw.chance(0.85) ? aim : ANYTHING);
  const isPorted = PORT_PROTOCOLS.includes(protocol);
  const { source = {}, destination = {} } = rule;
  const isIcmp = protocol === (version === 4 ? ICMP : ICMPV6);
  return {
    source: sourceOf(draw, sender, version, source.nets, nets),
    destination: destinationOf(draw, receiver, version, destination.nets, nets),
    protocol,
    sourcePort: isPorted ? near(draw, aroundPorts(source), []) : undefined,
    destinationPort: isPorted ? (near(draw, aroundPorts(destination), PORTS) ?? draw.from(PORTS)) : undefined,
    icmp: isIcmp ? (near(draw, aroundIcmp(rule), []) ?? echoRequest(version)) : undefined,
    arrivesBy: arrivesBy(sender, interfaces),
    leavesBy: "eth0",
  };
}

/** Who sends and who receives what the rule is asked about. */
function partiesFor(draw: Draw, { direction, subject, onForward }: Aim): readonly [Party, Party] {
  const pod = draw.from(LOCAL_PODS)!;
  const isForHost = subject === "host" || (subject === "any" && draw.chance(0.5));
  const elsewhere: readonly Party[] = ["outside", "outside", ...LOCAL_PODS];
  if (!isForHost) {
    const peer = draw.from([...elsewhere, "host" as const].filter((party) => party !== pod))!;
    return direction === "ingress" ? [peer, pod] : [pod, peer];
  }
  // What passes through the host comes from outside or goes there.
  const here: Party = onForward && draw.chance(0.7) ? draw.from(elsewhere)! : "host";
  // Sometimes the host talks to itself; a pod that does never asks the host.
  const others = (["host", pod, pod] as const).filter((party) => party === "host" || party !== here);
  const beyond: Party = draw.chance(0.85) ? "outside" : draw.from(others)!;
  return direction === "ingress" ? [beyond, here] : [here, beyond];
}

function arrivesBy(sender: Party, interfaces: InterfaceNames): string | undefined {
  if (sender === "host") return undefined;
  if (sender === "outside") return "eth0";
  return interfaces.get(`${sender.namespace}/${sender.name}`)!;
}

/** The packet, changed in one field at a time to what is at the edges of the rule or just beyond. */
export function neighboursOf(packet: Packet, { rule }: Aim, interfaces: InterfaceNames): readonly Packet[] {
  const { version } = packet.source;
  const { source = {}, destination = {} } = rule;
  const edges = <T>({ within, beyond }: Around<T>): readonly T[] => [...within, ...beyond];
  const addresses = ({ nets = [], notNets = [] }: EntityRule) =>
    edges(aroundNets([...nets, ...notNets])).filter((ip) => ip.version === version);
  const pods = LOCAL_PODS.map((pod) => ({ pod, address: addressIn(pod.addresses, version) }));
  const isFromPod = packet.arrivesBy !== undefined && packet.arrivesBy !== "eth0";
  const isPorted = packet.destinationPort !== undefined;
  return [
    ...(isFromPod
      ? pods.map(({ pod, address }) => ({
          ...packet,
          source: address,
          arrivesBy: arrivesBy(pod, interfaces),
        }))
      : []),
    ...(packet.arrivesBy === "eth0"
      ? addresses(source)
          .filter((ip) => !isHosts(ip))
          .map((source) => ({ ...packet, source }))
      : []),
    ...pods.map(({ address }) => ({ ...packet, destination: address })),
    ...addresses(destination).map((destination) => ({ ...packet, destination })),
    ...(isPorted ? edges(aroundPorts(source)).map((sourcePort) => ({ ...packet, sourcePort })) : []),
    ...(isPorted
      ? edges(aroundPorts(destination)).map((port) => ({ ...packet, destinationPort: port }))
      : []),
    ...(isPorted ? PORT_PROTOCOLS.map((protocol) => ({ ...packet, protocol })) : []),
    ...(packet.icmp === undefined ? [] : edges(aroundIcmp(rule)).map((icmp) => ({ ...packet, icmp }))),
  ].filter((other) => compareIp(other.source, other.destination) !== 0);
}

function versionFor(draw: Draw, { ipVersion, source = {}, destination = {}, protocol }: Rule): IpVersion {
  const [net] = [source, destination].flatMap(({ nets = [], notNets = [] }) => [...nets, ...notNets]);
  const bound =
    ipVersion ??
    (net === undefined ? undefined : net.includes(":") ? 6 : 4) ??
    (protocol === "ICMP" ? 4 : protocol === "ICMPv6" ? 6 : undefined);
  return draw.chance(0.9) && bound !== undefined ? bound : draw.from([4, 4, 6] as const)!;
}

function near<T>(draw: Draw, { within, beyond }: Around<T>, others: readonly T[]): T | undefined {
  if (draw.chance(0.7)) return draw.from(within);
  if (draw.chance(0.75)) return draw.from(beyond);
  return draw.from(others);
}

function echoRequest(version: IpVersion) {
  return { type: version === 4 ? 8 : 128, code: 0 };
}

function sourceOf(
  draw: Draw,
  sender: Party,
  version: IpVersion,
  named: readonly string[] | undefined,
  all: Around<Ip>,
): Ip {
  if (sender === "host") return addressIn(HOST, version);
  if (sender !== "outside" && draw.chance(0.95)) return addressIn(sender.addresses, version);
  const address = addressBeyond(draw, version, named, all);
  // The kernel takes no packet that claims to come from the host itself.
  return isHosts(address) ? addressIn(OTHER_HOST, version) : address;
}

function destinationOf(
  draw: Draw,
  receiver: Party,
  version: IpVersion,
  named: readonly string[] | undefined,
  all: Around<Ip>,
): Ip {
  if (receiver === "host") return addressIn(HOST, version);
  if (receiver !== "outside") return addressIn(receiver.addresses, version);
  return addressBeyond(draw, version, named, all);
}

/** An address around the networks that the rule names, or around anybody's; not always beyond the host. */
function addressBeyond(
  draw: Draw,
  version: IpVersion,
  named: readonly string[] | undefined,
  all: Around<Ip>,
): Ip {
  const fits = ({ within, beyond }: Around<Ip>): Around<Ip> => ({
    within: within.filter((ip) => ip.version === version),
    beyond: beyond.filter((ip) => ip.version === version),
  });
  const others = [OUTSIDE_BACKENDS, OTHER_HOST, PODS[3]!.addresses, FLOATING].map((pair) =>
    addressIn(pair, version),
  );
  if (named === undefined && draw.chance(0.5)) return draw.from(others)!;
  const known = near(draw, fits(aroundNets(named ?? [])), []) ?? near(draw, fits(all), others);
  return known ?? draw.from(others)!;
}
