import { afterAll, describe, expect, test } from "vitest";
import type { SourceFile } from "../../compiler/index.ts";
import { processesIn } from "../../runtime/host/network-space.ts";
import { runTool } from "../../runtime/host/run.ts";
import { cluster, type TestPod } from "./cluster.ts";
import { expectTables } from "./model.ts";
import { missingForLab, type ProbeReport, TestLab } from "./test-lab.ts";

const PODS: readonly TestPod[] = [
  { name: "client", node: 1, host: 2 },
  { name: "server", node: 2, host: 2 },
];
const ROUTER = "172.29.0.1";

const NO_MESH: SourceFile = {
  path: "configuration.yaml",
  text: `apiVersion: projectcalico.org/v3
kind: BGPConfiguration
metadata: { name: default }
spec: { nodeToNodeMeshEnabled: false }
`,
};

/** Who dies is missed at once; what a dead daemon announced is kept for `maxRestartTime`. */
const REFLECTORS: SourceFile = {
  path: "reflectors.yaml",
  text: `apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: { name: to-reflectors }
spec:
  nodeSelector: "!has(route-reflector)"
  peerSelector: has(route-reflector)
  maxRestartTime: 3s
  failureDetectionMode: BFDIfDirectlyConnected
`,
};

/** Each client hears the other's routes from it, too. */
const OVER_ROUTER: SourceFile = {
  path: "router.yaml",
  text: `apiVersion: projectcalico.org/v3
kind: BGPPeer
metadata: { name: router }
spec:
  peerIP: ${ROUTER}
  asNumber: 64999
  nodeSelector: "!has(route-reflector)"
  numAllowedLocalASNumbers: 1
  failureDetectionMode: BFDIfDirectlyConnected
`,
};

describe.skipIf(missingForLab !== undefined)(
  `what is missing in the lab is missed as the model says, and comes back${missingForLab === undefined ? "" : ` (${missingForLab})`}`,
  () => {
    let lab: TestLab;
    afterAll(async () => lab?.close());

    const kill = async (space: string) => {
      const [pid, ...others] = (await processesIn([space])).get(space) ?? [];
      expect(others).toEqual([]);
      process.kill(pid!, "SIGKILL");
    };
    const up = async () => expect(await lab.run("up", ["-f", lab.resources])).toMatchObject({ code: 0 });

    /** Pairs that do not reach each other though the resources without the fault say so, both IP versions. */
    const lost = async () => {
      const { probes } = await lab.probe(["--port", "8080"]);
      return pairs(probes.filter(({ expected, measured }) => expected === "allow" && measured === "deny"));
    };

    test("without a fault", async () => {
      lab = await TestLab.create();
      await lab.up([cluster([1, 2, 3, 4], PODS, [3, 4]), NO_MESH, REFLECTORS, OVER_ROUTER]);
      await expectTables(lab, []);
      expect(await lost()).toEqual([]);
    }, 120_000);

    test("one of two reflectors dies: the other has all routes", async () => {
      await kill(`${lab.name}-node-n4`);
      await expectTables(lab, ["n4"]);
      expect(await lost()).toEqual([]);
      await up();
      await expectTables(lab, []);
    }, 120_000);

    test("a router dies, and comes back", async () => {
      await kill(`${lab.name}-router-${ROUTER}`);
      await expectTables(lab, [ROUTER]);
      expect(await lost()).toEqual([]);
      await up();
      await expectTables(lab, []);
    }, 120_000);

    test("a wire is cut and mended: nobody has the node's routes, and then all is as before", async () => {
      const { plan } = (await lab.files.read())!;
      const { port } = plan.nodes.find(({ name }) => name === "n2")!.interfaces[0]!;
      const wire = async (state: "up" | "down") =>
        runTool("ip", ["-n", plan.fabric.space, "link", "set", port, state]);
      expect(await wire("down")).toMatchObject({ code: 0 });
      await expectTables(lab, ["n2"]);
      const cut = await lost();
      expect(cut).toContain("web/client web/server");
      expect(cut.filter((pair) => !/n2|server/.test(pair))).toEqual([]);
      await wire("up");
      await expectTables(lab, []);
      expect(await lost()).toEqual([]);
    }, 120_000);

    test("the only reflector dies: its clients forget each other's routes, and learn them again", async () => {
      await lab.up([cluster([1, 2, 3, 4], PODS, [3]), NO_MESH, REFLECTORS]);
      await kill(`${lab.name}-node-n3`);
      await expectTables(lab, ["n3"]);
      // Of the lab's pods, each is on a client of the dead reflector.
      expect(await lost()).toEqual(
        expect.arrayContaining(["web/client web/server", "web/server web/client"]),
      );
      await up();
      await expectTables(lab, []);
      expect(await lost()).toEqual([]);
    }, 120_000);

    test("without any session no way between the pods is expected, and none is measured", async () => {
      await lab.up([cluster([1, 2], PODS), NO_MESH]);
      const { probes, differences } = await lab.probe();
      expect(differences).toBe(0);
      const between = probes.filter(({ from, to }) => from === "web/client" && to === "web/server");
      expect(between.map(({ noWay }) => noWay)).toEqual([
        ...[4, 4].map(() => "fabric has no route to 10.29.2.2"),
        ...[6, 6].map(() => "fabric has no route to fd29:1::202"),
      ]);
    }, 120_000);
  },
);

function pairs(probes: ProbeReport["probes"]): readonly string[] {
  return [...new Set(probes.map(({ from, to }) => `${from} ${to}`))].sort();
}
