import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { iptablesBackend } from "../../compiler/backends/iptables/index.ts";
import { diffRouting } from "../../compiler/backends/routes/diff.ts";
import {
  HOST_QUERIES,
  readRouting,
  routesBackend,
  sysctlQuery,
} from "../../compiler/backends/routes/index.ts";
import { DEFAULT_OWNERSHIP } from "../../compiler/backends/routes/ownership.ts";
import {
  type Artifact,
  birdSecrets,
  compile,
  DEFAULT_FEATURES,
  type NodeCompilation,
} from "../../compiler/index.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { runTool } from "../../runtime/host/run.ts";
import { fixtureSteps } from "../fixtures.ts";
import { missingForKernelTests } from "./requirements.ts";
import { TestHost } from "./test-host.ts";

const missing = missingForKernelTests(["ip", "ipset", "iptables-restore", "bridge", "nft"]);

/** A host with the links that a node's artifacts expect, and nothing of ours on it. */
export async function hostFor({ ir }: NodeCompilation, variant: "nft" | "legacy"): Promise<TestHost> {
  return TestHost.create({
    variant,
    hostAddresses: hostAddresses(ir.node),
    outsideAddresses: [],
    workloads: ir.workloads.map(({ interfaceName }) => ({
      name: interfaceName,
      interfaceName,
      addresses: [],
    })),
  });
}

/** The addresses of `eth0` on each node of the fixtures. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  "node-1": ["172.16.1.11/24"],
  "node-2": ["172.16.1.12/24"],
  "worker-1": ["172.16.10.11/24"],
  "worker-2": ["172.16.10.12/24"],
  "worker-3": ["172.16.20.11/24"],
  "rack1-a": ["172.20.0.11/24"],
  "rack2-a": ["172.20.0.12/24"],
  alpha: ["192.168.50.11/24", "2001:db8:50::11/64"],
  beta: ["192.168.50.12/24", "2001:db8:50::12/64"],
  gamma: ["192.168.60.11/24", "2001:db8:60::11/64"],
  "db-1": ["10.0.1.11/24"],
  "db-2": ["10.0.1.12/24"],
  "web-1": ["10.0.2.11/24"],
  "leaf-1": ["172.30.0.11/24", "fd30::11/64"],
  "leaf-2": ["172.30.0.12/24", "fd30::12/64"],
  "leaf-3": ["172.30.0.13/24", "fd30::13/64"],
};

function hostAddresses(node: string): readonly string[] {
  return ADDRESSES[node] ?? [];
}

/** What the host holds after loading, as the stock tools print it, under the names of the artifacts. */
async function savedState({ host }: TestHost, variant: "nft" | "legacy"): Promise<readonly Artifact[]> {
  return [
    { path: "iptables.restore", text: await host.run(`iptables-${variant}-save`, []) },
    { path: "ip6tables.restore", text: await host.run(`ip6tables-${variant}-save`, []) },
    { path: "ipset.restore", text: await host.run("ipset", ["save"]) },
    { path: "arp.nft", text: await host.run("nft", ["list", "table", "arp", "calico-arp"]).catch(() => "") },
  ];
}

/** Links, addresses, neighbours, rules, routes and sysctls as the stock tools answer for them. */
async function queried({ host }: TestHost): Promise<readonly Artifact[]> {
  const answers: Artifact[] = [];
  const links = await host.run("ip", ["-j", "link"]);
  for (const { path, command, optional } of [...HOST_QUERIES, sysctlQuery(links, DEFAULT_OWNERSHIP)]) {
    const [tool = "", ...args] = command;
    const { code, stdout, stderr } = await runTool(tool, args, { netns: host.name });
    if (code !== 0 && !optional && tool !== "sysctl") throw new Error(`${command.join(" ")}: ${stderr}`);
    answers.push({ path, text: code === 0 || tool === "sysctl" ? stdout : "" });
  }
  return answers;
}

describe.skipIf(missing !== undefined)(
  `the stock tools accept every file of every fixture, and hold what was compiled${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    describe.each(["nft", "legacy"] as const)("%s", (variant) => {
      test.each(fixtureSteps())("$name", async ({ files }) => {
        const features = await detectFeatures(variant);
        const compilation = compile(files, { features, compilerVersion: "test" });
        expect(compilation.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
        for (const node of compilation.nodes) {
          const host = await hostFor(node, variant);
          try {
            await host.install(node.artifacts!);
            const saved = iptablesBackend.parse(await savedState(host, variant));
            const compiled = iptablesBackend.parse(node.artifacts!);
            expect(compiled.rulesets[0]!.tables.length).toBeGreaterThan(0);
            expect(saved, node.node).toEqual(compiled);
            const routing = readRouting(await queried(host), node.ir.routing.ownership);
            const wanted = routesBackend.parse(node.artifacts!);
            expect(wanted.routes.length).toBeGreaterThanOrEqual(node.counts.workloads);
            expect(diffRouting(routing, wanted), node.node).toEqual([]);
          } finally {
            await host.close();
          }
        }
      });
    });
  },
);

const withoutBird = missingForKernelTests(["bird"]);

describe.skipIf(withoutBird !== undefined)(
  `BIRD accepts every bird.conf${withoutBird === undefined ? "" : ` (${withoutBird})`}`,
  () => {
    test.each(fixtureSteps())("$name", async ({ files }) => {
      const compilation = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
      for (const { ir, artifacts } of compilation.nodes) {
        const config = artifacts?.find(({ path }) => path === "bird.conf");
        if (config === undefined) continue;
        const directory = await mkdtemp(join(tmpdir(), "calico-bird-"));
        try {
          const secrets = birdSecrets(ir.bgp).map(
            ({ symbol }) => `define ${symbol} = "only for this test";\n`,
          );
          await writeFile(join(directory, "bird.secrets.conf"), secrets.join(""));
          await writeFile(join(directory, config.path), config.text);
          const checked = await runTool("bird", ["-p", "-c", join(directory, config.path)]);
          expect(checked, ir.node).toMatchObject({ code: 0 });
        } finally {
          await rm(directory, { recursive: true, force: true });
        }
      }
    });
  },
);
