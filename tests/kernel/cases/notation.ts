import type { ClusterModel, Node } from "../../../compiler/ir/cluster-model.ts";
import type { Ip, IpVersion } from "../../../compiler/net/cidr.ts";
import { parseIp } from "../../../compiler/net/ip.ts";
import type { Packet } from "../../../compiler/semantics/packet.ts";
import { stateOnArrival } from "../connections.ts";

/** A packet and whether it must arrive. */
export interface VerdictLine {
  readonly packet: Packet;
  readonly allowed: boolean;
  /** The line it was written as. */
  readonly says: string;
}

/** Where names in verdicts are looked up. */
export interface Places {
  readonly model: ClusterModel;
  /** The node under test. */
  readonly node: string;
}

/** Everything that no name stands for is beyond this interface. */
const UPLINK = "eth0";
const PORTED: Readonly<Record<string, number>> = { tcp: 6, udp: 17, sctp: 132, udplite: 136 };
const ICMP = { 4: { protocol: 1, echo: 8 }, 6: { protocol: 58, echo: 128 } } as const;

/**
 * Verdicts as lines, `#` begins a comment:
 *
 *     client > subject tcp/80 allow         names: the last part of a workload's name, a node, or `host`
 *     2001:db8::5 > subject.6 udp/53 deny   `.6` picks a name's IPv6 address; an address is beyond the uplink
 *     client(10.9.9.9) > host icmp deny     a name that sends from another's address
 *
 * What is sent: `tcp/80`, with its source port `tcp/1234>80`; likewise `udp`, `sctp`, `udplite`; `icmp` is an
 * echo request of either version, `icmp/13` and `icmp/8/1` another type and code; `proto/253` any other protocol.
 * Source ports that are not written differ from line to line, and from those of the `before` lines that are sent
 * with them.
 */
export function parseVerdicts(places: Places, text: string, before = 0): readonly VerdictLine[] {
  return text
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim().replaceAll(/\s+/g, " "))
    .filter((line) => line !== "")
    .map((says, index) => {
      const [, from, spoofed, to, sent, verdict] =
        /^([^ (]+)(?:\(([^)]+)\))? > (\S+) (\S+) (allow|deny)$/.exec(says) ?? [];
      if (from === undefined) throw new Error(`not a verdict: ${says}`);
      const sender = find(places, from);
      const source = spoofed === undefined ? addressOf(sender) : address(spoofed);
      const destination = addressOf(find(places, to!));
      if (source.version !== destination.version) throw new Error(`two IP versions: ${says}`);
      const packet: Packet = {
        source,
        destination,
        ...content(sent!, source.version, 40_000 + before + index),
        arrivesBy: sender.arrivesBy,
        leavesBy: UPLINK,
      };
      return {
        packet: { ...packet, connection: stateOnArrival(packet) },
        allowed: verdict === "allow",
        says,
      };
    });
}

type Content = Pick<Packet, "protocol" | "sourcePort" | "destinationPort" | "icmp">;

function content(sent: string, version: IpVersion, freePort: number): Content {
  const without = { sourcePort: undefined, destinationPort: undefined, icmp: undefined };
  const [name, first, second] = sent.split("/");
  const numeric = (text: string | undefined, otherwise: number) => {
    const value = text === undefined ? otherwise : Number(text);
    if (!Number.isInteger(value)) throw new Error(`not a packet: ${sent}`);
    return value;
  };
  if (name === "icmp") {
    const { protocol, echo } = ICMP[version];
    return { ...without, protocol, icmp: { type: numeric(first, echo), code: numeric(second, 0) } };
  }
  if (name === "proto") return { ...without, protocol: numeric(first, Number.NaN) };
  const protocol = PORTED[name!];
  if (protocol === undefined) throw new Error(`not a packet: ${sent}`);
  const ports = (first ?? "").split(">");
  return {
    protocol,
    sourcePort: numeric(ports.at(-2), freePort),
    destinationPort: numeric(ports.at(-1), Number.NaN),
    icmp: undefined,
  };
}

interface Place {
  readonly name: string;
  readonly version: IpVersion;
  readonly ips: readonly Ip[];
  /** `undefined` = the host itself. */
  readonly arrivesBy: string | undefined;
}

function find({ model, node }: Places, word: string): Place {
  const literal = parseIp(word);
  if (literal !== undefined)
    return { name: word, version: literal.version, ips: [literal], arrivesBy: UPLINK };
  const [name, version]: [string, IpVersion] = word.endsWith(".6") ? [word.slice(0, -2), 6] : [word, 4];
  if (name === "host")
    return { name, version, ips: addressesOfNode(model.all("node").get(node)), arrivesBy: undefined };
  const other = model.all("node").get(name);
  if (other !== undefined) return { name, version, ips: addressesOfNode(other), arrivesBy: UPLINK };
  const workload = [...model.all("workload-endpoint").values()].find((w) => w.workload.endsWith(`/${name}`));
  if (workload === undefined) throw new Error(`nothing is called ${name}`);
  const arrivesBy = workload.node === node ? workload.interfaceName : UPLINK;
  return { name, version, ips: workload.addresses, arrivesBy };
}

function addressOf({ name, version, ips }: Place): Ip {
  const found = ips.find((ip) => ip.version === version);
  if (found === undefined) throw new Error(`${name} has no IPv${version} address`);
  return found;
}

function addressesOfNode(node: Node | undefined): readonly Ip[] {
  return [node?.bgp?.ipv4?.ip, node?.bgp?.ipv6?.ip].filter((ip) => ip !== undefined);
}

function address(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`not an address: ${text}`);
  return ip;
}
