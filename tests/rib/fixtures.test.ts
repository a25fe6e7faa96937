import { describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import type { ClusterModel } from "../../compiler/ir/cluster-model.ts";
import type { Ip } from "../../compiler/net/cidr.ts";
import { speakersOf } from "../../compiler/rib.ts";
import { predictRibs } from "../../compiler/semantics/rib/predict.ts";
import type { SpeakerInterface } from "../../compiler/semantics/rib/speaker.ts";
import { fixtureSteps } from "../fixtures.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { compareWithBird } from "./compare.ts";

const missing = missingForKernelTests(["ip", "bird", "birdc"]);

/** A network for each address: many nodes' resources give the bare address. */
function interfacesOf(model: ClusterModel, name: string): readonly SpeakerInterface[] {
  const node = model.all("node").get(name);
  const addresses = [node?.bgp?.ipv4, node?.bgp?.ipv6].filter((address) => address !== undefined);
  const listed =
    node === undefined || node.interfaces.length === 0 ? [{ name: "eth0", addresses }] : node.interfaces;
  return listed.map((one) => ({ ...one, addresses: one.addresses.map(widened) }));
}

function widened({ ip, length }: { readonly ip: Ip; readonly length: number }) {
  const bare = length === (ip.version === 4 ? 32 : 128);
  return { ip, length: bare ? (ip.version === 4 ? 24 : 64) : length };
}

describe.skipIf(missing !== undefined)(
  `BIRD's tables are those that were predicted${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test.each(fixtureSteps())("$name", { timeout: 90_000 }, async ({ files }) => {
      const compilation = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
      const speakers = speakersOf(compilation, {
        interfacesOf: (node) => interfacesOf(compilation.model, node),
      });
      const prediction = predictRibs(speakers);
      expect(prediction.converged).toBe(true);
      const { predicted, measured } = await compareWithBird(speakers, prediction);
      expect(measured).toEqual(predicted);
    });
  },
);
