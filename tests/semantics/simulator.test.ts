import { describe, expect, test } from "vitest";
import type { Ip } from "../../compiler/net/cidr.ts";
import { compareIp } from "../../compiler/net/ip.ts";
import { membershipOf } from "../../compiler/semantics/simulator/membership.ts";
import { readDataplanes } from "../../compiler/semantics/simulator/read.ts";
import { simulate } from "../../compiler/semantics/simulator/run.ts";
import { SCENARIOS, type Scenario } from "../kernel/scenarios.ts";
import { addressOf, compileScenario, packetOf } from "./scenario-packets.ts";

function ownAddresses({ hostAddresses }: Scenario): readonly Ip[] {
  return ["127.0.0.1", "::1", ...hostAddresses].map((address) => addressOf(address.split("/")[0]!));
}

describe.each(SCENARIOS)("the emitted text gives the kernel's verdicts: $fixture on $node", (scenario) => {
  const { model, compiled } = compileScenario(scenario);
  const dataplanes = readDataplanes(compiled.artifacts!);
  const own = ownAddresses(scenario);

  test.each(scenario.verdicts)("$says", (verdict) => {
    const packet = packetOf(model, scenario, verdict);
    const dataplane = dataplanes[packet.source.version];
    const { allowed, visits } = simulate(dataplane, packet, {
      isLocalAddress: (ip) => own.some((address) => compareIp(address, ip) === 0),
      isMember: membershipOf(dataplane.sets),
    });
    const trace = visits.flatMap(({ hook, table, steps }) =>
      steps.map(({ rule }) => `${table} ${hook} ${rule.line}: ${rule.text}`),
    );
    expect({ allowed, trace }).toMatchObject({ allowed: verdict.allowed });
  });
});
