import { formatIp } from "../../net/ip.ts";
import { protocolName } from "../../net/protocols.ts";
import { ICMP, ICMPV6, PORT_PROTOCOLS } from "../condition.ts";
import type { Journey } from "../evaluator/evaluate.ts";
import type { ConnectionState, Packet } from "../packet.ts";

/** A packet as plain data; `null` where it has no such thing. */
export interface PacketWords {
  readonly ipVersion: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** Name in lower case, or IANA number as text. */
  readonly protocol: string;
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
  readonly icmp: { readonly type: number; readonly code: number } | null;
  /** Interface; `null` = a process of the host sends it. */
  readonly arrivesBy: string | null;
  /** Interface; `null` = it is for the host itself. */
  readonly leavesBy: string | null;
  readonly connection: ConnectionState;
  /** Where its destination is translated to on this host. */
  readonly translatedTo: { readonly destination: string; readonly port: number | null } | null;
}

export function packetWords(packet: Packet, { route, interfaces }: Journey): PacketWords {
  const { source, destination, protocol, sourcePort, destinationPort, icmp, redirected } = packet;
  const hasPorts = PORT_PROTOCOLS.includes(protocol);
  const isIcmp = protocol === ICMP || protocol === ICMPV6;
  const port = (value: number | undefined) => (hasPorts ? (value ?? null) : null);
  const { translation } = route;
  return {
    ipVersion: route.version,
    source: formatIp(source),
    destination: formatIp(destination),
    protocol: protocolName(protocol) ?? String(protocol),
    sourcePort: port(sourcePort),
    destinationPort: port(destinationPort),
    icmp: isIcmp ? (icmp ?? null) : null,
    arrivesBy: interfaces.arrivesBy ?? null,
    leavesBy: route.kind === "to-host" ? null : (interfaces.leavesBy ?? null),
    connection: route.connection,
    translatedTo:
      translation.kind === "floating"
        ? { destination: formatIp(translation.internal), port: port(destinationPort) }
        : translation.kind === "others" && redirected !== undefined
          ? { destination: formatIp(redirected.destination), port: port(redirected.destinationPort) }
          : null,
  };
}
