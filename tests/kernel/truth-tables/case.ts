import type { SourceFile } from "../../../compiler/index.ts";
import { IP_VERSIONS, type IpVersion } from "../../../compiler/net/cidr.ts";
import { parseIp } from "../../../compiler/net/ip.ts";
import { SCTP, TCP, UDP } from "../../../compiler/semantics/condition.ts";
import type { Packet } from "../../../compiler/semantics/packet.ts";
import { addressOf, type ClusterChanges, interfaceOf, printCluster } from "./cluster.ts";
import { type Probe, type ProtocolName, parseTable, type Table } from "./table.ts";

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

/** A case in one IP version: its cells, with the packets that measure them. */
export interface Situation {
  readonly version: IpVersion;
  readonly expected: Table;
  /** In the order of the table's cells. */
  readonly packets: readonly Packet[];
}

export function filesOf({ cluster, policies }: Case): readonly SourceFile[] {
  return [
    { path: "cluster.json", text: printCluster(cluster) },
    { path: "policies.yaml", text: policies.join("---\n") },
  ];
}

export function situationsOf({
  expected: text,
  protocols = ["tcp", "udp"],
  versions,
}: Case): readonly Situation[] {
  const expected = parseTable(text, protocols);
  return (versions ?? IP_VERSIONS).map((version) => ({
    version,
    expected,
    packets: expected.map((cell, i) => packetOf(cell, version, FIRST_SOURCE_PORT + i)),
  }));
}

const PROTOCOLS: Readonly<Record<ProtocolName, number>> = { tcp: TCP, udp: UDP, sctp: SCTP };

/** Every cell has a port of its own, so that no probe is an answer to another. */
const FIRST_SOURCE_PORT = 20_000;

/** The first packet of a connection, as the node meets it; a pod that asks itself does so by way of the node. */
function packetOf({ from, to, service }: Probe, version: IpVersion, sourcePort: number): Packet {
  return {
    source: parseIp(addressOf(from, version))!,
    destination: parseIp(addressOf(to, version))!,
    protocol: PROTOCOLS[service.protocol],
    sourcePort,
    destinationPort: service.port,
    icmp: undefined,
    arrivesBy: interfaceOf(from),
    leavesBy: "eth0",
  };
}

/** The table that was observed in place of the expected one: `allowed` by cells in its order. */
export function observed({ expected }: Situation, allowed: readonly boolean[]): Table {
  return expected.map((cell, i) => ({ ...cell, allowed: allowed[i]! }));
}
