import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, type NodeCompilation } from "../../compiler/index.ts";
import { formatCidr } from "../../compiler/net/cidr.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { fixtureSteps } from "../fixtures.ts";
import { missingForKernelTests } from "./requirements.ts";
import { SCENARIOS, type Scenario, type Verdict } from "./scenarios.ts";
import { TestHost } from "./test-host.ts";

const missing = missingForKernelTests(["ip", "ipset", "iptables-restore", "nft", "ping"]);

/** The compiled node of a scenario, for the host that these tests run on. */
async function compileFor(scenario: Scenario, variant: "nft" | "legacy"): Promise<NodeCompilation> {
  const step = fixtureSteps().find(({ name }) => name === scenario.fixture);
  const compilation = compile(step!.files, {
    features: await detectFeatures(variant),
    compilerVersion: "test",
    nodes: [scenario.node],
  });
  expect(compilation.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return compilation.nodes[0]!;
}

/** Builds the host, wires the world beyond `eth0` to answer for every outside address, and loads the bundle. */
async function installed(scenario: Scenario, variant: "nft" | "legacy"): Promise<TestHost> {
  const compiled = await compileFor(scenario, variant);
  const workloads = compiled.ir.workloads.map(({ workload, interfaceName, addresses }) => ({
    name: workload,
    interfaceName,
    addresses: addresses.map((cidr) => formatCidr(cidr).replace(/\/\d+$/, "")),
  }));
  const host = await TestHost.create({
    variant,
    hostAddresses: scenario.hostAddresses,
    outsideAddresses: scenario.outsideAddresses,
    workloads,
  });
  try {
    await host.install(compiled.artifacts!);
    await routeBothWays(
      host,
      scenario,
      workloads.flatMap(({ addresses }) => addresses),
    );
    for (const verdict of scenario.verdicts) await listenFor(host, verdict);
  } catch (cause) {
    await host.close();
    throw cause;
  }
  return host;
}

async function routeBothWays(
  host: TestHost,
  scenario: Scenario,
  workloads: readonly string[],
): Promise<void> {
  const outside = host.space("outside");
  for (const [family, isOurs] of [
    ["-4", (address: string) => !address.includes(":")],
    ["-6", (address: string) => address.includes(":")],
  ] as const) {
    const bare = (address: string | undefined) => address?.replace(/\/\d+$/, "");
    const inner = bare(scenario.hostAddresses.find(isOurs));
    const outer = bare(scenario.outsideAddresses.find(isOurs));
    if (inner === undefined || outer === undefined) continue;
    await host.host.run("ip", [family, "route", "add", "default", "via", outer, "dev", "eth0"]);
    for (const address of workloads.filter(isOurs))
      await outside.run("ip", [family, "route", "add", address, "via", inner, "dev", "eth0"]);
  }
}

const listening = new WeakMap<TestHost, Set<string>>();

async function listenFor(host: TestHost, { to, protocol, address, port }: Verdict): Promise<void> {
  if (protocol === "icmp") return;
  const open = listening.get(host) ?? new Set();
  listening.set(host, open);
  const key = `${to} ${protocol} ${address} ${port}`;
  if (open.has(key)) return;
  open.add(key);
  await (await host.space(to).prober()).listen(protocol, address, port);
}

async function measure(host: TestHost, verdict: Verdict): Promise<boolean> {
  if (verdict.protocol !== "icmp") return host.reaches({ ...verdict, protocol: verdict.protocol });
  const args = ["-c", "1", "-W", "1", "-n", "-q", "-I", verdict.source, verdict.address];
  return host
    .space(verdict.from)
    .run("ping", args)
    .then(() => true)
    .catch(() => false);
}

const count = SCENARIOS.reduce((sum, { verdicts }) => sum + verdicts.length, 0);

describe.skipIf(missing !== undefined)(
  `real packets obey: ${count} verdicts on each variant${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    describe.each(["nft", "legacy"] as const)("%s", (variant) => {
      describe.each(SCENARIOS)("$fixture on $node", (scenario) => {
        let host: TestHost;
        beforeAll(async () => {
          host = await installed(scenario, variant);
        }, 60_000);
        afterAll(() => host?.close());

        test("every verdict is as the resources say", async () => {
          const measured = await Promise.all(
            scenario.verdicts.map(async (verdict) => ({
              probe: verdict.says,
              allowed: await measure(host, verdict),
            })),
          );
          expect(measured).toEqual(scenario.verdicts.map(({ says, allowed }) => ({ probe: says, allowed })));
        });
      });
    });
  },
);
