import type { Artifact } from "./backends/backend.ts";
import type { Ip } from "./net/cidr.ts";
import { compareIp } from "./net/ip.ts";
import { membershipOf } from "./semantics/simulator/membership.ts";
import { readDataplanes } from "./semantics/simulator/read.ts";
import { routeTo } from "./semantics/simulator/routing.ts";
import { simulate } from "./semantics/simulator/run.ts";

/** A connection that the kernel tracks, as its first packet was, and as the answers to it are. */
export interface Connection {
  /** IANA number. */
  readonly protocol: number;
  readonly original: Direction;
  readonly reply: Direction;
  readonly icmp: { readonly type: number; readonly code: number; readonly id: number } | undefined;
}

export interface Direction {
  readonly source: Ip;
  readonly destination: Ip;
  /** `undefined` for a protocol without ports. */
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
}

/** What the files do not tell of the host. */
export interface Surrounding {
  isLocalAddress(ip: Ip): boolean;
  /** Where the host's own routes lead to; `undefined` = nowhere. */
  deviceTo(ip: Ip): string | undefined;
}

/**
 * The connections that a host with these files would not let begin: their packets pass all the same as long as the
 * kernel tracks them, since they belong to something that was accepted once. One whose first packet cannot have come
 * from anywhere that the host has a route to is left out. Throws `UnreadableText`.
 */
export function deniedConnections(
  files: readonly Artifact[],
  connections: readonly Connection[],
  host: Surrounding,
): readonly Connection[] {
  const dataplanes = readDataplanes(files);
  const members = { 4: membershipOf(dataplanes[4].sets), 6: membershipOf(dataplanes[6].sets) };
  return connections.filter(({ protocol, original, reply, icmp }) => {
    const { source, destination, sourcePort, destinationPort } = original;
    const { version } = source;
    const dataplane = dataplanes[version];
    const deviceTo = (ip: Ip): string | undefined => routeTo(dataplane, ip)?.device ?? host.deviceTo(ip);
    const arrivesBy = host.isLocalAddress(source) ? undefined : deviceTo(source);
    const leavesBy = deviceTo(destination);
    const redirectedBy = deviceTo(reply.source);
    if ((arrivesBy === undefined && !host.isLocalAddress(source)) || (leavesBy ?? redirectedBy) === undefined)
      return false;
    const isRedirected = compareIp(reply.source, destination) !== 0 || reply.sourcePort !== destinationPort;
    const packet = {
      ...{ source, destination, protocol, sourcePort, destinationPort, arrivesBy },
      icmp: icmp === undefined ? undefined : { type: icmp.type, code: icmp.code },
      leavesBy: leavesBy ?? redirectedBy ?? "",
      ...(isRedirected
        ? {
            redirected: {
              destination: reply.source,
              destinationPort: reply.sourcePort,
              ...(redirectedBy === undefined ? {} : { leavesBy: redirectedBy }),
            },
          }
        : {}),
    };
    const { isLocalAddress } = host;
    return !simulate(dataplane, packet, { isLocalAddress, isMember: members[version] }).allowed;
  });
}
