import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { compile, DEFAULT_FEATURES } from "../../compiler/index.ts";
import { uptime, writePending } from "../../runtime/confirm/pending.ts";
import { LinuxHost } from "../../runtime/host/linux-host.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { linuxHost, workloadDevices } from "./hosts.ts";
import { allowing, SERVER, type SmallPod, smallCluster } from "./small-cluster.ts";

const missing = missingForKernelTests([
  ...["ip", "bridge", "tc", "sysctl", "ipset", "nft", "flock", "setpriv"],
  "iptables-nft-restore",
]);

const WEB = { name: "web", ip: "10.65.0.2" };
const TODAY = [SERVER, { name: "web", ip: "10.65.0.7" }, { name: "stranger", ip: WEB.ip }];
const CANARY = "c4n4ry-p4ssw0rd";
const SECRETS = `apiVersion: v1
kind: Secret
metadata: { name: s, namespace: default }
stringData: { password: ${CANARY} }
---
apiVersion: v1
kind: Pod
metadata: { name: job, namespace: default, labels: { app: job }, annotations: { example.org/token: ${CANARY} } }
spec: { nodeName: n1, containers: [{ name: job, env: [{ name: PASSWORD, value: ${CANARY} }] }] }
status: { phase: Running, podIP: 10.65.0.8, podIPs: [{ ip: 10.65.0.8 }] }
`;

describe.skipIf(missing !== undefined)(
  `history and rollback from the command line${missing === undefined ? "" : ` (${missing})`}`,
  () => {
    let linux: Awaited<ReturnType<typeof linuxHost>>;
    let options: readonly string[] = [];
    const run = (...words: readonly string[]) => calicoctl(...words, ...options);
    const state = (...names: readonly string[]) => join(linux.directory, "state", ...names);

    beforeEach(async () => {
      linux = await linuxHost("nft");
      const { directory, space } = linux;
      vi.stubEnv("CALICO_STATE_DIR", state());
      options = [
        ...["--netns", space.name, "--iptables-backend", "nft"],
        ...["--bird-config", join(directory, "bird.conf"), "--bird-socket", join(directory, "bird.ctl")],
      ];
      const pods = [...TODAY, { name: "job", ip: "10.65.0.8" }];
      const { nodes } = compile(smallCluster(allowing("web"), pods), {
        features: DEFAULT_FEATURES,
        compilerVersion: "test",
      });
      for (const name of ["eth0", ...workloadDevices(nodes[0]?.artifacts ?? [])]) await linux.addDevice(name);
      await space.run("ip", ["addr", "add", "10.0.0.1/24", "dev", "eth0"]);
    });
    afterEach(async () => {
      vi.unstubAllEnvs();
      await linux.close();
    });

    async function writeResources(
      policy: string,
      pods: readonly SmallPod[],
      ...more: readonly string[]
    ): Promise<string> {
      const source = join(linux.directory, "source");
      await rm(source, { recursive: true, force: true });
      await mkdir(source);
      const files = [...smallCluster(policy, pods), ...more.map((text) => ({ path: "more.yaml", text }))];
      for (const { path, text } of files) await writeFile(join(source, path), text);
      return source;
    }

    /** Compiles and applies as a person does; the bundle's directory. */
    async function apply(...what: Parameters<typeof writeResources>): Promise<string> {
      const out = join(linux.directory, "out");
      const compiled = await calicoctl("compile", "-f", await writeResources(...what), "--out-dir", out);
      expect(compiled.code).toBe(0);
      expect(await run("apply", out, "--node", "n1")).toMatchObject({ code: 0, stderr: "" });
      return out;
    }

    /** Whom the server lets in: the members of all sets that are chosen by a selector. */
    async function letIn(): Promise<readonly string[]> {
      const { stdout } = await linux.host.run("ipset", ["save"]);
      return [...stdout.matchAll(/^add cali40s\S+ (\S+)$/gm)].map(([, member = ""]) => member);
    }

    test("an earlier policy comes back for the pods of today", async () => {
      const none = await run("rollback");
      expect(none).toMatchObject({ code: 1, stdout: "" });
      expect(none.stderr).toContain("Nothing was changed: this host has no history yet");
      expect((await run("history")).stdout).toBe("no history: nothing was applied to this host yet\n");

      await apply(allowing("web"), [SERVER, WEB]);
      expect(await letIn()).toEqual([WEB.ip]);
      expect((await run("rollback")).stderr).toContain("there is no policy before the one in force (1)");
      await apply(allowing("batch"), TODAY);
      expect((await calicoctl("history")).stdout).toMatch(
        /^ {2}1 {2}\S+Z {2}[0-9a-f]{12}\n\* 2 {2}\S+Z {2}[0-9a-f]{12}\n {6}~ NetworkPolicy default\/server\n\* is in force\n$/,
      );

      const back = await run("rollback");
      expect(back).toMatchObject({ code: 0, stderr: "" });
      expect(back.stdout).toMatch(/\nwent back to policy 1 of the history, .* inventory of today\n$/);
      expect(await letIn()).toEqual(["10.65.0.7"]);
      expect(await run("drift")).toMatchObject({ code: 0 });
      const { entries } = JSON.parse((await run("history", "-o", "json")).stdout);
      expect(entries).toMatchObject([
        { number: 1, inForce: false, hasPolicy: true, changes: null },
        {
          number: 2,
          inForce: false,
          changes: [{ resource: "NetworkPolicy default/server", change: "changed" }],
        },
        { number: 3, inForce: true, node: "n1", policyDigest: entries[0].policyDigest },
      ]);
    });

    test("the inventory of files that are named counts, their policies do not", async () => {
      await apply(allowing("web"), [SERVER, WEB]);
      await apply(allowing("batch"), [SERVER, WEB]);
      const source = await writeResources(allowing("web", "batch", "job"), TODAY);
      expect(await run("rollback", "1", "-f", source)).toMatchObject({ code: 0, stderr: "" });
      expect(await letIn()).toEqual(["10.65.0.7"]);
      expect(JSON.parse((await run("history", "-o", "json")).stdout).entries).toHaveLength(3);
      await writeFile(join(source, "inventory.yaml"), "kind: Pod\napiVersion: v1\nmetadata: {}\n");
      const broken = await run("rollback", "-f", source);
      expect(broken).toMatchObject({ code: 1, stdout: "" });
      expect(broken.stderr).toMatch(/resource\/missing-name[\s\S]*the inventory has errors/);
    });

    test("what cannot be gone back to", async () => {
      const out = await apply(allowing("web"), [SERVER, WEB]);
      expect((await run("rollback", "7")).stderr).toContain("the history has no policy 7; it has 1");
      expect((await run("rollback", "0")).stderr).toContain("Give a number that 'history' lists.");
      await rm(join(out, "resources.json"));
      const compiled = await writeResources(allowing("batch"), [SERVER, WEB]);
      await calicoctl("compile", "-f", compiled, "--out-dir", out);
      await rm(join(out, "resources.json"));
      await run("apply", out, "--node", "n1");
      expect((await calicoctl("history")).stdout).toContain(
        "applied without its resources: no way back to it",
      );
      await apply(allowing("web"), [SERVER, WEB]);
      expect((await run("rollback")).stderr).toContain("policy 2 is known by its digest only");

      const path = state("inventory-last.json");
      const inventory = await readFile(path, "utf8");
      await writeFile(path, inventory.replaceAll('"n1"', '"n2"'));
      const errors = await run("rollback", "1");
      expect(errors).toMatchObject({ code: 1, stdout: "" });
      expect(errors.stderr).toMatch(
        /error\[compile\/unknown-node\][\s\S]*policy 1 of the history cannot be compiled against the inventory of today/,
      );
      await rm(path);
      expect((await run("rollback", "1")).stderr).toContain("no inventory is on record; name it with -f");
      await writeFile(state("history", "1.json"), "{}");
      expect((await run("rollback", "1")).stderr).toContain("1.json cannot be read (");
      expect(await run("drift")).toMatchObject({ code: 0 });
    });

    test("plan and drift say that a change waits to be confirmed, and until when", async () => {
      await apply(allowing("web"), [SERVER, WEB]);
      const source = join(linux.directory, "source");
      const { host } = linux;
      const boot = await host.bootId();
      const wait = async (deadline: number, during = boot): Promise<void> => {
        const pending = { token: "t", boot: during, deadline, seconds: 60 };
        await writePending(new LinuxHost({ iptablesVariant: "nft" }), pending);
      };
      const told = async (words: readonly string[]) => [
        (await run(...words)).stdout.split("\n")[0],
        JSON.parse((await run(...words, "-o", "json")).stdout).confirm,
      ];
      const plan = ["plan", "-f", source, "--node", "n1", "--against", "live"];
      expect(await told(plan)).toEqual([expect.not.stringContaining("confirm"), null]);
      expect(await told(["drift"])).toEqual(["no drift from the bundle of node n1", null]);

      await wait((await uptime(host)) + 600);
      for (const command of [plan, ["drift"]]) {
        const [line, confirm] = await told(command);
        expect(confirm).toEqual({ overdue: false, until: expect.stringMatching(/^\d{4}-.*Z$/) });
        expect(Date.parse(confirm.until) - Date.now()).toBeGreaterThan(500_000);
        expect(line).toMatch(
          /^the last change waits for 'calicoctl confirm' until \S+:\d\dZ; else it is taken back$/,
        );
      }

      await wait(1);
      expect(await told(plan)).toEqual([
        expect.stringMatching(
          /^the last change was not confirmed until \S+Z: the next command .* takes it back first$/,
        ),
        { overdue: true, until: expect.stringMatching(/Z$/) },
      ]);
      // What was to be back before a boot, nobody knows by the clock of this one.
      await wait(1, "another boot");
      const [line, confirm] = await told(plan);
      expect([line, confirm]).toEqual([
        expect.stringMatching(/^the last change was not confirmed before the boot: /),
        { overdue: true, until: null },
      ]);
      const drift = await run("drift");
      expect(drift.stderr).toContain("was not confirmed in time and has been taken back");
    });

    test("resources that are not those of the bundle", async () => {
      const out = await apply(allowing("web"), [SERVER, WEB]);
      const path = join(out, "resources.json");
      const text = await readFile(path, "utf8");
      await writeFile(path, text.replaceAll(WEB.ip, "10.65.0.3"));
      expect((await run("apply", out, "--node", "n1")).stderr).toContain(
        "resources.json is not what was compiled",
      );
      const source = await writeResources(allowing("batch"), [SERVER, WEB]);
      await calicoctl("compile", "-f", source, "--out-dir", join(linux.directory, "other"));
      await writeFile(path, await readFile(join(linux.directory, "other", "resources.json"), "utf8"));
      expect(await run("apply", out, "--node", "n1")).toMatchObject({ code: 0 });
      expect(JSON.parse((await run("history", "-o", "json")).stdout).entries).toHaveLength(1);
    });

    test("no secret that was in the input is kept", async () => {
      const out = await apply(allowing("web"), [SERVER, WEB], SECRETS);
      await apply(allowing("batch"), [SERVER, WEB], SECRETS);
      expect(await run("rollback")).toMatchObject({ code: 0, stderr: "" });
      let read = 0;
      for (const directory of [state(), out])
        for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
          if (!entry.isFile()) continue;
          const text = await readFile(join(entry.parentPath, entry.name), "utf8");
          expect(text, entry.name).not.toContain(CANARY);
          if (text.includes('\\"name\\":\\"job\\"') || text.includes('"name":"job"')) read++;
        }
      // The pod itself is kept: in resources.json and with the inventory.
      expect(read).toBe(2);
    });
  },
);
