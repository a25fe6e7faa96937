import type { Direction } from "../../ir/cluster-model.ts";
import { cidrContainsIp } from "../../net/cidr.ts";
import { judgeNormal } from "./endpoint.ts";
import { type Host, workloadOn } from "./host.ts";
import { IPIP, type Packet, UDP } from "./packet.ts";
import { type Decision, type Ruling, ruling } from "./verdict.ts";

/** What is decided at a workload's interface, also where no workload is known there: nothing passes then. */
export function workloadDecision(
  host: Host,
  direction: Direction,
  interfaceName: string,
  packet: Packet,
): Decision {
  const point = `workload-${direction}` as const;
  const workload = workloadOn(host, interfaceName);
  if (workload === undefined) {
    const unknown = ruling("deny", { kind: "unknown-interface", interfaceName });
    return { point, endpoint: undefined, ...unknown };
  }
  const judged =
    direction === "egress" && isForbiddenTunnel(host, packet)
      ? ruling("deny", { kind: "encapsulated-by-workload" })
      : judgeNormal(host.model, workload, direction, packet);
  return { point, endpoint: workload.key, ...judged };
}

/** A workload may only send from addresses that the host's routes lead back to it for, or that it was granted. */
export function sourceDecision(host: Host, interfaceName: string, { source }: Packet): Decision | undefined {
  const isLinkLocal = source.version === 6 && source.value >> 118n === 0x3fan;
  if (isLinkLocal) return undefined;
  const point = "source-address";
  const workload = workloadOn(host, interfaceName);
  if (workload === undefined) {
    const unknown = ruling("deny", { kind: "unknown-interface", interfaceName });
    return { point, endpoint: undefined, ...unknown };
  }
  const allowed = [...workload.addresses, ...workload.allowedSpoofSources];
  if (allowed.some((cidr) => cidrContainsIp(cidr, source))) return undefined;
  return { point, endpoint: workload.key, ...ruling("deny", { kind: "spoofed-source" }) };
}

function isForbiddenTunnel({ settings }: Host, { protocol, destinationPort }: Packet): boolean {
  const isVxlan = protocol === UDP && destinationPort === settings.vxlanPort;
  return (
    (isVxlan && !settings.allowVxlanPacketsFromWorkloads) ||
    (protocol === IPIP && !settings.allowIpipPacketsFromWorkloads)
  );
}

/** Multicast listener and neighbour messages, without which a workload could not even find its gateway. */
const NEIGHBOUR_MESSAGES = [130, 131, 132, 133, 135, 136];

/** Before a workload's own policy is asked about what it sends to the host. */
export function isNeighbourMessage({ source, icmp }: Packet): boolean {
  return source.version === 6 && icmp !== undefined && NEIGHBOUR_MESSAGES.includes(icmp.type);
}

/** After a workload's own policy has allowed what it sends to the host. */
export function toHostRuling({ settings }: Host): Ruling {
  const value = settings.defaultEndpointToHostAction;
  return ruling(value === "DROP" ? "deny" : "allow", { kind: "setting", value });
}
