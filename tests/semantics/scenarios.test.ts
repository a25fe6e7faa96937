import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import type { ClusterModel } from "../../compiler/ir/cluster-model.ts";
import type { Ip } from "../../compiler/net/cidr.ts";
import { parseIp } from "../../compiler/net/ip.ts";
import { evaluate } from "../../compiler/semantics/evaluator/evaluate.ts";
import type { Packet } from "../../compiler/semantics/packet.ts";
import { fixtureSteps } from "../fixtures.ts";
import { SCENARIOS, type Scenario, type Verdict } from "../kernel/scenarios.ts";

const PROTOCOLS = { tcp: 6, udp: 17, icmp: { 4: 1, 6: 58 } } as const;
const ECHO_REQUEST = { 4: { type: 8, code: 0 }, 6: { type: 128, code: 0 } } as const;

function packetOf(model: ClusterModel, { node }: Scenario, verdict: Verdict): Packet {
  const source = address(verdict.source);
  const { version } = source;
  const isIcmp = verdict.protocol === "icmp";
  const workload = [...model.all("workload-endpoint").values()].find(
    (endpoint) => endpoint.node === node && endpoint.workload === verdict.from,
  );
  return {
    source,
    destination: address(verdict.address),
    protocol: verdict.protocol === "icmp" ? PROTOCOLS.icmp[version] : PROTOCOLS[verdict.protocol],
    sourcePort: isIcmp ? undefined : 40_000,
    destinationPort: isIcmp ? undefined : verdict.port,
    icmp: isIcmp ? ECHO_REQUEST[version] : undefined,
    arrivesBy:
      verdict.from === "host" ? undefined : verdict.from === "outside" ? "eth0" : workload!.interfaceName,
    leavesBy: "eth0",
  };
}

function address(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`not an address: ${text}`);
  return ip;
}

describe.each(SCENARIOS)("the evaluator agrees with the kernel: $fixture on $node", (scenario) => {
  const { files } = fixtureSteps().find(({ name }) => name === scenario.fixture)!;
  const { model, nodes } = compile(files, {
    features: DEFAULT_FEATURES,
    compilerVersion: "test",
    nodes: [scenario.node],
  });
  const { settings } = nodes[0]!.ir;

  test.each(scenario.verdicts)("$says", (verdict) => {
    const packet = packetOf(model, scenario, verdict);
    const { allowed, decisions } = evaluate(model, settings, scenario.node, packet);
    expect({ allowed, decisions }).toMatchObject({ allowed: verdict.allowed });
  });
});
