import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { canonicalState } from "../../compiler/backends/iptables/canonical.ts";
import { iptablesBackend } from "../../compiler/backends/iptables/index.ts";
import {
  birdSecrets,
  compile,
  type HostFeatures,
  type NodeCompilation,
  printSecrets,
} from "../../compiler/index.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { Namespace } from "../kernel/namespace.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { loadRules, readRules } from "../kernel/stock-tools.ts";
import { drawFrom } from "./draw.ts";
import { hostileCluster } from "./inputs.ts";

const CASES = 18;
const SEED = Number(process.env.HOSTILE_SEED ?? 1);

const missing = missingForKernelTests([
  "ip",
  "ipset",
  "nft",
  "bird",
  "iptables-nft-restore",
  "iptables-legacy-restore",
]);
const because = missing === undefined ? "" : ` (${missing})`;

const directory = await mkdtemp(join(tmpdir(), "calico-hostile-tools-"));
afterAll(() => rm(directory, { recursive: true, force: true }));

/** Nodes whose artifacts hold a hostile text, or lack what it stood for. */
function* nodesWithArtifacts(features: HostFeatures, seed: number): Generator<NodeCompilation, never> {
  for (let nth = 0; ; nth++) {
    const { nodes } = compile(hostileCluster(drawFrom(seed * 1_000_003 + nth)), {
      features,
      compilerVersion: "test",
    });
    const node = nodes.find(({ artifacts }) => artifacts !== undefined);
    if (node !== undefined) yield node;
  }
}

async function inNamespace(body: (space: Namespace) => Promise<void>): Promise<void> {
  const space = await Namespace.create("hostile");
  try {
    await body(space);
  } finally {
    await space.close();
  }
}

describe.skipIf(missing !== undefined)(
  `the stock tools take what comes of hostile clusters as it is meant${because}`,
  () => {
    test.each(["nft", "legacy"] as const)(
      `${CASES} cases, iptables-%s`,
      async (variant) => {
        const nodes = nodesWithArtifacts(await detectFeatures(variant), variant === "nft" ? SEED : SEED + 1);
        let speakers = 0;
        for (let nth = 0; nth < CASES; nth++) {
          const { node, artifacts = [], ir } = nodes.next().value;
          await inNamespace(async (space) => {
            await loadRules(space, variant, artifacts);
            const meant = canonicalState(iptablesBackend.parse(artifacts));
            expect(await readRules(space, variant), node).toEqual(meant);

            const config = artifacts.find(({ path }) => path === "bird.conf")?.text;
            if (config === undefined) return;
            speakers++;
            const secrets = new Map(birdSecrets(ir.bgp).map(({ symbol }) => [symbol, "s3cret"]));
            await writeFile(join(directory, "bird.conf"), config);
            await writeFile(join(directory, "bird.secrets.conf"), printSecrets(secrets));
            await space.run("bird", ["-p", "-c", join(directory, "bird.conf")]);
          });
        }
        expect(speakers).toBeGreaterThan(CASES / 3);
      },
      120_000,
    );
  },
);
