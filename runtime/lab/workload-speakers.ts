import { type BgpSession, formatIp, isInternal, type NodeIr } from "../../compiler/index.ts";
import type { LabWorkload, Speaker } from "./plan.ts";
import { sessionPassword } from "./secrets.ts";

const BGP_PORT = 179;

/** What the layout needs of a compiled node. */
export type CompiledNode = Pick<NodeIr, "node" | "bgp" | "routing">;

/** A speaker for each workload that is a BGP peer of its node. */
export function workloadSpeakers(
  nodes: readonly CompiledNode[],
  workloads: readonly LabWorkload[],
): readonly Speaker[] {
  const speakers = new Map<string, Speaker>();
  for (const node of nodes)
    for (const session of node.bgp.peers) {
      if (session.scope !== "local-workload") continue;
      const name = formatIp(session.address);
      const workload = workloads.find(({ addresses }) => addresses.includes(name));
      const remote = workload && peeringAddress(node, session, workload);
      if (workload === undefined || remote === undefined) continue;
      const known = speakers.get(name)?.sessions ?? [];
      const sessions = [...known, seenByWorkload(node, session, remote)];
      speakers.set(name, { name, space: workload.space, sessions });
    }
  return [...speakers.values()];
}

/** The address that the node has for its peers on the workload's interface (routing-bgp.md §1.3). */
function peeringAddress(
  { routing }: CompiledNode,
  { version }: BgpSession,
  { interfaceName }: LabWorkload,
): string | undefined {
  const found = routing.addresses.find(({ dev, ip }) => dev === interfaceName && ip.version === version);
  return found && formatIp(found.ip);
}

function seenByWorkload(
  { node, bgp }: CompiledNode,
  session: BgpSession,
  remote: string,
): Speaker["sessions"][number] {
  return {
    node,
    version: session.version,
    local: formatIp(session.address),
    localAs: session.remoteAs,
    localPort: session.port ?? BGP_PORT,
    remote,
    remoteAs: session.localAs,
    remotePort: bgp.kind === "speaker" ? bgp.listenPort : BGP_PORT,
    isInternal: isInternal(session),
    ttlSecurity: session.ttlSecurity,
    hasBfd: session.bfd,
    password: sessionPassword(session.password),
  };
}
