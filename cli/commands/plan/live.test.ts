import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { SourceFile } from "../../../compiler/index.ts";
import { detectFeatures } from "../../../runtime/host/features.ts";
import { linuxHost, workloadDevices } from "../../../tests/apply/hosts.ts";
import { compileTarget, edit, fixtureFiles } from "../../../tests/apply/plans.ts";
import { missingForKernelTests } from "../../../tests/kernel/requirements.ts";
import { calicoctl } from "../verify/testing.ts";
import { expectValid } from "./testing.ts";

const TOOLS = ["ip", "bridge", "sysctl", "ipset", "nft", "bird", "birdc", "flock", "setpriv"];
const missing = missingForKernelTests([...TOOLS, "iptables-nft-restore", "iptables-legacy-restore"]);

describe.skipIf(missing !== undefined).each(["nft", "legacy"] as const)(
  `plan against this host, %s${missing === undefined ? "" : ` (${missing})`}`,
  (variant) => {
    let linux: Awaited<ReturnType<typeof linuxHost>>;
    let options: readonly string[] = [];
    let features = "";
    beforeAll(async () => {
      features = join(await mkdtemp(join(tmpdir(), "features-")), "features.json");
      await writeFile(features, JSON.stringify(await detectFeatures(variant)));
    });
    afterAll(() => rm(dirname(features), { recursive: true }));

    beforeEach(async () => {
      linux = await linuxHost(variant);
      const { directory, space } = linux;
      vi.stubEnv("CALICO_STATE_DIR", join(directory, "state"));
      options = [
        ...["--netns", space.name, "--iptables-backend", variant],
        ...["--bird-config", join(directory, "bird.conf"), "--bird-socket", join(directory, "bird.ctl")],
      ];
      const { artifacts } = compileTarget(fixtureFiles("quickstart/1"), "node-1");
      for (const name of ["eth0", ...workloadDevices(artifacts)]) await linux.addDevice(name);
      await space.run("ip", ["addr", "add", "172.16.1.11/24", "dev", "eth0"]);
    });

    afterEach(async () => {
      vi.unstubAllEnvs();
      await linux.close();
    });

    async function written(name: string, files: readonly SourceFile[]): Promise<string> {
      const directory = join(linux.directory, name);
      for (const { path, text } of files) {
        const file = join(directory, path);
        await mkdir(dirname(file), { recursive: true });
        await writeFile(file, text);
      }
      return directory;
    }

    async function applied(name: string, files: readonly SourceFile[]): Promise<void> {
      const out = join(linux.directory, `${name}-out`);
      const source = await written(name, files);
      expect(
        await calicoctl("compile", "-f", source, "--features", features, "--out-dir", out),
      ).toMatchObject({ code: 0 });
      expect(await calicoctl("apply", out, "--node", "node-1", ...options)).toMatchObject({ code: 0 });
    }

    function plan(directory: string, ...words: readonly string[]) {
      const against = ["--against", "live", "--node", "node-1", "--detailed-exitcode"];
      return calicoctl("plan", "-f", directory, ...against, ...words, ...options);
    }

    async function planned(directory: string, ...words: readonly string[]) {
      const { code, stdout, stderr } = await plan(directory, ...words, "-o", "json");
      expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.not.stringContaining("calicoctl:") });
      return expectValid(stdout);
    }

    async function rules(): Promise<string> {
      const save = await linux.space.run(`iptables-${variant}-save`, []);
      const sets = await linux.space.run("ipset", ["save", "-sorted"]);
      return `${save}${sets}`.replaceAll(/^#.*\n/gm, "").replaceAll(/\[\d+:\d+\]/g, "");
    }

    test("nothing on record, all applied, drift apart from the resources' change", async () => {
      const one = fixtureFiles("quickstart/1");
      const two = await written("two", fixtureFiles("quickstart/2"));
      const first = await planned(await written("one", one), "--features", features);
      const [node] = first.nodes;
      expect(node).toMatchObject({ node: "node-1", drift: null, flows: { compared: false } });
      expect(node?.changes.length).toBeGreaterThan(100);
      expect(node?.changes.filter(({ op }) => op === "remove" || op === "move")).toEqual([]);

      await applied("applied", one);
      expect(await plan(join(linux.directory, "one"))).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/\nPlan: no changes\.\n$/),
      });

      const before = await planned(two);
      expect(before.nodes[0]).toMatchObject({ drift: [], flows: { compared: true, isEqual: false } });
      expect(before.changedResources).toEqual([{ op: "change", resource: "NetworkPolicy demo/allow-api" }]);

      const [, set = "", member = ""] = /^add (cali\S+) (\S+)$/m.exec(await rules()) ?? [];
      await linux.space.run("ipset", ["del", set, member]);
      await linux.space.run(`iptables-${variant}`, ["-A", "cali-FORWARD", "-j", "ACCEPT"]);
      const host = await rules();
      const drifted = await planned(two);
      expect(drifted.nodes[0]?.changes).toEqual(before.nodes[0]?.changes);
      expect(drifted.nodes[0]?.drift).toMatchObject([
        { place: { name: "filter cali-FORWARD" }, op: "remove", was: ["-A cali-FORWARD -j ACCEPT"] },
        { place: { name: set }, op: "add", lines: [`add ${set} ${member}`] },
      ]);
      const alone = await plan(join(linux.directory, "one"));
      expect(alone).toMatchObject({
        code: 2,
        stdout: expect.stringMatching(
          /Drift of node node-1[\s\S]*\nPlan: 0 resources changed; .*; drift on this host\n$/,
        ),
      });
      // It only reads.
      expect(await rules()).toBe(host);

      const file = join(linux.directory, "two.plan");
      expect(await plan(two, "--out", file)).toMatchObject({ code: 2 });
      expect(await calicoctl("apply", file, ...options)).toMatchObject({ code: 0 });
      expect(await plan(two)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/Plan: no changes\.\n$/),
      });

      const conf = join(linux.directory, "bird.conf");
      const text = await readFile(conf, "utf8");
      await writeFile(conf, text.replace("scan time 2;", "scan time 9;"));
      const [edited] = (await planned(two)).nodes;
      expect(edited).toMatchObject({
        changes: [],
        drift: [
          { artifact: "bird.conf", op: "remove", was: ["  scan time 9;"] },
          { artifact: "bird.conf", op: "add", lines: ["  scan time 2;"] },
        ],
      });
      await writeFile(conf, `${text}ipv4 table mine;\n`);
      expect(await plan(two)).toMatchObject({
        code: 1,
        stderr: expect.stringMatching(
          /changed into what this version does not read .*'drift --repair' or 'apply'/,
        ),
      });
    });

    test("sets that have another name on the host are those of the files", async () => {
      const one = fixtureFiles("quickstart/1");
      await applied("first", one);
      // Policy and inventory change at once: a set in use is filled under another name.
      const two = edit(edit(one, "app: frontend", "app: front"), "ports: [9000]", "ports: [9002]");
      const [node] = (await planned(await written("two", two))).nodes;
      expect(node?.disturbances.map(({ kind }) => kind)).toContain("set-versioned");
      await applied("second", two);
      expect(await rules()).toMatch(/^create cali\S+~[\w-]{8} /m);
      const same = await plan(join(linux.directory, "second"));
      expect(same).toMatchObject({ code: 0, stdout: expect.stringMatching(/Plan: no changes\.\n$/) });
    });
  },
);

test("without root it asks what to compare with", async () => {
  vi.spyOn(process as { getuid(): number }, "getuid").mockReturnValue(1000);
  const { code, stderr } = await calicoctl("plan", "-f", "fixtures/shop");
  vi.restoreAllMocks();
  expect(code).toBe(1);
  expect(stderr).toMatch(/say what to compare with; --against takes: live .* bundle .* git commit/);
});
