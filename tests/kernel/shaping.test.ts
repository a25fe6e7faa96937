import { describe, expect, test } from "vitest";
import { makeIr, makeWorkload } from "../../compiler/backends/iptables/testing.ts";
import { shapingBackend } from "../../compiler/backends/shaping/index.ts";
import { DEFAULT_FEATURES } from "../../compiler/dataplane/features.ts";
import { DiagnosticBag } from "../../compiler/diagnostics/bag.ts";
import type { QosControls } from "../../compiler/ir/cluster-model.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { Namespace } from "./namespace.ts";
import { missingForKernelTests } from "./requirements.ts";

const missing = missingForKernelTests(["ip", "tc"]);

/** Loads the limits of one pod, and gives back what the kernel then says of its interface. */
async function load(qos: QosControls): Promise<string> {
  const ir = makeIr({ workloads: [makeWorkload("cali1", { qos })] });
  const context = { features: DEFAULT_FEATURES, report: new DiagnosticBag().report };
  const [file] = shapingBackend.print(shapingBackend.emit(ir, context), "n1");
  const space = await Namespace.create("shaping");
  try {
    await space.run("ip", ["link", "add", "cali1", "type", "veth", "peer", "name", "eth0"]);
    await space.run("tc", ["-batch", "-"], file?.text);
    return (
      (await space.run("tc", ["qdisc", "show", "dev", "cali1"])) +
      (await space.run("tc", ["filter", "show", "dev", "cali1", "ingress"]))
    );
  } finally {
    await space.close();
  }
}

describe.skipIf(missing !== undefined)(
  `the kernel takes bandwidth limits${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test("to the pod", async (context) => {
      const { shaping } = await detectFeatures("nft");
      context.skip(!shaping.includes("tbf"), "the kernel has no tbf");
      expect(await load({ ingress: { bandwidth: 1_000_000, burst: 80_000 }, egress: {} })).toMatch(
        /qdisc tbf 1: root .*rate 1Mbit burst 10000b lat 25(\.\d)?ms/,
      );
      expect(await load({ ingress: { bandwidth: 1_000_000 }, egress: {} })).toMatch(/lat 2[45](\.\d)?ms/);
    });

    test("from the pod", async (context) => {
      const { shaping } = await detectFeatures("nft");
      context.skip(!shaping.includes("police"), "the kernel has no police action");
      expect(await load({ ingress: {}, egress: { bandwidth: 1_000_000, burst: 80_000 } })).toMatch(
        /police .*rate 1Mbit burst 10000b/,
      );
    });
  },
);
