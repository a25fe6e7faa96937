import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Ip } from "../../compiler/net/cidr.ts";
import { parseIp } from "../../compiler/net/ip.ts";
import { ICMP, ICMPV6, TCP, UDP } from "../../compiler/semantics/condition.ts";
import type { Packet } from "../../compiler/semantics/packet.ts";
import { fixtureSteps } from "../fixtures.ts";
import { missingForKernelTests } from "./requirements.ts";
import { SCENARIOS, type Scenario, type Verdict } from "./scenarios.ts";
import { WORLD_TOOLS, World } from "./world.ts";

const missing = missingForKernelTests(WORLD_TOOLS);

function address(text: string): Ip {
  const ip = parseIp(text);
  if (ip === undefined) throw new Error(`not an address: ${text}`);
  return ip;
}

function packetOf({ compilation }: World, { node }: Scenario, verdict: Verdict): Packet {
  const source = address(verdict.source);
  const isIcmp = verdict.protocol === "icmp";
  const [icmp, echoRequest] = source.version === 4 ? [ICMP, 8] : [ICMPV6, 128];
  const workload = [...compilation.model.all("workload-endpoint").values()].find(
    (endpoint) => endpoint.node === node && endpoint.workload === verdict.from,
  );
  return {
    source,
    destination: address(verdict.address),
    protocol: { tcp: TCP, udp: UDP, icmp }[verdict.protocol],
    sourcePort: undefined,
    destinationPort: isIcmp ? undefined : verdict.port,
    icmp: isIcmp ? { type: echoRequest, code: 0 } : undefined,
    arrivesBy:
      verdict.from === "host" ? undefined : verdict.from === "outside" ? "eth0" : workload!.interfaceName,
    leavesBy: "eth0",
  };
}

describe.skipIf(missing !== undefined)(
  `raw packets get the verdicts that real connections get${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    describe.each(["nft", "legacy"] as const)("%s", (variant) => {
      describe.each(SCENARIOS)("$fixture on $node", (scenario) => {
        const { files } = fixtureSteps().find(({ name }) => name === scenario.fixture)!;
        let world: World;
        beforeAll(async () => {
          world = await World.create({ ...scenario, resources: files, variant });
        }, 60_000);
        afterAll(() => world?.close());

        test("every verdict", async () => {
          const packets = scenario.verdicts.map((verdict) => packetOf(world, scenario, verdict));
          const arrived = await world.probe(packets);
          expect(scenario.verdicts.map(({ says }, i) => ({ says, allowed: arrived[i] }))).toEqual(
            scenario.verdicts.map(({ says, allowed }) => ({ says, allowed })),
          );
          expect(await world.disagreements(packets)).toEqual([]);
        });
      });
    });
  },
);
