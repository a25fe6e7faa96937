import { describe, expect, test } from "vitest";
import { fixtureSteps } from "../../../tests/fixtures.ts";
import { compile, DEFAULT_FEATURES } from "../../index.ts";
import type { ClusterModel } from "../../ir/cluster-model.ts";
import { type Ip, ipOf } from "../../net/cidr.ts";
import { parseIp } from "../../net/ip.ts";
import { Evaluator } from "../evaluator/evaluate.ts";
import { Host, interfacesOfHost, servedWorkloads } from "../evaluator/host.ts";
import type { ConnectionState, Packet } from "../packet.ts";
import { followPacket } from "./follow.ts";

const OUTSIDE = ["192.0.2.7", "2001:db8:100::5"].map((text) => parseIp(text)!);
const STATES: readonly ConnectionState[] = ["new", "established", "invalid"];

/** Of a node; evenly spread over all of them. */
const MOST_PACKETS = 997;

/** Those of workloads and nodes, of any node, and some of nobody. */
function addressesOf(model: ClusterModel): readonly Ip[] {
  const workloads = [...model.all("workload-endpoint").values()].flatMap(({ addresses }) =>
    addresses.map(ipOf),
  );
  const nodes = [...model.all("node").values()].flatMap(({ interfaces }) =>
    interfaces.flatMap(({ addresses }) => addresses.map(({ ip }) => ip)),
  );
  return [...workloads, ...nodes, ...OUTSIDE];
}

function* packetsOn(host: Host): Generator<Packet, void, undefined> {
  const interfaces = [
    undefined,
    ...servedWorkloads(host).map(({ interfaceName }) => interfaceName),
    ...new Set([...interfacesOfHost(host), "eth9"]),
  ];
  const addresses = addressesOf(host.model);
  const arrivals = interfaces.flatMap((arrivesBy) => addresses.map((source) => ({ arrivesBy, source })));
  for (const { arrivesBy, source } of arrivals)
    for (const [i, destination] of addresses.entries()) {
      if (destination.version !== source.version) continue;
      const common = { source, destination, arrivesBy, leavesBy: "eth0", connection: STATES[i % 3]! };
      for (const destinationPort of [53, 443, 5432])
        yield { ...common, protocol: 6, sourcePort: 40_000, destinationPort, icmp: undefined };
    }
}

describe.each(fixtureSteps())("following packets of $name", ({ files }) => {
  const { model, nodes } = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });

  test.each(nodes)("on $node, each point says what the evaluator's says", ({ node, ir }) => {
    const host = new Host(model, ir.settings, node);
    const evaluator = new Evaluator(host);
    const packets = [...packetsOn(host)];
    const step = Math.ceil(packets.length / MOST_PACKETS);
    for (const packet of packets.filter((_, i) => i % step === 0)) {
      const { isAllowed, met } = followPacket(host, packet);
      const { allowed, decisions } = evaluator.evaluate(packet);
      const followed = met.map(({ point, endpoint, action, reason }) => [
        point,
        endpoint,
        action,
        reason.kind,
      ]);
      const decided = decisions.map(({ point, endpoint, action, reason }) => [
        point,
        endpoint,
        action,
        reason.kind,
      ]);
      expect({ packet, isAllowed, followed }).toEqual({ packet, isAllowed: allowed, followed: decided });
      // Whatever decided is the last that was asked; and all that matched on the way was asked.
      for (const [i, { reason, asked }] of met.entries()) {
        if (reason.kind === "rule") expect(asked.at(-1)?.matched.at(-1)).toBe(reason.rule);
        const passed = asked
          .flatMap(({ matched }) => matched)
          .filter(({ action }) => action === "log" || action === "pass");
        expect(passed).toEqual(decisions[i]!.trail.map(({ rule }) => rule));
      }
    }
    expect(packets.length).toBeGreaterThan(100);
  });
});
