import type { Direction } from "../../ir/cluster-model.ts";
import type { Cidr, IpVersion } from "../../net/cidr.ts";
import { all, any, type Condition, IPIP, inNet, isIcmp, isProtocol, NEVER, not } from "../condition.ts";
import { sourceNeedsNoRoute } from "../reverse-path.ts";
import { normalPolicy } from "./endpoint.ts";
import { type Host, ownAddresses, routedTo, workloadOn } from "./host.ts";
import { NO_OPINION, type Program, rule, test } from "./program.ts";
import { isVxlan } from "./tunnel.ts";

export interface WorkloadPoint {
  /** `undefined` where no workload is known at the interface. */
  readonly endpoint: string | undefined;
  readonly program: Program;
}

/** What is decided at a workload's interface, also where no workload is known there: nothing passes then. */
export function workloadPoint(
  host: Host,
  direction: Direction,
  interfaceName: string,
  version: IpVersion,
): WorkloadPoint {
  const workload = workloadOn(host, interfaceName);
  if (workload === undefined) return unknownInterface(interfaceName);
  const program = host.once(`workload ${direction} ${workload.key} ${version}`, () => {
    const policy = normalPolicy(host.policies, workload, direction, version);
    const refused = rule("deny", { kind: "encapsulated-by-workload" });
    return direction === "egress" ? test(forbiddenTunnel(host), refused, policy) : policy;
  });
  return { endpoint: workload.key, program };
}

/**
 * A workload may only send from its own addresses, from those that it was granted, and from where the kernel's
 * reverse path filter asks nobody. An address that is the host's, too, is the host's.
 */
export function sourcePoint(host: Host, interfaceName: string, version: IpVersion): WorkloadPoint {
  const workload = workloadOn(host, interfaceName);
  if (workload === undefined) {
    const unknown = unknownInterface(interfaceName);
    return { ...unknown, program: test(sourceNeedsNoRoute(version), NO_OPINION, unknown.program) };
  }
  const from = (cidrs: readonly Cidr[]) =>
    any(...cidrs.filter((cidr) => cidr.version === version).map((cidr) => inNet("source", cidr)));
  const mayUse = any(
    sourceNeedsNoRoute(version),
    from(workload.allowedSpoofSources),
    all(not(from(ownAddresses(host))), from(routedTo(host, workload))),
  );
  const spoofed = rule("deny", { kind: "spoofed-source" });
  return { endpoint: workload.key, program: test(mayUse, NO_OPINION, spoofed) };
}

function unknownInterface(interfaceName: string): WorkloadPoint {
  return { endpoint: undefined, program: rule("deny", { kind: "unknown-interface", interfaceName }) };
}

function forbiddenTunnel({ settings }: Host): Condition {
  return any(
    settings.allowVxlanPacketsFromWorkloads ? NEVER : isVxlan(settings),
    settings.allowIpipPacketsFromWorkloads ? NEVER : isProtocol(IPIP),
  );
}

/** Multicast listener and neighbour messages, without which a workload could not even find its gateway. */
const NEIGHBOUR_MESSAGES = [130, 131, 132, 133, 135, 136];

/** What a workload may send to the host before its own policy is asked. */
export function isNeighbourMessage(version: IpVersion): Condition {
  if (version === 4) return NEVER;
  return any(...NEIGHBOUR_MESSAGES.map((type) => isIcmp(6, type, undefined)));
}

/** After a workload's own policy has allowed what it sends to the host. */
export function toHostProgram({ settings }: Host): Program {
  const value = settings.defaultEndpointToHostAction;
  return rule(value === "DROP" ? "deny" : "allow", { kind: "setting", value });
}
