import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { applyBundle } from "../../runtime/apply/apply-bundle.ts";
import { differences } from "../../runtime/apply/drift.ts";
import type { AppliedRecord } from "../../runtime/apply/record.ts";
import { DEFAULT_BIRD } from "../../runtime/apply/target.ts";
import { uninstall } from "../../runtime/apply/uninstall.ts";
import { FakeMachine } from "../../runtime/host/fake/fake-host.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import type { Namespace } from "../kernel/namespace.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { linuxHost } from "./hosts.ts";
import { compileTarget, edit } from "./plans.ts";
import { PEER_KEYS, wireguardFiles } from "./wireguard.ts";

const [SECOND, THIRD] = PEER_KEYS;

function record(device: string, bird = DEFAULT_BIRD, files = wireguardFiles(device)): AppliedRecord {
  const { node, artifacts } = compileTarget(files, "n1");
  return { node, variant: "nft", bird, artifacts: artifacts.filter(({ path }) => path !== "bird.conf") };
}

describe("WireGuard, in memory", () => {
  function machine(): FakeMachine {
    const machine = new FakeMachine();
    for (const name of ["lo", "eth0"]) machine.kernel.routing.addDevice(name);
    return machine;
  }

  const show = async (on: FakeMachine, item: string): Promise<readonly string[]> =>
    (await on.host().run("wg", ["show", "all", item])).stdout.trim().split("\n");

  test("the key is made once, on the host, and goes with the device", async () => {
    const on = machine();
    const host = on.host();
    const first = await applyBundle(host, record("wg0"), false);
    expect(first.publicKeys).toEqual([{ device: "wg0", publicKey: "public-1" }]);
    expect(await show(on, "peers")).toEqual([SECOND, THIRD].toSorted().map((key) => `wg0\t${key}`));
    expect(await show(on, "listen-port")).toEqual(["wg0\t51820"]);

    const files = edit(wireguardFiles("wg0", ", wireguardListeningPort: 51999"), `"${SECOND}"`, '""');
    const changed = record("wg0", DEFAULT_BIRD, files);
    expect(await differences(host, changed)).not.toEqual([]);
    const second = await applyBundle(host, changed, false);
    expect(second.publicKeys).toEqual(first.publicKeys);
    expect(await show(on, "peers")).toEqual([`wg0\t${THIRD}`]);
    expect(await show(on, "listen-port")).toEqual(["wg0\t51999"]);
    expect(await differences(host, changed)).toEqual([]);

    await uninstall(host, DEFAULT_BIRD);
    expect(await show(on, "peers")).toEqual([""]);
    const again = await applyBundle(host, record("wg0"), false);
    expect(again.publicKeys).toEqual([{ device: "wg0", publicKey: "public-2" }]);
  });

  test("another name for the device: the old one goes", async () => {
    const on = machine();
    await applyBundle(on.host(), record("wg0"), false);
    await applyBundle(on.host(), record("wg7"), false);
    expect(await show(on, "listen-port")).toEqual(["wg7\t51820"]);
    expect(on.kernel.routing.wireguardDevices()).toEqual(["wg7"]);
  });

  test("a device of another kind that has the name stays, and the bundle is not applied", async () => {
    const on = machine();
    on.kernel.routing.addDevice("wg0", "bridge");
    await on.host().run("ip", ["-batch", "-"], { input: "addr replace 10.3.0.1/24 dev wg0\n" });
    await expect(applyBundle(on.host(), record("wg0"), false)).rejects.toMatchObject({
      outcome: "restored",
      message: expect.stringContaining("File exists"),
    });
    expect((await on.host().run("ip", ["-j", "addr", "show"])).stdout).toContain("10.3.0.1");
  });

  test("a peer that others moved, gave another network or took away is drift", async () => {
    const on = machine();
    const host = on.host();
    const bundle = record("wg0");
    await applyBundle(host, bundle, false);
    await host.run("wg", ["set", "wg0", "peer", SECOND, "remove"]);
    await host.run("wg", ["set", "wg0", "peer", THIRD, "allowed-ips", "0.0.0.0/0"]);
    expect((await differences(host, bundle)).map(({ place, kind }) => `${place} ${kind}`)).toEqual([
      "peer altered",
      "peer missing",
    ]);
    await applyBundle(host, bundle, false);
    expect(await differences(host, bundle)).toEqual([]);
  });

  test("no private key is in any file, nor in what was asked of a tool", async () => {
    const on = machine();
    const seen: string[] = [];
    const host = on.host();
    const spying = Object.assign(Object.create(host) as typeof host, {
      writeFile: async (path: string, text: string) => {
        seen.push(text);
        await host.writeFile(path, text);
      },
      run: async (...args: Parameters<typeof host.run>) => {
        const result = await host.run(...args);
        seen.push(JSON.stringify([args, result]));
        return result;
      },
      readFile: (path: string) => host.readFile(path),
      removeFile: (path: string) => host.removeFile(path),
      lock: (path: string) => host.lock(path),
      bootId: () => host.bootId(),
    });
    await applyBundle(spying, record("wg0"), false);
    await uninstall(spying, DEFAULT_BIRD);
    expect(seen.some((text) => text.includes("public-1"))).toBe(true);
    expect(seen.filter((text) => text.includes("PRIVATE"))).toEqual([]);
  });
});

const missing =
  missingForKernelTests(["ip", "bridge", "tc", "ipset", "nft", "iptables-nft-restore", "wg", "sh"]) ??
  (existsSync("/dev/net/tun") ? undefined : "needs /dev/net/tun");

/** A device of the kernel's, or of a process that plays it; `undefined` = there is neither here. */
async function openDevice(space: Namespace, name: string): Promise<ChildProcess | "kernel" | undefined> {
  if ((await detectFeatures("nft")).linkKinds.includes("wireguard")) return "kernel";
  if (missingForKernelTests(["wireguard-go"]) !== undefined) return undefined;
  const child = spawn("ip", ["netns", "exec", space.name, "wireguard-go", "-f", name], { stdio: "ignore" });
  for (let tries = 0; tries < 100; tries++) {
    if (existsSync(`/var/run/wireguard/${name}.sock`)) return child;
    await sleep(50);
  }
  child.kill();
  return undefined;
}

describe.skipIf(missing !== undefined)(
  `WireGuard of the kernel, or wireguard-go's${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    test("gets key, port, mark and peers, keeps its key through changes, and goes", async (context) => {
      const linux = await linuxHost("nft");
      const { host, space, directory } = linux;
      // Sockets of userspace devices are the whole machine's, whatever the namespace.
      const name = `wgt${process.pid % 100_000}`;
      let device: Awaited<ReturnType<typeof openDevice>>;
      try {
        await linux.addDevice("eth0");
        await space.run("ip", ["addr", "add", "10.0.0.1/24", "dev", "eth0"]);
        device = await openDevice(space, name);
        context.skip(device === undefined, "neither the kernel has WireGuard, nor is there wireguard-go");
        const bird = { config: join(directory, "bird.conf") };
        const first = record(name, bird);
        const { publicKeys } = await applyBundle(host, first, false);
        const published = (await space.run("wg", ["show", name, "public-key"])).trim();
        expect(published).toMatch(/^[\w+/]{43}=$/);
        expect(publicKeys).toEqual([{ device: name, publicKey: published }]);
        expect(await space.run("wg", ["show", name, "fwmark"])).toBe("0x200000\n");
        expect((await space.run("wg", ["show", name, "allowed-ips"])).trim().split("\n").sort()).toEqual(
          [`${SECOND}\t192.168.2.1/32`, `${THIRD}\t192.168.3.1/32`].sort(),
        );
        expect((await applyBundle(host, first, false)).steps).toEqual([]);
        expect(await differences(host, first)).toEqual([]);

        const changed = edit(wireguardFiles(name, ", wireguardKeepAlive: 25s"), `"${SECOND}"`, '""');
        const second = record(name, bird, changed);
        await applyBundle(host, second, false);
        expect(await space.run("wg", ["show", name, "public-key"])).toBe(`${published}\n`);
        expect(await space.run("wg", ["show", name, "persistent-keepalive"])).toBe(`${THIRD}\t25\n`);
        expect(await differences(host, second)).toEqual([]);
        await space.run("wg", ["set", name, "peer", THIRD, "remove"]);
        expect(await differences(host, second)).toHaveLength(1);
        await applyBundle(host, first, false);
        expect((await space.run("wg", ["show", name, "peers"])).trim().split("\n")).toHaveLength(2);

        const secret = (await space.run("wg", ["show", name, "private-key"])).trim();
        expect(secret).toMatch(/^[\w+/]{43}=$/);
        const kept = await readdir(host.stateDirectory, { recursive: true, withFileTypes: true });
        const files = kept.filter((entry) => entry.isFile());
        expect(files.length).toBeGreaterThan(1);
        for (const { parentPath, name: file } of files)
          expect(await readFile(join(parentPath, file), "utf8")).not.toContain(secret);

        await uninstall(host, bird);
        expect(await space.run("ip", ["-br", "link"])).not.toContain(name);
        expect(await space.run("ip", ["route", "show", "table", "all"])).not.toContain(name);
      } finally {
        if (device !== undefined && device !== "kernel" && device.exitCode === null) {
          const ended = once(device, "close");
          device.kill();
          await ended;
        }
        await linux.close();
      }
    });
  },
);
