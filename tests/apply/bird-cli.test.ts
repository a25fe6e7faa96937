import { chmod, readFile, rm, stat, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { runTool } from "../../runtime/host/run.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { CLI_HOST_TOOLS, CliHost } from "./cli-host.ts";
import { savedHost } from "./saved-host.ts";

const missing = missingForKernelTests(CLI_HOST_TOOLS);

/** Bytes of the state directory's file system that are free for each attempt: none to more than it takes. */
const FREE_KIB = [0, 4, 8, 16, 32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 512];
const STATE_KIB = 768;

async function tool(name: string, ...args: readonly string[]): Promise<void> {
  const { code, stderr } = await runTool(name, args);
  if (code !== 0) throw new Error(`${name} ${args.join(" ")}: ${stderr}`);
}

describe.skipIf(missing !== undefined)(
  `apply with a BIRD that runs${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let host: CliHost;
    let mounted: string[] = [];
    const config = () => readFile(host.path("bird", "bird.conf"), "utf8");
    const protocols = async (): Promise<readonly string[]> =>
      [...(await host.birdc("show", "protocols")).matchAll(/^(\S+) +BGP /gm)]
        .map(([, name = ""]) => name)
        .sort();
    const named = async (step: string): Promise<readonly string[]> =>
      [...(await host.bundleText(step, "bird.conf")).matchAll(/^protocol bgp (\S+)/gm)]
        .map(([, name = ""]) => name)
        .sort();
    const mount = async (directory: string, options: string): Promise<void> => {
      await tool("mount", "-t", "tmpfs", "-o", options, "tmpfs", directory);
      mounted.push(directory);
    };
    /** The failed step is taken back: rules, sets, routes, `bird.conf` and the daemon's sessions. */
    const expectUnchanged = async (act: () => Promise<void>): Promise<void> => {
      const before = [await savedHost(host, host.variant), await config()];
      await act();
      expect([await savedHost(host, host.variant), await config()]).toEqual(before);
      await expect(stat(host.path("state", "journal.json"))).rejects.toMatchObject({ code: "ENOENT" });
    };

    beforeEach(async () => {
      mounted = [];
      host = await CliHost.create("nft");
    }, 60_000);

    afterEach(async () => {
      await host.stopBird();
      for (const directory of mounted.toReversed()) await runTool("umount", [directory]);
      await host.close();
    }, 60_000);

    test("reconfigures it, there and back", async () => {
      await host.writePasswords("only for this test");
      expect((await host.apply("1")).code).toBe(0);
      await host.startBird();
      expect(await protocols()).toEqual(await named("1"));
      const second = await host.apply("2");
      expect(second).toMatchObject({ code: 0, stderr: "" });
      expect(second.stdout).toContain("load bird.conf\n");
      expect(await protocols()).toEqual(await named("2"));
      expect(await named("2")).not.toEqual(await named("1"));
      // The change is BIRD's for good: its undo timer would have taken it back.
      expect(await host.birdc("configure", "undo")).toMatch(/Reconfigured|Undo/i);
      await host.birdc("configure");
      expect((await host.apply("1")).code).toBe(0);
      expect(await protocols()).toEqual(await named("1"));
      expect((await calicoctl("uninstall-dataplane", ...host.options)).code).toBe(0);
      expect(await host.birdc("show", "status")).toBe("");
    });

    test("none yet: whoever puts a node's first file in place says that it waits for one", async () => {
      const waits =
        "bird.conf is in place, but no BIRD answers: it takes effect when one starts (where one runs, name its socket with --bird-socket)\n";
      await host.writePasswords("only for this test");
      const first = await calicoctl(...host.applyWords("1"), "-o", "json");
      expect(JSON.parse(first.stdout)).toMatchObject({ changed: true, birdWaits: true });
      await rm(host.path("bird", "bird.conf"));
      const repaired = await calicoctl("drift", "--repair", ...host.options);
      expect(repaired).toMatchObject({ code: 0, stdout: expect.stringContaining(waits) });
      await rm(host.path("bird", "bird.conf"));
      const again = await calicoctl("drift", "--repair", ...host.options, "-o", "json");
      expect(JSON.parse(again.stdout)).toMatchObject({ repaired: true, birdWaits: true });
      await calicoctl("uninstall-dataplane", ...host.options);
      const back = await calicoctl("rollback", ...host.options);
      expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining(waits) });
      await calicoctl("uninstall-dataplane", ...host.options);
      expect(await host.apply("1")).toMatchObject({ code: 0, stdout: expect.stringContaining(waits) });
      // Nothing touches the file, so nothing is said of it.
      expect((await host.apply("1")).stdout).toBe("no change: this host is at the bundle of node leaf-3\n");

      await host.startBird();
      const second = await calicoctl(...host.applyWords("2"), "-o", "json");
      expect(JSON.parse(second.stdout)).toMatchObject({ changed: true, birdWaits: false });
      expect((await host.apply("1")).stdout).not.toContain("no BIRD answers");
    });

    test("with one that has died: taken back, and it says so", async () => {
      await host.writePasswords("only for this test");
      await host.apply("1");
      await host.startBird();
      await host.stopBird();
      await expectUnchanged(async () => {
        const { code, stderr } = await host.apply("2");
        expect(code).toBe(1);
        expect(stderr).toMatch(
          /taken back: birdc configure: BIRD does not run[\s\S]*enforces what it did before/,
        );
      });
    });

    test("whose directory nobody can write to: taken back, and it goes on as it was", async () => {
      await mount(host.path("bird"), "size=1m");
      await host.writePasswords("only for this test");
      await host.apply("1");
      await host.startBird();
      await tool("mount", "-o", "remount,ro", host.path("bird"));
      await expectUnchanged(async () => {
        const { code, stderr } = await host.apply("2");
        expect(code).toBe(1);
        expect(stderr).toMatch(/EROFS|read-only/);
        expect(stderr).toContain("enforces what it did before");
        expect(await protocols()).toEqual(await named("1"));
      });
      await tool("mount", "-o", "remount,rw", host.path("bird"));
      expect((await host.apply("2")).code).toBe(0);
      expect(await protocols()).toEqual(await named("2"));
    });

    test("whose passwords are gone or broken: taken back to the end, and it goes on as it was", async () => {
      await host.writePasswords("only for this test");
      await host.apply("1");
      await host.startBird();
      const secrets = host.path("bird", "bird.secrets.conf");
      for (const spoil of [() => rm(secrets), () => writeFile(secrets, "define pw_x = ;\n")]) {
        await spoil();
        await expectUnchanged(async () => {
          const { code, stderr } = await host.apply("2");
          expect(code).toBe(1);
          expect(stderr).toMatch(/taken back: birdc configure [\s\S]*enforces what it did before/);
          expect(await protocols()).toEqual(await named("1"));
        });
      }
      await host.writePasswords("only for this test");
      expect((await host.apply("2")).code).toBe(0);
      expect(await protocols()).toEqual(await named("2"));
    });

    test.each([
      {
        lacks: "passwords",
        user: [],
        reason:
          /bird\.cfg:\d+:\d+ syntax error.*, at 'password (pw_\w+); # Secret \S+, key \S+'; .*'define \1 = .*bird\.secrets\.conf/,
      },
      {
        lacks: "the right to read it",
        user: ["-u", "nobody", "-g", "nogroup"],
        reason: /bird\.cfg: Permission denied/,
      },
    ])("that lacks $lacks for a node's first file, of any name: it goes on as it was", async (given) => {
      const [file, socket] = [host.path("bird", "bird.cfg"), host.path("bird.ctl")];
      for (const directory of [host.path(), host.path("bird")]) await chmod(directory, 0o755);
      await writeFile(file, "router id 192.0.2.1;\nprotocol device { }\n", { mode: 0o644 });
      await host.space.run("bird", ["-c", file, "-s", socket, ...given.user]);
      await rm(file);
      const { code, stderr } = await calicoctl(...host.applyWords("1"), "--bird-config", file);
      expect(code).toBe(1);
      expect(stderr).toMatch(given.reason);
      expect(stderr).toContain("enforces what it did before");
      expect(await host.birdc("show", "status")).toContain("Router ID is 192.0.2.1");
      await expect(stat(file)).rejects.toMatchObject({ code: "ENOENT" });
    });

    test("and a disk that is full at any of our writes: old or new, and then all is well", async () => {
      await host.writePasswords("only for this test");
      await host.linux.host.writeFile(host.path("state", "x"), "", 0o600);
      await mount(host.path("state"), `size=${STATE_KIB}k`);
      await host.apply("1");
      await host.startBird();
      const seen = new Map<string, number>();
      for (const free of FREE_KIB) {
        const used = (await runTool("du", ["-sk", host.path("state")])).stdout.split("\t")[0];
        const filler = STATE_KIB - Number(used) - free;
        expect(filler).toBeGreaterThan(0);
        await writeFile(host.path("state", "filler"), Buffer.alloc(filler * 1024));
        const before = await savedHost(host, host.variant);
        const { code, stderr } = await host.apply("2");
        if (code === 0) expect(await protocols()).toEqual(await named("2"));
        else {
          expect(stderr, `${free} KiB free`).toMatch(
            /ENOSPC.*no space left on device[\s\S]*(?:This host enforces what it did before|the next apply ends it first)\./,
          );
          if (stderr.includes("enforces what it did before"))
            expect(await savedHost(host, host.variant), `${free} KiB free`).toBe(before);
        }
        const outcome = code === 0 ? "applied" : (/\w[\w ;]*\.$/.exec(stderr.trim())?.[0] ?? stderr);
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
        await writeFile(host.path("state", "filler"), "");
        expect((await host.apply("1")).code, `${free} KiB free`).toBe(0);
        expect(await protocols()).toEqual(await named("1"));
        expect(await calicoctl("drift", ...host.options), `${free} KiB free`).toMatchObject({ code: 0 });
        expect(await savedHost(host, host.variant)).toBe(before);
      }
      process.stdout.write(
        `full disks: ${[...seen].map(([what, count]) => `${count} ${what}`).join("; ")}\n`,
      );
      expect(seen.get("applied") ?? 0).toBeGreaterThan(0);
      expect(seen.size).toBeGreaterThan(1);
    }, 240_000);
  },
);
