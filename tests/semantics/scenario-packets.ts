import { compile, DEFAULT_FEATURES, type NodeCompilation } from "../../compiler/index.ts";
import type { ClusterModel } from "../../compiler/ir/cluster-model.ts";
import type { Ip } from "../../compiler/net/cidr.ts";
import { parseIp } from "../../compiler/net/ip.ts";
import type { Packet } from "../../compiler/semantics/packet.ts";
import { fixtureSteps } from "../fixtures.ts";
import type { Scenario, Verdict } from "../kernel/scenarios.ts";

const PROTOCOLS = { tcp: 6, udp: 17, icmp: { 4: 1, 6: 58 } } as const;
const ECHO_REQUEST = { 4: { type: 8, code: 0 }, 6: { type: 128, code: 0 } } as const;
const UPLINK = "eth0";

/** The scenario's node, compiled from its fixture. */
export function compileScenario({ fixture, node }: Scenario): {
  readonly model: ClusterModel;
  readonly compiled: NodeCompilation;
} {
  const { files } = fixtureSteps().find(({ name }) => name === fixture)!;
  const { model, nodes } = compile(files, {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
    nodes: [node],
  });
  return { model, compiled: nodes[0]! };
}

/** The first packet of what the verdict is about, as the scenario's host meets it. */
export function packetOf(model: ClusterModel, { node }: Scenario, verdict: Verdict): Packet {
  const source = addressOf(verdict.source);
  const { version } = source;
  const isIcmp = verdict.protocol === "icmp";
  const workload = [...model.all("workload-endpoint").values()].find(
    (endpoint) => endpoint.node === node && endpoint.workload === verdict.from,
  );
  const arrivesBy = { host: undefined, outside: UPLINK }[verdict.from] ?? workload?.interfaceName;
  if (arrivesBy === undefined && verdict.from !== "host") throw new Error(`nobody is ${verdict.from}`);
  return {
    source,
    destination: addressOf(verdict.address),
    protocol: verdict.protocol === "icmp" ? PROTOCOLS.icmp[version] : PROTOCOLS[verdict.protocol],
    sourcePort: isIcmp ? undefined : 40_000,
    destinationPort: isIcmp ? undefined : verdict.port,
    icmp: isIcmp ? ECHO_REQUEST[version] : undefined,
    arrivesBy,
    leavesBy: UPLINK,
  };
}

export function addressOf(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`not an address: ${text}`);
  return ip;
}
