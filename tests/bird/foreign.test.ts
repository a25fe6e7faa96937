import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { printSecrets } from "../../compiler/backends/bird/secrets.ts";
import { birdSecrets, compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { runTool } from "../../runtime/host/run.ts";
import { Namespace } from "../kernel/namespace.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { resource } from "../rib/random-resource.ts";
import { establishedSessions } from "../rib/read-birdc.ts";
import { type ForeignSpeaker, LINK, poll } from "./foreign.ts";
import { FRR, missingFrr } from "./frr.ts";
import { GOBGP } from "./gobgp.ts";

const PATIENCE_MS = 40_000;
const [node4, node6] = LINK.node.addresses;
const BLOCKS = { "10.20.0.0/26": ["64512:100", "64512:1:2"], "fd20::1:0/122": ["64512:100"] };

const password = { secretKeyRef: { name: "bgp", key: "tor" } };
const RESOURCES = [
  resource("BGPConfiguration", "default", {
    asNumber: LINK.node.asNumber,
    nodeToNodeMeshEnabled: false,
    prefixAdvertisements: [
      { cidr: "10.20.0.0/16", communities: BLOCKS["10.20.0.0/26"] },
      { cidr: "fd20::/48", communities: BLOCKS["fd20::1:0/122"] },
    ],
  }),
  resource("IPPool", "four", { cidr: "10.20.0.0/16", blockSize: 26 }),
  resource("IPPool", "six", { cidr: "fd20::/48", blockSize: 122 }),
  resource("Node", "n0", { bgp: { ipv4Address: `${node4}/24`, ipv6Address: `${node6}/64` } }),
  ...LINK.router.addresses.map((peerIP, index) =>
    resource("BGPPeer", `tor-${index}`, { peerIP, asNumber: LINK.router.asNumber, password }),
  ),
  ...Object.keys(BLOCKS).map((cidr, index) =>
    resource("BlockAffinity", `block-${index}`, { cidr, node: "n0", state: "confirmed", type: "host" }),
  ),
];

const atEnd: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of atEnd.splice(0).reverse()) await end();
});

/** Two namespaces with a link between them: the node's and the router's. */
async function link(): Promise<{ readonly node: Namespace; readonly router: Namespace }> {
  const node = await Namespace.create("node");
  atEnd.push(() => node.close());
  const router = await Namespace.create("router");
  atEnd.push(() => router.close());
  await node.run("ip", ["link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", router.name]);
  for (const [space, { addresses }] of [
    [node, LINK.node],
    [router, LINK.router],
  ] as const) {
    await space.run("ip", ["link", "set", "eth0", "up"]);
    await space.run("ip", ["addr", "add", `${addresses[0]}/24`, "dev", "eth0"]);
    await space.run("ip", ["addr", "add", `${addresses[1]}/64`, "dev", "eth0", "nodad"]);
  }
  return { node, router };
}

/** Starts BIRD with the node's compiled file; returns how to ask it. */
async function startBird(node: Namespace, directory: string): Promise<(command: string) => Promise<string>> {
  const files = [{ path: "all.yaml", text: RESOURCES.map((one) => JSON.stringify(one)).join("\n---\n") }];
  const { nodes, diagnostics } = compile(files, { features: DEFAULT_FEATURES, compilerVersion: "test" });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const { artifacts = [], ir } = nodes[0]!;
  const config = join(directory, "bird.conf");
  await writeFile(config, artifacts.find(({ path }) => path === "bird.conf")!.text);
  const secrets = birdSecrets(ir.bgp!).map(({ symbol }): [string, string] => [symbol, LINK.password]);
  await writeFile(join(directory, "bird.secrets.conf"), printSecrets(new Map(secrets)));
  const socket = join(directory, "bird.ctl");
  const args = ["netns", "exec", node.name, "bird", "-f", "-c", config, "-s", socket];
  stopAtEnd(spawn("ip", args, { stdio: "ignore" }));
  return async (command) => (await runTool("birdc", ["-s", socket, ...command.split(" ")])).stdout;
}

function stopAtEnd(child: ReturnType<typeof spawn>): void {
  const ended = new Promise((resolve) => child.once("exit", resolve));
  atEnd.push(() => {
    if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
    child.kill("SIGKILL");
    return ended;
  });
}

function missingFor({ tools }: ForeignSpeaker): string | undefined {
  return missingForKernelTests(["ip", "bird", "birdc", ...tools]);
}

describe.each([
  { title: GOBGP.title, foreign: GOBGP, missing: missingFor(GOBGP) },
  { title: FRR.title, foreign: FRR, missing: missingFor(FRR) ?? missingFrr },
])("$title", ({ foreign, missing }) => {
  test.skipIf(missing !== undefined)(
    `speaks with the node over both IP versions, with passwords and communities${missing === undefined ? "" : ` (${missing})`}`,
    { timeout: 3 * PATIENCE_MS },
    async () => {
      const directory = await mkdtemp(join(tmpdir(), "calico-foreign-"));
      atEnd.push(() => rm(directory, { recursive: true, force: true }));
      const { node, router } = await link();
      const birdc = await startBird(node, directory);
      const daemon = await foreign.start(router, directory);
      stopAtEnd(daemon.process);

      const theirs = await poll(daemon.established, (all) => all.length === 2, PATIENCE_MS);
      expect([...theirs].sort()).toEqual([node4, node6]);
      expect(establishedSessions(await birdc("show protocols"))).toHaveLength(2);

      for (const [prefix, communities] of Object.entries(BLOCKS)) {
        const arrived = await poll(() => daemon.communitiesOf(prefix), Boolean, PATIENCE_MS);
        expect({ prefix, communities: arrived }).toEqual({ prefix, communities: [...communities].sort() });
      }
      for (const [index, prefix] of LINK.announced.entries()) {
        const route = await poll(
          () => birdc(`show route all ${prefix}`),
          (text) => text.includes("BGP.large_community"),
          PATIENCE_MS,
        );
        expect(route).toContain(`BGP.as_path: ${LINK.router.asNumber}`);
        expect(route).toMatch(/BGP\.community: \(65001,77\)\n/);
        expect(route).toMatch(/BGP\.large_community: \(65001, 7, 8\)\n/);
        const version = index === 0 ? "-4" : "-6";
        const installed = await node.run("ip", [version, "route", "show", prefix]);
        expect(installed).toMatch(/via \S+ dev eth0 proto bird/);
      }
    },
  );
});
