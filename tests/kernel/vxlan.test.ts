import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { printRouting } from "../../compiler/backends/routes/print.ts";
import { emit } from "../../compiler/backends/routes/testing.ts";
import { block, endpoint, ip, node, pool, resolveFor } from "../../compiler/engine/routing/testing.ts";
import type { EncapMode, ModelObject } from "../../compiler/ir/cluster-model.ts";
import { Namespace } from "./namespace.ts";
import { missingForKernelTests } from "./requirements.ts";

const missing = missingForKernelTests(["ip", "bridge", "sysctl"]);

/** Two nodes on one wire, a workload on each; everything else is what the compiler makes of it. */
function cluster(vxlanMode: EncapMode): readonly ModelObject[] {
  return [
    pool("v4", "192.168.0.0/16", { vxlanMode }),
    pool("v6", "fd00::/16", { vxlanMode }),
    ...[1, 2].flatMap((i) => [
      node(`n${i}`, [`10.0.0.${i}/24`, `fd0a::${i}/64`], {
        vxlanTunnelAddress4: ip(`192.168.${i}.0`),
        vxlanTunnelAddress6: ip(`fd00:${i}::`),
      }),
      block(`192.168.${i}.0/26`, `n${i}`),
      block(`fd00:${i}::/122`, `n${i}`),
      endpoint(`n${i}`, "w", [`192.168.${i}.5`, `fd00:${i}::5`]),
    ]),
  ];
}

/** The gateway of every workload: all host-side ends have the same MAC, hence the same link-local address. */
const VETH_MAC = "ee:ee:ee:ee:ee:ee";
const VETH_LINK_LOCAL = "fe80::ecee:eeff:feee:eeee";

class Lab {
  readonly hosts: Namespace[] = [];
  readonly workloads: Namespace[] = [];

  async build(vxlanMode: EncapMode): Promise<void> {
    const objects = cluster(vxlanMode);
    for (const i of [1, 2]) {
      this.hosts.push(await Namespace.create(`vx${i}`));
      this.workloads.push(await Namespace.create(`vw${i}`));
    }
    const [first, second] = this.hosts;
    await first!.run("ip", [
      "link",
      "add",
      "eth0",
      "type",
      "veth",
      "peer",
      "name",
      "eth0",
      "netns",
      second!.name,
    ]);
    for (const i of [1, 2]) {
      const host = this.hosts[i - 1]!;
      for (const address of [`10.0.0.${i}/24`, `fd0a::${i}/64`])
        await host.run("ip", [
          "addr",
          "add",
          address,
          "dev",
          "eth0",
          ...(address.includes(":") ? ["nodad"] : []),
        ]);
      await host.run("ip", ["link", "set", "eth0", "up"]);
      // The kernel answers ARP for 169.254.1.1 only if it has a route to it, which on a host is the default route.
      await host.run("ip", ["route", "add", "default", "via", "10.0.0.254"]);
      await attach(host, this.workloads[i - 1]!, i);
      const { state } = emit(resolveFor(`n${i}`, objects));
      await load(host, new Map(printRouting(state, `n${i}`).map(({ path, text }) => [path, text])));
    }
  }

  async close(): Promise<void> {
    for (const space of [...this.workloads, ...this.hosts]) await space.close();
  }
}

async function attach(host: Namespace, workload: Namespace, i: number): Promise<void> {
  await host.run("ip", [
    "link",
    "add",
    "caliw",
    "type",
    "veth",
    "peer",
    "name",
    "eth0",
    "netns",
    workload.name,
  ]);
  await host.run("ip", ["link", "set", "caliw", "address", VETH_MAC, "up"]);
  await workload.run("ip", ["link", "set", "eth0", "up"]);
  for (const address of [`192.168.${i}.5/32`, `fd00:${i}::5/128`])
    await workload.run("ip", [
      "addr",
      "add",
      address,
      "dev",
      "eth0",
      ...(address.includes(":") ? ["nodad"] : []),
    ]);
  await workload.run("ip", ["route", "add", "169.254.1.1", "dev", "eth0", "scope", "link"]);
  await workload.run("ip", ["route", "add", "default", "via", "169.254.1.1", "dev", "eth0"]);
  await workload.run("ip", ["-6", "route", "add", "default", "via", VETH_LINK_LOCAL, "dev", "eth0"]);
}

async function load(host: Namespace, files: ReadonlyMap<string, string>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "calico-vxlan-"));
  try {
    for (const [path, tool, ...args] of [
      ["ip.batch", "ip", "-batch"],
      ["bridge.batch", "bridge", "-batch"],
      ["sysctl.conf", "sysctl", "-q", "-p"],
    ] as const) {
      const file = join(directory, path);
      await writeFile(file, files.get(path) ?? "");
      await host.run(tool, [...args, file]);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** Packets that a device has sent. */
async function sent(host: Namespace, dev: string): Promise<number> {
  const [row] = JSON.parse(await host.run("ip", ["-j", "-s", "link", "show", dev])) as readonly {
    readonly stats64: { readonly tx: { readonly packets: number } };
  }[];
  return row?.stats64.tx.packets ?? 0;
}

describe.skipIf(missing !== undefined).each([
  ["Always", true],
  ["CrossSubnet", false],
] as const)(
  `workloads of two nodes reach each other over VXLAN %s${missing === undefined ? "" : ` (${missing})`}`,
  (mode, isTunnelled) => {
    const lab = new Lab();
    beforeAll(() => lab.build(mode));
    afterAll(() => lab.close());

    test.each([
      [4, "192.168.1.5", "192.168.2.5", "vxlan.calico"],
      [6, "fd00:1::5", "fd00:2::5", "vxlan-v6.calico"],
    ] as const)("IPv%i", async (version, source, address, dev) => {
      const server = await lab.workloads[1]!.prober();
      await server.listen("tcp", address, 8080 + version);
      const before = await sent(lab.hosts[0]!, dev);
      const client = await lab.workloads[0]!.prober();
      const outcome = await client.probe(
        version,
        { protocol: "tcp", source, address, port: 8080 + version },
        3000,
      );
      expect(outcome).toBe("open");
      // In the own subnet no packet takes the tunnel.
      expect((await sent(lab.hosts[0]!, dev)) > before).toBe(isTunnelled);
    });
  },
);
