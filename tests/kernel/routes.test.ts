import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Artifact } from "../../compiler/backends/backend.ts";
import { diffRouting } from "../../compiler/backends/routes/diff.ts";
import { answersIn, HOST_QUERIES, readRouting, sysctlQuery } from "../../compiler/backends/routes/index.ts";
import { printRouting } from "../../compiler/backends/routes/print.ts";
import { emit } from "../../compiler/backends/routes/testing.ts";
import type { RoutingState } from "../../compiler/dataplane/routing.ts";
import { resolveFor, sampleCluster } from "../../compiler/engine/routing/testing.ts";
import type { FelixSettings } from "../../compiler/ir/felix-config.ts";
import type { RoutingIr } from "../../compiler/ir/routing-ir.ts";
import { runTool } from "../../runtime/host/run.ts";
import { Namespace } from "./namespace.ts";
import { missingForKernelTests } from "./requirements.ts";

const missing = missingForKernelTests(["ip", "bridge", "sysctl"]);
const because = (reason: string | undefined): string => (reason === undefined ? "" : ` (${reason})`);

/** What the host at hand lacks of the tunnels, tried once in a namespace of its own. */
async function missingLink(kind: string): Promise<string | undefined> {
  if (missing !== undefined) return missing;
  const scratch = await Namespace.create("probe");
  try {
    const { code } = await runTool("ip", ["link", "add", "probe0", "type", kind], { netns: scratch.name });
    return code === 0 ? undefined : `this kernel has no ${kind} devices`;
  } finally {
    await scratch.close();
  }
}

const missingIpip = await missingLink("ipip");
const missingUserspaceWireguard =
  missing ??
  missingForKernelTests(["wg", "wireguard-go"]) ??
  (existsSync("/dev/net/tun") ? undefined : "needs /dev/net/tun");

const open: Namespace[] = [];
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill();
  for (const space of open.splice(0)) await space.close();
});

/** A host whose `eth0` has n1's addresses, and the interfaces that CNI would have made. */
async function host(ir: RoutingIr): Promise<Namespace> {
  const space = await Namespace.create("routes");
  open.push(space);
  const names = new Set(
    ir.routes.flatMap(({ target }) =>
      "dev" in target && target.dev?.startsWith("cali") ? [target.dev] : [],
    ),
  );
  for (const name of ["eth0", ...names]) {
    await space.run("ip", ["link", "add", name, "type", "veth", "peer", "name", `p${name}`.slice(0, 15)]);
    for (const end of [name, `p${name}`.slice(0, 15)]) await space.run("ip", ["link", "set", end, "up"]);
  }
  await space.run("ip", ["addr", "add", "10.0.0.1/24", "dev", "eth0"]);
  await space.run("ip", ["addr", "add", "fd0a::1/64", "dev", "eth0", "nodad"]);
  return space;
}

async function load(space: Namespace, artifacts: readonly Artifact[]): Promise<void> {
  const tools: readonly (readonly [string, string, ...string[]])[] = [
    ["ip.batch", "ip", "-batch"],
    ["ip6.batch", "ip", "-6", "-batch"],
    ["bridge.batch", "bridge", "-batch"],
    ["sysctl.conf", "sysctl", "-q", "-p"],
    ["wireguard/wireguard.cali.conf", "wg", "addconf", "wireguard.cali"],
  ];
  const directory = await mkdtemp(join(tmpdir(), "calico-routes-"));
  try {
    for (const [path, tool, ...args] of tools) {
      const artifact = artifacts.find((a) => a.path === path);
      if (artifact === undefined) continue;
      const file = join(directory, path.replaceAll("/", "-"));
      await writeFile(file, artifact.text);
      await space.run(tool, [...args, file]);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function read(space: Namespace, ir: RoutingIr): Promise<RoutingState> {
  const answers: Artifact[] = [];
  const links = await space.run("ip", ["-j", "link"]);
  for (const query of [...HOST_QUERIES, sysctlQuery(links, ir.ownership)]) {
    const { command, input = "", optional } = query;
    const [tool = "", ...args] = command;
    const { code, stdout, stderr } = await runTool(tool, args, { netns: space.name, input });
    // `sysctl` fails for keys that the kernel lacks, after it has printed all others.
    if (code !== 0 && !optional && tool !== "sysctl") throw new Error(`${command.join(" ")}: ${stderr}`);
    answers.push(...(answersIn(query, stdout) ?? []));
  }
  return readRouting(answers, ir.ownership);
}

/** What the state read back and the state compiled disagree about; sysctls that we do not set say nothing. */
async function differences(space: Namespace, ir: RoutingIr, state: RoutingState): Promise<readonly object[]> {
  const there = await read(space, ir);
  return diffRouting(there, state);
}

function compile(
  workloads: number,
  remotes: number,
  settings: Partial<FelixSettings> = {},
  linkKinds: readonly string[] = ["vxlan"],
): { readonly ir: RoutingIr; readonly state: RoutingState; readonly artifacts: readonly Artifact[] } {
  const objects = sampleCluster(workloads, remotes).filter(
    (object) => object.kind !== "ip-pool" || linkKinds.includes("ipip") || object.ipipMode === "Never",
  );
  const ir = resolveFor("n1", objects, settings);
  const { state } = emit(ir, { linkKinds });
  return { ir, state, artifacts: printRouting(state, "n1") };
}

describe.skipIf(missing !== undefined)(
  `the routing files load, and read back as compiled${because(missing)}`,
  () => {
    test.each([
      ["workloads alone", 3, 0, {}],
      ["VXLAN over both versions", 2, 4, {}],
      ["with a configured MTU", 1, 2, { vxlanMtu: 1400, vxlanMtu6: 1380 }],
      ["with a route protocol of the user", 1, 2, { deviceRouteProtocol: 200 }],
      ["with other priorities", 1, 1, { normalRoutePriority4: 77, normalRoutePriority6: 78 }],
      ["without IPv6", 2, 2, { ipv6Support: false }],
      ["every pool routed here", 1, 2, { programClusterRoutes: "Enabled" as const }],
    ])("%s", async (_, workloads, remotes, settings) => {
      const { ir, state, artifacts } = compile(workloads, remotes, settings);
      const space = await host(ir);
      await load(space, artifacts);
      expect(await differences(space, ir, state)).toEqual([]);
    });

    test("routes without a known interface", async () => {
      const objects = sampleCluster(0, 2).map((object) =>
        object.kind === "node" && object.name === "n1" ? { ...object, interfaces: [] } : object,
      );
      const ir = resolveFor(
        "n1",
        objects.filter((object) => object.kind !== "ip-pool" || object.ipipMode === "Never"),
      );
      const { state } = emit(ir);
      expect(state.routes.some(({ target }) => target.kind === "gateway" && target.dev === undefined)).toBe(
        true,
      );
      const space = await host(ir);
      await load(space, printRouting(state, "n1"));
      expect(await differences(space, ir, state)).toEqual([]);
    });

    test("the rule and the table of WireGuard, but for the device", async () => {
      const { ir, state } = compile(1, 0, { wireguardEnabled: true, wireguardEnabled6: true }, [
        "vxlan",
        "wireguard",
      ]);
      const bare: RoutingState = {
        ...state,
        links: state.links.filter(({ kind }) => kind !== "wireguard"),
        addresses: state.addresses.filter(({ dev }) => !dev.startsWith("w")),
      };
      expect(bare.rules).toHaveLength(2);
      expect(bare.routes.filter(({ target }) => target.kind === "throw").length).toBeGreaterThan(0);
      const space = await host(ir);
      await load(space, printRouting(bare, "n1"));
      expect(await differences(space, ir, bare)).toEqual([]);
    });

    test("what others have put there is not read, and a changed object is", async () => {
      const { ir, state, artifacts } = compile(1, 1);
      const space = await host(ir);
      await load(space, artifacts);
      for (const foreign of [
        ["route", "add", "10.99.0.0/16", "via", "10.0.0.9", "proto", "bird"],
        ["route", "add", "blackhole", "10.98.0.0/16"],
        ["rule", "add", "priority", "50", "fwmark", "0x1", "lookup", "7"],
        ["addr", "add", "10.97.0.1/24", "dev", "eth0"],
        ["neigh", "add", "10.0.0.77", "lladdr", "66:00:00:00:00:77", "dev", "eth0", "nud", "permanent"],
      ])
        await space.run("ip", foreign);
      expect(await differences(space, ir, state)).toEqual([]);
      await space.run("ip", ["route", "replace", "192.168.2.0/26", "via", "10.0.0.9", "proto", "80"]);
      await space.run("ip", ["link", "set", "vxlan.calico", "address", "66:00:00:00:00:01"]);
      const found = diffRouting(await read(space, ir), state).map(({ op, object }) => `${op} ${object.kind}`);
      expect(found[0]).toBe("recreate link");
    });
  },
);

describe.skipIf(missingIpip !== undefined)(
  `IPIP loads, and reads back as compiled${because(missingIpip)}`,
  () => {
    test("tunl0, its address and routes", async () => {
      const { ir, state, artifacts } = compile(1, 2, { ipipMtu: 1400 }, ["vxlan", "ipip"]);
      const space = await host(ir);
      await load(space, artifacts);
      expect(await differences(space, ir, state)).toEqual([]);
    });
  },
);

describe.skipIf(missingUserspaceWireguard !== undefined)(
  `WireGuard in userspace takes port, mark and peers${because(missingUserspaceWireguard)}`,
  () => {
    test("and reads back as compiled", async () => {
      const { ir, state, artifacts } = compile(1, 3, { wireguardEnabled: true, wireguardKeepAlive: 25 }, [
        "vxlan",
        "wireguard",
      ]);
      const space = await host(ir);
      await startWireguard(space, "wireguard.cali");
      // The device is there already, made by the daemon instead of by the kernel.
      const adapted = artifacts.map(({ path, text }) => ({
        path,
        text: text.replace("link add wireguard.cali type wireguard\n", ""),
      }));
      await load(space, adapted);
      // No file holds the key.
      expect(await differences(space, ir, state)).toMatchObject([
        { op: "replace", was: { value: { publicKey: "" } } },
      ]);
      await space.run("sh", ["-c", "wg genkey | wg set wireguard.cali private-key /dev/stdin"]);
      expect(await differences(space, ir, state)).toEqual([]);
    });
  },
);

/** The daemon's control socket is a file, so `wg` finds it from any namespace. */
async function startWireguard(space: Namespace, dev: string): Promise<void> {
  const [tool = "", ...args] = ["ip", "netns", "exec", space.name, "wireguard-go", "-f", dev];
  const child = spawn(tool, args, {
    stdio: "ignore",
    env: { ...process.env, WG_I_PREFER_BUGGY_USERSPACE_TO_POLISHED_KMOD: "1" },
  });
  children.push(child);
  for (let i = 0; i < 100; i++) {
    if (existsSync(`/var/run/wireguard/${dev}.sock`)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("wireguard-go did not start");
}
