import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { iptablesBackend } from "../../compiler/backends/iptables/index.ts";
import { diffRouting } from "../../compiler/backends/routes/diff.ts";
import {
  answersIn,
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
  formatIp,
  type NodeCompilation,
} from "../../compiler/index.ts";
import type { ClusterModel } from "../../compiler/ir/cluster-model.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { runTool } from "../../runtime/host/run.ts";
import { fixtureSteps } from "../fixtures.ts";
import { missingForKernelTests } from "./requirements.ts";
import { TestHost } from "./test-host.ts";

const missing = missingForKernelTests(["ip", "ipset", "iptables-restore", "bridge", "nft"]);

/** A host with the links that a node's artifacts expect, and nothing of ours on it. */
async function hostFor(
  model: ClusterModel,
  { ir }: NodeCompilation,
  variant: "nft" | "legacy",
): Promise<TestHost> {
  return TestHost.create({
    variant,
    hostAddresses: hostAddresses(model, ir.node),
    outsideAddresses: [],
    workloads: ir.workloads.map(({ interfaceName }) => ({
      name: interfaceName,
      interfaceName,
      addresses: [],
    })),
  });
}

/** Files that no tool of this suite loads. */
const OF_OTHERS = ["bird.conf", "manifest.json"];

/** Of nodes without BGP, whose resources say nothing of the networks of their addresses. */
const ADDRESSES: Readonly<Record<string, readonly string[]>> = {
  "db-1": ["10.0.1.11/24"],
  "db-2": ["10.0.1.12/24"],
  "web-1": ["10.0.2.11/24"],
};

/** Of `eth0`. */
function hostAddresses(model: ClusterModel, name: string): readonly string[] {
  const bgp = model.all("node").get(name)?.bgp;
  const spoken = [bgp?.ipv4, bgp?.ipv6].filter((address) => address !== undefined);
  if (spoken.length === 0) return ADDRESSES[name] ?? [];
  return spoken.map(({ ip, length }) => `${formatIp(ip)}/${length}`);
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
  for (const query of [...HOST_QUERIES, sysctlQuery(links, DEFAULT_OWNERSHIP)]) {
    const { command, input = "", optional } = query;
    const [tool = "", ...args] = command;
    const { code, stdout, stderr } = await runTool(tool, args, { netns: host.name, input });
    if (code !== 0 && !optional && tool !== "sysctl") throw new Error(`${command.join(" ")}: ${stderr}`);
    if (code === 0 || tool === "sysctl") answers.push(...(answersIn(query, stdout) ?? []));
  }
  return answers;
}

describe.skipIf(missing !== undefined)(
  `the stock tools accept every file of every fixture, and hold what was compiled${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    describe.each(["nft", "legacy"] as const)("%s", (variant) => {
      const loaded = new Set<string>();
      test.for(fixtureSteps())("$name", { timeout: 120_000 }, async ({ files }, { skip }) => {
        const features = await detectFeatures(variant);
        const compilation = compile(files, { features, compilerVersion: "test" });
        const errors = compilation.diagnostics.filter(({ severity }) => severity === "error");
        const lacking = errors.find(({ code }) => code === "routing/unsupported-link");
        if (lacking !== undefined) skip(lacking.message);
        expect(errors).toEqual([]);
        for (const node of compilation.nodes) {
          // Steps of a transition differ mostly in what BIRD is told, which is checked below.
          const files = JSON.stringify(node.artifacts?.filter(({ path }) => !OF_OTHERS.includes(path)));
          if (loaded.has(files)) continue;
          loaded.add(files);
          const host = await hostFor(compilation.model, node, variant);
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
