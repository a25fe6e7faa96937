import type { ClusterModel } from "../../ir/cluster-model.ts";
import type { FelixSettings } from "../../ir/felix-config.ts";
import { type Cidr, cidrContainsIp } from "../../net/cidr.ts";
import {
  type Host,
  isOwnAddress,
  isWorkloadInterface,
  LOOPBACK,
  withoutFloatingIp,
  workloadAt,
} from "./host.ts";
import { hostDecision } from "./host-policy.ts";
import type { Packet } from "./packet.ts";
import { HOST_TO_WORKLOAD_IS_POLICED, WORKLOAD_TO_HOST_MEETS_HOST_ENDPOINTS } from "./quirks.ts";
import { judgeTunnelEgress, judgeTunnelIngress } from "./tunnel.ts";
import { type Decision, ruling, type Verdict } from "./verdict.ts";
import { isNeighbourMessage, sourceDecision, toHostRuling, workloadDecision } from "./workload-policy.ts";

/**
 * The reference meaning of the resources: what the node does with the first packet of a new connection, from where
 * it comes in to where it leaves (dataplane §1.9). `settings` are those in force on the node.
 *
 * Taken as given: routes lead where the packet says, rules of others let everything through, and rate and
 * connection limits are not reached.
 */
export function evaluate(
  model: ClusterModel,
  settings: FelixSettings,
  node: string,
  packet: Packet,
): Verdict {
  if (packet.source.version === 6 && !settings.ipv6Support) return { allowed: true, decisions: [] };
  const host: Host = { model, settings, node };
  const { arrivesBy } = packet;
  const path = arrivesBy === undefined ? sentByHost(host, packet) : received(host, arrivesBy, packet);
  const decisions: Decision[] = [];
  for (const decision of path) {
    decisions.push(decision);
    if (decision.action === "deny") return { allowed: false, decisions };
  }
  return { allowed: true, decisions };
}

/** The enforcement points in the order of the path; the caller stops at the first that denies. */
type Path = Generator<Decision, void, undefined>;

function* received(host: Host, arrivesBy: string, packet: Packet): Path {
  if (isWorkloadInterface(host, arrivesBy)) yield* some(sourceDecision(host, arrivesBy, packet));
  let accepted = false;
  for (const policy of ["untracked", "pre-dnat"] as const) {
    if (accepted) break;
    const early = hostDecision(host, policy, "ingress", arrivesBy, packet);
    yield* some(early);
    accepted = early?.action === "allow";
  }
  const translated = { ...packet, destination: withoutFloatingIp(host, packet.destination) };
  if (isOwnAddress(host, translated.destination)) yield* toHost(host, arrivesBy, translated, accepted);
  else yield* forwarded(host, arrivesBy, translated, accepted);
}

function* toHost(host: Host, arrivesBy: string, packet: Packet, accepted: boolean): Path {
  const tunnel = judgeTunnelIngress(host, packet);
  if (tunnel !== undefined) {
    yield { point: "tunnel", endpoint: undefined, ...tunnel };
    return;
  }
  if (isWorkloadInterface(host, arrivesBy)) {
    yield* workloadToHost(host, arrivesBy, packet);
    if (!WORKLOAD_TO_HOST_MEETS_HOST_ENDPOINTS) return;
  }
  if (!accepted) yield* some(hostDecision(host, "host", "ingress", arrivesBy, packet));
}

function* workloadToHost(host: Host, arrivesBy: string, packet: Packet): Path {
  const point = "workload-to-host";
  if (isNeighbourMessage(packet)) {
    yield { point, endpoint: undefined, ...ruling("allow", { kind: "neighbour-discovery" }) };
    return;
  }
  yield workloadDecision(host, "egress", arrivesBy, packet);
  yield { point, endpoint: undefined, ...toHostRuling(host) };
}

function* forwarded(host: Host, arrivesBy: string, packet: Packet, accepted: boolean): Path {
  const leavesBy = workloadAt(host, packet.destination)?.interfaceName ?? packet.leavesBy;
  // Accepted before routing, a packet needs no forward policy where it came in; where it leaves it still does.
  if (!accepted) yield* some(hostDecision(host, "forward", "ingress", arrivesBy, packet));
  if (isWorkloadInterface(host, arrivesBy)) yield workloadDecision(host, "egress", arrivesBy, packet);
  if (isWorkloadInterface(host, leavesBy)) yield workloadDecision(host, "ingress", leavesBy, packet);
  yield* some(hostDecision(host, "forward", "egress", leavesBy, packet));
  yield* some(serviceLoop(host, packet));
}

function* sentByHost(host: Host, packet: Packet): Path {
  const isToItself = isOwnAddress(host, packet.destination);
  const local = workloadAt(host, withoutFloatingIp(host, packet.destination));
  const isDirect = local !== undefined && workloadAt(host, packet.destination) === local;
  const leavesBy = isToItself ? LOOPBACK : isDirect ? local.interfaceName : packet.leavesBy;
  // Comes before the translation of a floating address, hence sees the interface of the untranslated one.
  const untracked = hostDecision(host, "untracked", "egress", leavesBy, packet);
  yield* some(untracked);
  if (local !== undefined) {
    if (HOST_TO_WORKLOAD_IS_POLICED) yield workloadDecision(host, "ingress", local.interfaceName, packet);
    return;
  }
  if (untracked?.action !== "allow") {
    const tunnel = judgeTunnelEgress(host, packet);
    if (tunnel !== undefined) yield { point: "tunnel", endpoint: undefined, ...tunnel };
    else yield* some(hostDecision(host, "host", "egress", leavesBy, packet));
  }
  if (isToItself) yield* received(host, LOOPBACK, packet);
}

/** A service's address that nothing translated would come back by the uplink, again and again (dataplane §1.6). */
function serviceLoop({ model, settings }: Host, { destination }: Packet): Decision | undefined {
  if (settings.serviceLoopPrevention === "Disabled") return undefined;
  const configuration = model.all("bgp-config").get("default");
  const ranges: readonly Cidr[] = [
    ...(configuration?.serviceClusterIps ?? []),
    ...(configuration?.serviceExternalIps ?? []),
    ...(configuration?.serviceLoadBalancerIps ?? []),
  ];
  const cidr = ranges.find((range) => cidrContainsIp(range, destination));
  if (cidr === undefined) return undefined;
  return {
    point: "service-loop",
    endpoint: undefined,
    ...ruling("deny", { kind: "service-range", cidr }),
  };
}

function* some(decision: Decision | undefined): Path {
  if (decision !== undefined) yield decision;
}
