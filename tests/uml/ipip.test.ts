import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { DEFAULT_FEATURES } from "../../compiler/index.ts";
import { compileTarget, fixtureFiles } from "../apply/plans.ts";
import { ROOT } from "../fixtures.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import type { Stream, TunnelNode, TunnelReport } from "./tunnels.ts";
import { missingForUml, NotBooted, runInUml } from "./user-mode-linux.ts";

const missing =
  missingForUml ??
  missingForKernelTests([
    "ip",
    "ipset",
    "nft",
    "sysctl",
    "bridge",
    "ping",
    "flock",
    "setpriv",
    "iptables-legacy",
  ]);

/** No BIRD runs there, and the nf_tables of Debian's user-mode kernel knows neither IPv4 nor ARP. */
const NOT_THERE = ["bird.conf", "arp.nft"];

/** Of the fixture `ipip-cross-subnet`. */
function tunnelNode(node: string, address: string, gateway: string, pod: string): TunnelNode {
  const features = { ...DEFAULT_FEATURES, iptablesBackend: "legacy" as const };
  const target = compileTarget(fixtureFiles("ipip-cross-subnet"), node, features);
  const text = target.artifacts.find(({ path }) => path === "ip.batch")?.text ?? "";
  const [, interfaceName = ""] = new RegExp(`^route replace ${pod}/32 dev (\\S+)`, "m").exec(text) ?? [];
  return {
    target: { ...target, artifacts: target.artifacts.filter(({ path }) => !NOT_THERE.includes(path)) },
    address,
    gateway,
    pod: { name: `pod-of-${node}`, interfaceName, addresses: [pod] },
  };
}

const NODES = [
  tunnelNode("east-1", "172.50.1.11/24", "172.50.1.1/24", "10.120.0.9"),
  tunnelNode("east-2", "172.50.1.12/24", "172.50.1.1/24", "10.120.0.17"),
  tunnelNode("west-1", "172.50.2.11/24", "172.50.2.1/24", "10.120.0.25"),
];

test.skipIf(missing !== undefined)(
  `a kernel with IPIP loads it, keeps what was compiled, and wraps packets between subnets${missing === undefined ? "" : ` (${missing})`}`,
  // 40 s on a machine that has nothing else to do.
  { timeout: 300_000 },
  async ({ skip }) => {
    const directory = await mkdtemp(join(tmpdir(), "calico-uml-"));
    try {
      await writeFile(join(directory, "nodes.json"), JSON.stringify(NODES));
      const program = join(directory, "tunnels.mjs");
      await build({
        entryPoints: [join(ROOT, "tests", "uml", "tunnels.ts")],
        outfile: program,
        bundle: true,
        platform: "node",
        format: "esm",
        banner: {
          js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
        },
      });
      const printed = await runInUml(program, directory, 280_000).catch((cause: unknown) => {
        if (cause instanceof NotBooted) skip(cause.message);
        throw cause;
      });
      const file = join(directory, "report.json");
      expect(existsSync(file), printed).toBe(true);
      const { loadedBefore, repeated, streams } = JSON.parse(await readFile(file, "utf8")) as TunnelReport;
      expect(loadedBefore).toBe(false);
      expect(repeated).toEqual({ "east-1": [], "east-2": [], "west-1": [] });
      expect(streams).toEqual([
        { from: "east-1", to: "east-2", answered: 20, tunnelled: 0, routed: { ipip: 0, icmp: 0 } },
        { from: "east-1", to: "west-1", answered: 20, tunnelled: 20, routed: { ipip: 40, icmp: 0 } },
      ] satisfies readonly Stream[]);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
);
