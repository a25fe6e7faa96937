import type { Ip } from "../../compiler/net/cidr.ts";
import { formatIp } from "../../compiler/net/ip.ts";
import { ICMP, ICMPV6, SCTP, TCP, UDP, UDPLITE } from "../../compiler/semantics/condition.ts";
import type { Packet } from "../../compiler/semantics/packet.ts";

/** Messages that open a connection of their own for the kernel (`nf_conntrack_proto_icmp.c`, `…_icmpv6.c`). */
const ICMP_REQUESTS: readonly number[] = [8, 13, 15, 17];
const ICMPV6_REQUESTS: readonly number[] = [128, 139];
/** Neighbour discovery and multicast listeners, which the kernel never tracks: nothing calls them invalid. */
const ICMPV6_UNTRACKED: readonly number[] = [130, 131, 132, 133, 134, 135, 136, 143];

/** Every kernel knows the connections of these by their ports; of DCCP's only those that still have its tracker. */
const TOLD_APART_BY_PORTS: readonly number[] = [TCP, UDP, SCTP, UDPLITE];

function isIcmp({ protocol, source }: Packet): boolean {
  return protocol === (source.version === 4 ? ICMP : ICMPV6);
}

/** What connection tracking makes of the packet when it has never seen its addresses and ports before. */
export function stateOnArrival(packet: Packet): "new" | "invalid" {
  const { protocol, icmp } = packet;
  if (!isIcmp(packet))
    // The kernel reads the ICMP of the other version, too, and our zeros are no request in either.
    return protocol === ICMP || protocol === ICMPV6 ? "invalid" : "new";
  if (icmp === undefined) throw new Error("an ICMP packet has a type and a code");
  const { type } = icmp;
  const opens =
    packet.source.version === 4
      ? ICMP_REQUESTS.includes(type)
      : ICMPV6_REQUESTS.includes(type) || ICMPV6_UNTRACKED.includes(type);
  return opens ? "new" : "invalid";
}

/**
 * Packets with different keys cannot belong to one connection, in either direction and whatever NAT does to them.
 * `isLocal`: the host may put one of its addresses in the place of the other.
 */
export function connectionKey(packet: Packet, isLocal: (address: string) => boolean): string {
  // The prober gives each request an identifier of its own, and what is invalid leaves nothing behind.
  if (isIcmp(packet) || stateOnArrival(packet) === "invalid") return `icmp ${nextUnique++}`;
  const isTold = TOLD_APART_BY_PORTS.includes(packet.protocol);
  const end = (ip: Ip, port: number | undefined) => {
    const address = formatIp(ip);
    return `${isLocal(address) ? "local" : address} ${isTold ? port : ""}`;
  };
  const ends = [
    end(packet.source, packet.sourcePort),
    end(packet.destination, packet.destinationPort),
  ].sort();
  return [packet.protocol, packet.source.version, ...ends].join(" ");
}

let nextUnique = 0;
