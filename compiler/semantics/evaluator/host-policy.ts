import type { Direction, HostEndpoint } from "../../ir/cluster-model.ts";
import type { FailsafePort } from "../../ir/felix-config.ts";
import type { IpVersion } from "../../net/cidr.ts";
import { all, any, type Condition, inNet, isProtocol, NEVER, portIn, type Side } from "../condition.ts";
import { earlyPolicy, forwardPolicy, normalPolicy } from "./endpoint.ts";
import { type Host, hostEndpointFor } from "./host.ts";
import { type Program, rule, test } from "./program.ts";
import type { HostPolicy } from "./verdict.ts";

export interface HostPoint {
  readonly endpoint: string;
  readonly program: Program;
}

/** The host endpoint's policy of one kind at an interface; `undefined` where there is no such policy. */
export function hostPoint(
  host: Host,
  policy: HostPolicy,
  direction: Direction,
  interfaceName: string,
  version: IpVersion,
): HostPoint | undefined {
  const endpoint = hostEndpointFor(host, interfaceName, policy);
  if (endpoint === undefined) return undefined;
  const judged = host.once(`${policy} ${direction} ${endpoint.key} ${version}`, () =>
    programOf(host, policy, direction, endpoint, version),
  );
  if (judged === undefined) return undefined;
  const open = rule(policy === "host" ? "allow" : "continue", { kind: "failsafe-port" });
  return {
    endpoint: endpoint.key,
    program: test(failsafe(host, policy, direction, version), open, judged),
  };
}

function programOf(
  { policies }: Host,
  policy: HostPolicy,
  direction: Direction,
  endpoint: HostEndpoint,
  version: IpVersion,
): Program | undefined {
  switch (policy) {
    case "untracked":
      return earlyPolicy(policies, endpoint, direction, version, ({ doNotTrack }) => doNotTrack);
    case "pre-dnat":
      return earlyPolicy(policies, endpoint, direction, version, ({ preDnat }) => preDnat);
    case "forward":
      return forwardPolicy(policies, endpoint, direction, version);
    case "host":
      return normalPolicy(policies, endpoint, direction, version);
  }
}

/**
 * Ports that stay open whatever policy says (dataplane §6): towards the host's own processes only. Before the
 * connection is tracked they let a packet pass on, and so do the answers' ports, or policy could untrack one
 * direction of a connection.
 */
export function failsafe(
  { settings }: Host,
  policy: HostPolicy,
  direction: Direction,
  version: IpVersion,
): Condition {
  if (policy === "forward") return NEVER;
  const { failsafeInbound, failsafeOutbound } = settings;
  const peer = direction === "ingress" ? "source" : "destination";
  const [ports, answered] =
    direction === "ingress" ? [failsafeInbound, failsafeOutbound] : [failsafeOutbound, failsafeInbound];
  return any(
    ...openPorts(ports, "destination", peer, version),
    ...(policy === "untracked" ? openPorts(answered, "source", peer, version) : []),
  );
}

function openPorts(
  entries: readonly FailsafePort[],
  portSide: Side,
  peer: Side,
  version: IpVersion,
): readonly Condition[] {
  return entries
    .filter(({ net }) => net === undefined || net.version === version)
    .map(({ protocol, port, net }) =>
      all(
        isProtocol(protocol),
        portIn(portSide, port, port),
        ...(net === undefined ? [] : [inNet(peer, net)]),
      ),
    );
}
