import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { parseCidr } from "../../compiler/net/cidr.ts";
import { parseIp } from "../../compiler/net/ip.ts";
import { speakersOf } from "../../compiler/rib.ts";
import type { ForeignRouter } from "../../compiler/semantics/rib/foreign.ts";
import { predictRibs } from "../../compiler/semantics/rib/predict.ts";
import type { Speaker } from "../../compiler/semantics/rib/speaker.ts";
import { runTool } from "../../runtime/host/run.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { watch } from "../rib/compare.ts";
import { Fabric } from "../rib/fabric.ts";
import { resource } from "../rib/random-resource.ts";

const missing = missingForKernelTests(["ip", "bird", "birdc"]);

const ROUTER: ForeignRouter = {
  name: "tor",
  asNumber: 65001,
  routerId: { version: 4, value: 0x0a010002 },
  interfaces: [{ name: "eth0", addresses: [{ ip: parseIp("10.1.0.2")!, length: 24 }] }],
  gateways: [],
  announces: [parseCidr("10.20.0.20/32")!],
};

const RESOURCES = [
  resource("BGPConfiguration", "default", { asNumber: 64512, nodeToNodeMeshEnabled: false }),
  resource("IPPool", "pods", { cidr: "10.20.0.0/16", blockSize: 26 }),
  resource("Node", "n0", { bgp: { ipv4Address: "10.1.0.10/24" } }),
  resource("BGPPeer", "tor", { peerIP: "10.1.0.2", asNumber: 65001 }),
  resource("BlockAffinity", "n0-block", {
    cidr: "10.20.0.0/26",
    node: "n0",
    state: "confirmed",
    type: "host",
  }),
  {
    apiVersion: "projectcalico.org/v3",
    kind: "WorkloadEndpoint",
    metadata: { name: "n0-k8s-app-eth0", namespace: "default" },
    spec: {
      node: "n0",
      orchestrator: "k8s",
      pod: "app",
      endpoint: "eth0",
      interfaceName: "cali0",
      ipNetworks: ["10.20.0.20/32"],
      profiles: [],
    },
  },
];

/** The router announces the same prefixes with one more community. */
function changed(speaker: Speaker): Speaker {
  const routines = speaker.config.routines.map((routine) =>
    routine.name === "pass_on"
      ? {
          ...routine,
          body: [
            {
              kind: "extend",
              attribute: "bgp_community",
              method: "add",
              argument: { kind: "community", value: [65001, 9] },
            } as const,
            ...routine.body,
          ],
        }
      : routine,
  );
  return { ...speaker, config: { ...speaker.config, routines } };
}

describe.skipIf(missing !== undefined)(
  `BGP never takes a route of the host's own workload${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    // BIRD replaces whatever has the key in the kernel when a route that it could not add changes.
    test("a neighbour announces a workload's address, and changes its announcement", {
      timeout: 120_000,
    }, async () => {
      const files = [{ path: "all.yaml", text: RESOURCES.map((one) => JSON.stringify(one)).join("\n---\n") }];
      const compilation = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
      expect(compilation.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      const speakers = speakersOf(compilation, { routers: [ROUTER] });
      const later = speakers.map((speaker) => (speaker.name === "tor" ? changed(speaker) : speaker));
      const fabric = await Fabric.start(speakers, new Set());
      try {
        for (const state of [speakers, later]) {
          await fabric.reconfigure(state);
          const prediction = predictRibs(state);
          const { measured, predicted } = await watch(fabric, prediction);
          const { stdout } = await runTool("ip", ["route", "show", "10.20.0.20/32"], {
            netns: fabric.space("n0"),
          });
          expect(stdout.trim()).toBe("10.20.0.20 dev cali0 scope link metric 1024");
          expect(measured).toEqual(predicted);
          expect(prediction.outcome).toBe("one");
        }
      } finally {
        await fabric.stop();
      }
    });
  },
);
