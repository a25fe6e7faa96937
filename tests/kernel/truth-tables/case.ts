import type { SourceFile } from "../../../compiler/index.ts";
import { IP_VERSIONS, type IpVersion } from "../../../compiler/net/cidr.ts";
import { parseIp } from "../../../compiler/net/ip.ts";
import { type Packet, SCTP, TCP, UDP } from "../../../compiler/semantics/evaluator/packet.ts";
import { addressOf, type ClusterChanges, interfaceOf, printCluster } from "./cluster.ts";
import { allProbes, type Probe, type ProtocolName, parseTable, type Table } from "./table.ts";

/** A policy, or several, and what they make of the cluster's traffic. */
export interface Case {
  readonly name: string;
  /** Resources as YAML. */
  readonly policies: readonly string[];
  /** In the form of `parseTable`. */
  readonly expected: string;
  /** TCP and UDP when absent. */
  readonly protocols?: readonly ProtocolName[];
  /** Both when absent: a case that names networks is about the version of these. */
  readonly versions?: readonly IpVersion[];
  readonly cluster?: ClusterChanges;
}

/** One table: a case in one IP version. */
export interface Situation {
  readonly name: string;
  readonly version: IpVersion;
  readonly files: readonly SourceFile[];
  readonly expected: Table;
  readonly probes: readonly Probe[];
}

export function situationsOf(example: Case): readonly Situation[] {
  const protocols = example.protocols ?? ["tcp", "udp"];
  const files = [
    { path: "cluster.json", text: printCluster(example.cluster) },
    { path: "policies.yaml", text: example.policies.join("---\n") },
  ];
  const expected = parseTable(example.expected, protocols);
  return (example.versions ?? IP_VERSIONS).map((version) => ({
    name: `${example.name} (IPv${version})`,
    version,
    files,
    expected,
    probes: allProbes(protocols),
  }));
}

const PROTOCOLS: Readonly<Record<ProtocolName, number>> = { tcp: TCP, udp: UDP, sctp: SCTP };
const SOURCE_PORT = 40_000;

/** The first packet of a connection, as the node meets it; a pod that asks itself does so by way of the node. */
export function packetOf({ from, to, service }: Probe, version: IpVersion): Packet {
  return {
    source: parseIp(addressOf(from, version))!,
    destination: parseIp(addressOf(to, version))!,
    protocol: PROTOCOLS[service.protocol],
    sourcePort: SOURCE_PORT,
    destinationPort: service.port,
    icmp: undefined,
    arrivesBy: interfaceOf(from),
    leavesBy: "eth0",
  };
}
