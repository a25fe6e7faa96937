import type { Direction } from "../../ir/cluster-model.ts";
import type { FailsafePort } from "../../ir/felix-config.ts";
import { cidrContainsIp, type Ip } from "../../net/cidr.ts";
import { judgeEarly, judgeForward, judgeNormal } from "./endpoint.ts";
import { type Host, hostEndpointFor } from "./host.ts";
import type { Packet } from "./packet.ts";
import { type Decision, type HostPolicy, type Ruling, ruling } from "./verdict.ts";

/** What the host endpoint's policy of one kind says at an interface; `undefined` where there is no such policy. */
export function hostDecision(
  host: Host,
  policy: HostPolicy,
  direction: Direction,
  interfaceName: string,
  packet: Packet,
): Decision | undefined {
  const endpoint = hostEndpointFor(host, interfaceName, policy);
  if (endpoint === undefined) return undefined;
  const judge = (): Ruling | undefined => {
    switch (policy) {
      case "untracked":
        return judgeEarly(host.model, endpoint, direction, packet, ({ doNotTrack }) => doNotTrack);
      case "pre-dnat":
        return judgeEarly(host.model, endpoint, direction, packet, ({ preDnat }) => preDnat);
      case "forward":
        return judgeForward(host.model, endpoint, direction, packet);
      case "host":
        return judgeNormal(host.model, endpoint, direction, packet);
    }
  };
  const judged = judge();
  if (judged === undefined) return undefined;
  return {
    point: `${policy}-${direction}`,
    endpoint: endpoint.key,
    ...(failsafe(host, policy, direction, packet) ?? judged),
  };
}

/**
 * Ports that stay open whatever policy says (dataplane §6): towards the host's own processes only. Before the
 * connection is tracked they let a packet pass on, and so do the answers' ports, or policy could untrack one
 * direction of a connection.
 */
function failsafe(
  { settings }: Host,
  policy: HostPolicy,
  direction: Direction,
  packet: Packet,
): Ruling | undefined {
  if (policy === "forward") return undefined;
  const { failsafeInbound, failsafeOutbound } = settings;
  const peer = direction === "ingress" ? packet.source : packet.destination;
  const [ports, answered] =
    direction === "ingress" ? [failsafeInbound, failsafeOutbound] : [failsafeOutbound, failsafeInbound];
  const isOpen =
    holds(ports, packet.protocol, packet.destinationPort, peer) ||
    (policy === "untracked" && holds(answered, packet.protocol, packet.sourcePort, peer));
  if (!isOpen) return undefined;
  return ruling(policy === "host" ? "allow" : "continue", { kind: "failsafe-port" });
}

function holds(
  entries: readonly FailsafePort[],
  protocol: number,
  port: number | undefined,
  peer: Ip,
): boolean {
  return entries.some(
    (entry) =>
      entry.protocol === protocol &&
      entry.port === port &&
      (entry.net === undefined || cidrContainsIp(entry.net, peer)),
  );
}
