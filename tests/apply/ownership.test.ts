import { describe, expect, test } from "vitest";
import { applyBundle } from "../../runtime/apply/apply-bundle.ts";
import { differences } from "../../runtime/apply/drift.ts";
import type { AppliedRecord } from "../../runtime/apply/record.ts";
import { DEFAULT_BIRD } from "../../runtime/apply/target.ts";
import { uninstall } from "../../runtime/apply/uninstall.ts";
import { FakeMachine } from "../../runtime/host/fake/fake-host.ts";
import { addDevices } from "./fake-machine.ts";
import { bare, compileTarget, edit, fixtureFiles } from "./plans.ts";
import { wireguardFiles } from "./wireguard.ts";

/** The quickstart's node under a configuration of its cluster. */
function record(spec: string): AppliedRecord {
  const text = `apiVersion: projectcalico.org/v3
kind: FelixConfiguration
metadata: { name: default }
spec: { ${spec} }
`;
  const files = [...fixtureFiles("quickstart/1"), { path: "felix.yaml", text }];
  const { node, artifacts } = compileTarget(files, "node-1");
  return { node, variant: "nft", bird: DEFAULT_BIRD, artifacts };
}

function machineFor(...records: readonly AppliedRecord[]): FakeMachine {
  const machine = new FakeMachine();
  const targets = records.map(({ node, artifacts }) => ({ node, artifacts }));
  for (const to of targets) addDevices(machine, { name: "", from: bare(to.node), to });
  return machine;
}

async function routes(machine: FakeMachine): Promise<string> {
  return (await machine.host().run("ip", ["-4", "-j", "route", "show", "table", "all"])).stdout;
}

/** Node n1 of a cluster whose other nodes have published their keys. */
function wireguardRecord(isOn: boolean): AppliedRecord {
  const on = wireguardFiles("wireguard.cali");
  const files = isOn ? on : edit(on, "wireguardEnabled: true", "wireguardEnabled: false");
  const { node, artifacts } = compileTarget(files, "n1");
  return { node, variant: "nft", bird: DEFAULT_BIRD, artifacts };
}

/** What of the routing table that WireGuard has by default is there, ours and of others. */
async function inTable(machine: FakeMachine): Promise<{ routes: readonly string[]; rules: number }> {
  const rows = async (...args: readonly string[]): Promise<readonly Record<string, string>[]> =>
    JSON.parse((await machine.host().run("ip", ["-4", "-j", ...args])).stdout);
  const found = await rows("route", "show", "table", "all");
  const rules = await rows("rule", "show");
  return {
    routes: found.flatMap(({ table, dst, type }) => (table === "1" && type !== "throw" ? [dst ?? ""] : [])),
    rules: rules.filter(({ table }) => table === "1").length,
  };
}

async function addRoute(machine: FakeMachine, line: string): Promise<void> {
  const result = await machine.host().run("ip", ["-batch", "-"], { input: `route replace ${line}\n` });
  expect(result).toMatchObject({ code: 0 });
}

function workloadDevice({ artifacts }: AppliedRecord): string {
  return artifacts.map(({ text }) => /\bcali[0-9a-f]{11}\b/.exec(text)?.[0]).find(Boolean) ?? "";
}

describe("what is ours is what the cluster says", () => {
  test("routes of others on workload interfaces go, unless removeExternalRoutes is off", async () => {
    for (const [spec, left] of [
      ["removeExternalRoutes: true", false],
      ["removeExternalRoutes: false", true],
    ] as const) {
      const bundle = record(spec);
      const machine = machineFor(bundle);
      const foreign = `10.200.0.0/24 dev ${workloadDevice(bundle)} proto 186`;
      await addRoute(machine, foreign);
      await addRoute(machine, "10.201.0.0/24 dev eth0 proto 186");
      await applyBundle(machine.host(), bundle, false);
      expect((await routes(machine)).includes("10.200.0.0"), spec).toBe(left);
      expect(await routes(machine)).toContain("10.201.0.0");
      await addRoute(machine, foreign);
      expect((await differences(machine.host(), bundle)).map(({ what }) => what)).toEqual(
        left ? [] : [expect.stringContaining("10.200.0.0")],
      );
      // With the dataplane goes the cluster's say.
      await uninstall(machine.host(), DEFAULT_BIRD);
      expect(await routes(machine)).toContain("10.200.0.0");
    }
  });

  test("what was made under other names and protocols goes when they change", async () => {
    const before = record("deviceRouteProtocol: 98");
    const after = record("deviceRouteProtocol: 99");
    const machine = machineFor(before, after);
    await applyBundle(machine.host(), before, false);
    expect(await routes(machine)).toContain('"98"');
    await applyBundle(machine.host(), after, false);
    expect(await routes(machine)).not.toContain('"98"');
    expect(await routes(machine)).toContain('"99"');
    expect(await differences(machine.host(), after)).toEqual([]);
    // A route of the old protocol is somebody else's now.
    await addRoute(machine, "blackhole 10.202.0.0/24 proto 98");
    expect((await applyBundle(machine.host(), after, false)).steps).toEqual([]);
    await uninstall(machine.host(), DEFAULT_BIRD);
    expect(await routes(machine)).not.toContain('"99"');
    expect(await routes(machine)).toContain("10.202.0.0");
  });

  test("the routing table of WireGuard is somebody else's where WireGuard is off, and nothing of ours stays in it", async () => {
    const foreign = "10.203.0.0/24 dev eth0 table 1";
    const [off, on] = [wireguardRecord(false), wireguardRecord(true)];
    const machine = machineFor(off, on);
    await addRoute(machine, foreign);
    await applyBundle(machine.host(), off, false);
    expect(await routes(machine)).toContain("10.203.0.0");

    await applyBundle(machine.host(), on, false);
    expect(await inTable(machine)).toEqual({ routes: ["192.168.2.1/32", "192.168.3.1/32"], rules: 1 });
    await applyBundle(machine.host(), off, false);
    expect(await inTable(machine)).toEqual({ routes: [], rules: 0 });

    // Without a record the rule says whose it is: Felix makes it like this, too.
    await applyBundle(machine.host(), on, false);
    for (const path of machine.files.keys()) if (path.startsWith("/state/")) machine.files.delete(path);
    await uninstall(machine.host(), DEFAULT_BIRD);
    expect(await inTable(machine)).toEqual({ routes: [], rules: 0 });
    await addRoute(machine, foreign);
    await uninstall(machine.host(), DEFAULT_BIRD);
    expect(await routes(machine)).toContain("10.203.0.0");
  });

  test("a manifest that does not say what is ours is refused", async () => {
    const bundle = record("deviceRouteProtocol: 98");
    const machine = machineFor(bundle);
    const artifacts = bundle.artifacts.map(({ path, text }) => ({
      path,
      text: text.replace('"ownership"', '"owner"'),
    }));
    await expect(applyBundle(machine.host(), { ...bundle, artifacts }, false)).rejects.toMatchObject({
      outcome: "untouched",
      message: expect.stringContaining("does not say which routes"),
    });
    expect(await routes(machine)).not.toContain('"98"');
  });
});
