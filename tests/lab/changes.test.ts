import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import type { SourceFile } from "../../compiler/index.ts";
import { processesIn } from "../../runtime/host/network-space.ts";
import { runTool } from "../../runtime/host/run.ts";
import { cluster, podAddresses, type TestPod } from "./cluster.ts";
import { stream, uptimes } from "./steadiness.ts";
import { missingForLab, TestLab } from "./test-lab.ts";

const CLIENT: TestPod = { name: "client", node: 1, host: 2 };
const SERVER: TestPod = { name: "server", node: 2, host: 2 };
const LEAVING: TestPod = { name: "leaving", node: 3, host: 2 };
const ARRIVING: TestPod = { name: "arriving", node: 3, host: 3 };

const peer = (name: string, peerIP: string, asNumber: number): SourceFile => ({
  path: `${name}.yaml`,
  text: `apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: { name: ${name} }
spec: { peerIP: ${peerIP}, asNumber: ${asNumber}, filters: [border] }
`,
});

const filter = (cidr: string): SourceFile => ({
  path: "filter.yaml",
  text: `apiVersion: projectcalico.org/v3
kind: BGPFilter
metadata: { name: border }
spec: { exportV4: [{ action: Reject, matchOperator: In, cidr: ${cidr} }] }
`,
});

const POLICY: SourceFile = {
  path: "policy.yaml",
  text: `apiVersion: projectcalico.org/v3
kind: NetworkPolicy
metadata: { name: only-http, namespace: web }
spec:
  selector: app == 'arriving'
  ingress: [{ action: Allow, protocol: TCP, destination: { ports: [8080] } }]
`,
};

describe.skipIf(missingForLab !== undefined)(
  `a lab under change${missingForLab === undefined ? "" : ` (${missingForLab})`}`,
  () => {
    let made: TestLab | undefined;
    const lab = async (): Promise<TestLab> => {
      made ??= await TestLab.create();
      return made;
    };
    afterAll(async () => made?.close());

    const differences = async () =>
      (await (await lab()).probe()).probes.filter(({ expected, measured }) => expected !== measured);

    test("a filter, a peer, a policy, pods that come and go: other sessions stay, no packet of others is lost", async () => {
      const tested = await lab();
      const old = [peer("border", "172.29.0.1", 64999), filter("10.77.0.0/16")];
      await tested.up([cluster([1, 2, 3], [CLIENT, SERVER, LEAVING]), ...old]);
      expect(await differences()).toEqual([]);
      const before = uptimes(await tested.status());
      expect(before.size).toBe(3 * 2 * 2 + 3);
      const ends = podAddresses(SERVER).map((address) => stream(`${tested.name}-pod-web.client`, address));

      await tested.up([
        cluster([1, 2, 3], [CLIENT, SERVER, ARRIVING]),
        ...[peer("border", "172.29.0.1", 64999), peer("second", "172.29.0.2", 64998)],
        ...[filter("10.29.1.0/24"), POLICY],
      ]);

      for (const end of ends) {
        const { sent, lost } = await end();
        expect(sent).toBeGreaterThan(100);
        expect(lost).toBe(0);
      }
      const after = uptimes(await tested.status());
      expect(Object.fromEntries([...after].filter(([name]) => before.has(name)))).toEqual(
        Object.fromEntries(before),
      );
      expect(after.size).toBe(before.size + 3);
      expect(await differences()).toEqual([]);
      const left = tested.leftovers().join("\n");
      expect(left).toContain(`namespace ${tested.name}-pod-web.arriving`);
      expect(left).not.toContain("web.leaving");
    }, 120_000);

    test("the filter does in the router what it says", async () => {
      const { stdout } = await (await lab()).exec("172.29.0.1", [
        "ip",
        "-4",
        "route",
        "show",
        "proto",
        "bird",
      ]);
      expect(stdout).toContain("10.29.2.0/26");
      expect(stdout).not.toContain("10.29.1.0/26");
    });

    test("a wire that is cut and mended: packets flow again, without a word from anybody", async () => {
      const tested = await lab();
      const record = JSON.parse(
        readFileSync(join(tested.directory, "labs", tested.name, "lab.json"), "utf8"),
      ) as { plan: { nodes: { name: string; interfaces: { port: string }[] }[] } };
      const { port } = record.plan.nodes.find(({ name }) => name === "n2")!.interfaces[0]!;
      const wire = async (state: "up" | "down") =>
        runTool("ip", ["-n", `${tested.name}-fabric`, "link", "set", port, state]);
      expect(await wire("down")).toMatchObject({ code: 0 });
      await sleep(1000);
      const cut = await differences();
      expect(cut.map(({ from, to }) => [from, to].some((end) => /n2|server/.test(end)))).not.toContain(false);
      expect(cut.length).toBeGreaterThan(0);
      await wire("up");
      await healed(differences);
    }, 120_000);

    test("a BIRD that is killed: packets flow on while it is dead, and up brings it back", async () => {
      const tested = await lab();
      const space = `${tested.name}-node-n2`;
      const own = (await processesIn([space])).get(space) ?? [];
      expect(own).toHaveLength(1);
      process.kill(own[0]!, "SIGKILL");
      await sleep(500);
      const { nodes } = await tested.status();
      expect(nodes.find(({ name }) => name === "n2")).toMatchObject({ bird: false });
      // Peers keep the routes of one that restarts gracefully, and the kernel those of its own daemon.
      expect(await differences()).toEqual([]);
      expect((await tested.run("up", ["-f", tested.resources])).code).toBe(0);
      expect((await tested.status()).sessions.map(({ bgpState }) => bgpState)).not.toContain("Active");
      expect(await differences()).toEqual([]);
    }, 120_000);

    test("a node that leaves and one that joins: the others stay as they are", async () => {
      const tested = await lab();
      const before = uptimes(await tested.status());
      await tested.up([cluster([1, 2, 4], [CLIENT, SERVER])]);
      const after = uptimes(await tested.status());
      const stayed = (of: ReadonlyMap<string, string>) =>
        [...of].filter(([name]) => /^n[12] Mesh_.*1[12]$/.test(name));
      expect(stayed(after)).toHaveLength(4);
      expect(stayed(after)).toEqual(stayed(before));
      expect(await differences()).toEqual([]);
      const left = tested.leftovers().join("\n");
      expect(left).not.toMatch(/node-n3|router-/);
      expect(await tested.run("down")).toMatchObject({ code: 0 });
      expect(tested.leftovers()).toEqual([]);
    }, 120_000);
  },
);

/** Within 20 s: BIRD looks at the kernel every 2 s, and a session is tried again every 5 s. */
async function healed(differences: () => Promise<readonly unknown[]>): Promise<void> {
  for (const end = Date.now() + 20_000; ; await sleep(1000)) {
    const left = await differences();
    if (left.length === 0) return;
    if (Date.now() > end) expect(left).toEqual([]);
  }
}
