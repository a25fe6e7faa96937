import { spawn } from "node:child_process";
import { chown, mkdir, readdir, stat, symlink, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Host } from "../../runtime/host/host.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { fakeHost, linuxHost, type TestedHost } from "./hosts.ts";

const missing = missingForKernelTests([
  "ip",
  "ipset",
  "iptables-nft-restore",
  "iptables-legacy-restore",
  "flock",
  "setpriv",
]);

const IMPLEMENTATIONS: readonly (readonly [string, boolean, () => Promise<TestedHost>])[] = [
  ["the fake", true, fakeHost],
  [
    `Linux, nft${missing === undefined ? "" : ` (${missing})`}`,
    missing === undefined,
    () => linuxHost("nft"),
  ],
  [
    `Linux, legacy${missing === undefined ? "" : ` (${missing})`}`,
    missing === undefined,
    () => linuxHost("legacy"),
  ],
];

/** Rules that a save shows, without what differs between tools. */
async function rules(host: Host, version = ""): Promise<readonly string[]> {
  const { stdout } = await host.run(`ip${version}tables-${host.iptablesVariant}-save`, []);
  return stdout
    .split("\n")
    .filter((line) => line.startsWith("-A"))
    .map((line) => line.replaceAll('"', ""));
}

async function restore(host: Host, lines: readonly string[], ...options: readonly string[]) {
  const tool = `iptables-${host.iptablesVariant}-restore`;
  return host.run(tool, ["--noflush", "--wait", "10", ...options], { input: `${lines.join("\n")}\n` });
}

const FOUR = [
  "*filter",
  ":cali-a - -",
  ...[1, 2, 3, 4].map((n) => `-A cali-a -i eth${n} -j ACCEPT`),
  "COMMIT",
];

describe.each(IMPLEMENTATIONS)("a host: %s", (_, canRun, make) => {
  describe.skipIf(!canRun)("keeps the contract", () => {
    let tested: TestedHost;
    beforeEach(async () => {
      tested = await make();
    });
    afterEach(async () => tested.close());

    test("a failing tool is a result, and so is one that is not there", async () => {
      const { host } = tested;
      expect((await host.run("ipset", ["restore"], { input: "nonsense\n" })).code).toBeGreaterThan(0);
      const absent = await host.run("no-such-tool-of-anybody", []);
      expect(absent.code).not.toBe(0);
      expect(absent.stderr).not.toBe("");
    });

    test("files: absent, new, replaced, removed, removed again", async () => {
      const { host, directory } = tested;
      const path = `${directory}/new/file`;
      expect(await host.readFile(path)).toBeUndefined();
      await host.writeFile(path, "one\n", 0o600);
      await host.writeFile(path, "two é\n", 0o600);
      expect(await tested.other.readFile(path)).toBe("two é\n");
      await host.removeFile(path);
      await host.removeFile(path);
      expect(await host.readFile(path)).toBeUndefined();
    });

    test("one process at a time holds the lock, and the next one gets it", async () => {
      const path = `${tested.directory}/lock`;
      const first = await tested.host.lock(path);
      expect(first).toBeDefined();
      expect(await tested.other.lock(path)).toBeUndefined();
      const beside = await tested.other.lock(`${path}.2`);
      expect(beside).toBeDefined();
      await beside?.release();
      await first?.release();
      const second = await tested.other.lock(path);
      expect(second).toBeDefined();
      await second?.release();
    });

    test("the boot id stays", async () => {
      const id = await tested.host.bootId();
      expect(id).not.toBe("");
      expect(await tested.other.bootId()).toBe(id);
    });

    test("rules: deleted from the end, inserted at their final places, replaced", async () => {
      const { host } = tested;
      expect(await restore(host, FOUR)).toMatchObject({ code: 0 });
      const edits = [
        "*filter",
        ":cali-b - -",
        "-A cali-b -j RETURN",
        "-D cali-a 3",
        "-D cali-a 1",
        "-I cali-a 1 -i new1 -j DROP",
        "-I cali-a 4 -i new2 -j cali-b",
        "-R cali-a 2 -i eth9 -j ACCEPT",
        "-I FORWARD -j cali-a",
        "COMMIT",
      ];
      expect(await restore(host, edits, "--test")).toMatchObject({ code: 0 });
      expect((await rules(host)).length).toBe(4);
      expect(await restore(host, edits)).toMatchObject({ code: 0 });
      expect(await rules(host)).toEqual([
        "-A FORWARD -j cali-a",
        "-A cali-a -i new1 -j DROP",
        "-A cali-a -i eth9 -j ACCEPT",
        "-A cali-a -i eth4 -j ACCEPT",
        "-A cali-a -i new2 -j cali-b",
        "-A cali-b -j RETURN",
      ]);
      const removal = [
        "*filter",
        "-D FORWARD -j cali-a",
        "-F cali-a",
        "-F cali-b",
        "-X cali-a",
        "-X cali-b",
        "COMMIT",
      ];
      expect(await restore(host, removal)).toMatchObject({ code: 0 });
      expect(await rules(host)).toEqual([]);
    });

    test("a table is committed as a whole or not at all; the one before it stays", async () => {
      const { host } = tested;
      const raw = ["*raw", ":cali-r - -", "-A cali-r -j ACCEPT", "COMMIT"];
      const before = await rules(host);
      for (const bad of [
        "-A cali-a -j cali-nowhere",
        "-D cali-a 9",
        "-D INPUT -i none -j DROP",
        "-X cali-absent",
        "-A cali-a -m set --match-set cali40absent src -j DROP",
      ]) {
        const { code } = await restore(host, [...FOUR.slice(0, -1), bad, "COMMIT"]);
        expect(code, bad).not.toBe(0);
        expect(await rules(host), bad).toEqual(before);
      }
      expect((await restore(host, [...raw, ...FOUR.slice(0, -1), "-D cali-a 9", "COMMIT"])).code).not.toBe(0);
      expect(await rules(host)).toEqual(["-A cali-r -j ACCEPT"]);
    });

    test("a chain in use cannot be deleted, nor a set", async () => {
      const { host } = tested;
      expect(
        await host.run("ipset", ["restore"], { input: "create cali40s hash:net family inet maxelem 9\n" }),
      ).toMatchObject({ code: 0 });
      const uses = [
        "*filter",
        ":cali-a - -",
        ":cali-b - -",
        "-A cali-a -m set --match-set cali40s src -j cali-b",
        "COMMIT",
      ];
      expect(await restore(host, uses)).toMatchObject({ code: 0 });
      expect((await restore(host, ["*filter", "-X cali-b", "COMMIT"])).code).not.toBe(0);
      expect((await host.run("ipset", ["restore"], { input: "destroy cali40s\n" })).code).not.toBe(0);
      expect(await rules(host)).toHaveLength(1);
      expect(await restore(host, ["*filter", "-F cali-a", "-X cali-b", "COMMIT"])).toMatchObject({ code: 0 });
      expect(await host.run("ipset", ["restore"], { input: "destroy cali40s\n" })).toMatchObject({ code: 0 });
    });

    test("a list of set commands stops where it fails, and keeps what came before", async () => {
      const { host } = tested;
      const lines = [
        "create cali40x hash:net family inet maxelem 65536",
        "add cali40x 10.0.0.1",
        "add cali40x 10.0.0.1",
        "add cali40x 10.0.0.2",
      ];
      expect((await host.run("ipset", ["restore"], { input: `${lines.join("\n")}\n` })).code).toBe(1);
      const { stdout } = await host.run("ipset", ["save"]);
      expect(stdout).toMatch(/^create cali40x hash:net family inet .*maxelem 65536/);
      expect(stdout).toMatch(/\nadd cali40x 10\.0\.0\.1\n$/);
      expect((await host.run("ipset", ["restore"], { input: "del cali40x 10.0.0.9\n" })).code).toBe(1);
      expect(
        await host.run("ipset", ["restore"], { input: "del cali40x 10.0.0.1\ndestroy cali40x\n" }),
      ).toMatchObject({
        code: 0,
      });
      expect((await host.run("ipset", ["save"])).stdout).toBe("");
    });

    test("a list of routes stops where it fails, and keeps what came before", async () => {
      const { host } = tested;
      await tested.addDevice("cali1");
      const lines = [
        "route replace 10.65.0.2/32 dev cali1 scope link",
        "route replace 10.65.0.3/32 dev cali2 scope link",
        "route replace 10.65.0.4/32 dev cali1 scope link",
      ];
      expect((await host.run("ip", ["-batch", "-"], { input: `${lines.join("\n")}\n` })).code).not.toBe(0);
      const show = async (): Promise<string> =>
        (await host.run("ip", ["-4", "-j", "route", "show", "table", "all"])).stdout;
      expect(await show()).toMatch(/"10\.65\.0\.2/);
      expect(await show()).not.toMatch(/"10\.65\.0\.[34]/);
      const removal = { input: "route del 10.65.0.2/32 dev cali1 scope link\n" };
      expect(await host.run("ip", ["-batch", "-"], removal)).toMatchObject({ code: 0 });
      expect((await host.run("ip", ["-batch", "-"], removal)).code).not.toBe(0);
      expect(await show()).not.toMatch(/"10\.65\.0\.2/);
    });
  });
});

describe.skipIf(missing !== undefined)(`Linux alone${missing === undefined ? "" : ` (${missing})`}`, () => {
  let tested: TestedHost;
  beforeEach(async () => {
    tested = await linuxHost("nft");
  });
  afterEach(async () => tested.close());

  test("a tool that hangs is killed and has no exit code", async () => {
    const started = Date.now();
    const { code, stderr } = await tested.host.run("sleep", ["20"], { timeout: 200 });
    expect(code).toBeUndefined();
    expect(stderr).toContain("timed out");
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  test("files have the mode that is asked for, and directories are root's alone", async () => {
    const path = `${tested.directory}/state/journal`;
    await tested.host.writeFile(path, "x", 0o600);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700);
    expect(await readdir(dirname(path))).toEqual(["journal"]);
  });

  test("a file is of its directory's group: a BIRD that is not root reads it by that", async () => {
    const path = `${tested.directory}/bird/bird.conf`;
    await mkdir(dirname(path));
    await chown(dirname(path), 0, 4711);
    await tested.host.writeFile(path, "x", 0o640);
    const { uid, gid, mode } = await stat(path);
    expect({ uid, gid, mode: mode & 0o777 }).toEqual({ uid: 0, gid: 4711, mode: 0o640 });
  });

  test("a file is replaced, not written through: a link's target stays as it is", async () => {
    const [path, elsewhere] = [`${tested.directory}/link`, `${tested.directory}/elsewhere`];
    await writeFile(elsewhere, "precious");
    await symlink(elsewhere, path);
    await tested.host.writeFile(path, "ours", 0o600);
    expect(await tested.host.readFile(elsewhere)).toBe("precious");
    expect(await tested.host.readFile(path)).toBe("ours");
  });

  test("the lock of a process that is killed is free, and so are its tools", async () => {
    const path = `${tested.directory}/lock`;
    const file = `${tested.directory}/written-by-the-tool`;
    const module = new URL("../../runtime/host/linux-host.ts", import.meta.url).href;
    const program = `
      const { LinuxHost } = await import(${JSON.stringify(module)});
      const host = new LinuxHost({ iptablesVariant: "nft" });
      await host.lock(${JSON.stringify(path)});
      const pending = host.run("sh", ["-c", "sleep 1; touch $0", ${JSON.stringify(file)}]);
      console.log("ready");
      await pending;`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await new Promise((resolve) => child.stdout.once("data", resolve));
      expect(await tested.host.lock(path)).toBeUndefined();
    } finally {
      child.kill("SIGKILL");
    }
    await vi.waitFor(
      async () => {
        const lock = await tested.host.lock(path);
        expect(lock).toBeDefined();
        await lock?.release();
      },
      { timeout: 5000 },
    );
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(await tested.host.readFile(file)).toBeUndefined();
  });
});
