import { cp, mkdir, readFile, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { addForeign } from "./foreign.ts";
import { linuxHost, workloadDevices } from "./hosts.ts";
import { compileTarget, fixtureFiles } from "./plans.ts";

const TOOLS = ["ip", "bridge", "sysctl", "ipset", "nft", "bird", "birdc", "flock", "setpriv"];
const missing = missingForKernelTests([...TOOLS, "iptables-nft-restore", "iptables-legacy-restore"]);

type Linux = Awaited<ReturnType<typeof linuxHost>>;

/** What Docker and others have, and everything that is ours, as the tools save it. */
async function saved({ space }: Linux, variant: string): Promise<string> {
  const texts = [
    await space.run(`iptables-${variant}-save`, []),
    await space.run(`ip6tables-${variant}-save`, []),
    await space.run("ipset", ["save", "-sorted"]),
    await space.run("ip", ["route", "show", "table", "all"]),
    await space.run("ip", ["rule"]),
    await space.run("ip", ["-br", "link"]),
  ];
  // An empty table of the kernel's is left over from the first rule, and times and counters run.
  return texts
    .join("\n")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\[\d+:\d+\]/g, "")
    .replaceAll(/^\*\w+\n(:[A-Z]+ ACCEPT \n)*COMMIT\n/gm, "");
}

describe.skipIf(missing !== undefined).each(["nft", "legacy"] as const)(
  `apply, drift and uninstall from the command line, %s${missing === undefined ? "" : ` (${missing})`}`,
  (variant) => {
    let linux: Linux;
    let out = "";
    let options: readonly string[] = [];
    const apply = (...words: readonly string[]) => calicoctl("apply", ...words, ...options);

    beforeEach(async () => {
      linux = await linuxHost(variant);
      const { directory } = linux;
      vi.stubEnv("CALICO_STATE_DIR", join(directory, "state"));
      out = join(directory, "out");
      options = [
        ...["--netns", linux.space.name, "--iptables-backend", variant],
        ...["--bird-config", join(directory, "bird.conf"), "--bird-socket", join(directory, "bird.ctl")],
      ];
      const features = await detectFeatures(variant);
      for (const step of [1, 2]) {
        const { artifacts } = compileTarget(fixtureFiles(`quickstart/${step}`), "node-1", features);
        if (step === 1)
          for (const name of ["eth0", ...workloadDevices(artifacts)]) await linux.addDevice(name);
        for (const { path, text } of artifacts) {
          const file = join(out, `${step}`, "node-1", path);
          await mkdir(dirname(file), { recursive: true });
          await writeFile(file, text);
        }
      }
      await linux.space.run("ip", ["addr", "add", "172.16.1.11/24", "dev", "eth0"]);
      await linux.space.run("ip", ["addr", "add", "10.0.0.1/24", "dev", "eth0"]);
      await addForeign(linux.host);
    });

    afterEach(async () => {
      vi.restoreAllMocks();
      vi.unstubAllEnvs();
      await linux.close();
    });

    test("apply, again, the next bundle, drift, repair, uninstall", async () => {
      const foreign = await saved(linux, variant);
      expect(await calicoctl("drift", ...options)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("nothing is on record"),
      });
      const first = await apply(join(out, "1"), "--node", "node-1");
      expect(first).toMatchObject({ code: 0, stderr: "" });
      expect(first.stdout).toContain("commit IPv4 filter\n");
      expect(first.stdout).toMatch(/\napplied the bundle of node node-1\n$/);
      expect((await stat(join(linux.directory, "state"))).mode & 0o777).toBe(0o700);
      expect(await apply(join(out, "1", "node-1"))).toMatchObject({
        code: 0,
        stdout: "no change: this host is at the bundle of node node-1\n",
      });
      expect(await calicoctl("drift", ...options)).toMatchObject({
        code: 0,
        stdout: "no drift from the bundle of node node-1\n",
      });
      const other = await calicoctl("drift", join(out, "2"), "--node", "node-1", ...options);
      expect(other).toMatchObject({ code: 2, stderr: "" });
      const second = await apply(join(out, "2"), "--node", "node-1", "-o", "json");
      expect(JSON.parse(second.stdout)).toMatchObject({ version: 1, node: "node-1", changed: true });

      const applied = await saved(linux, variant);
      const [route = ""] = /^\d+\S+ dev cali\w+/m.exec(applied) ?? [];
      const [, set = "", member = ""] = /^add (cali\S+) (\S+)$/m.exec(applied) ?? [];
      const [, chain = ""] = /^:(cali-\S+)/m.exec(applied.slice(applied.indexOf("*filter"))) ?? [];
      await linux.space.run("ip", ["route", "del", ...route.split(" ")]);
      await linux.space.run("ipset", ["del", set, member]);
      await linux.space.run(`iptables-${variant}`, ["-A", chain, "-j", "ACCEPT"]);
      const drift = await calicoctl("drift", ...options, "-o", "json");
      expect(drift).toMatchObject({ code: 2, stderr: "" });
      const found = JSON.parse(drift.stdout).differences;
      expect(found).toHaveLength(3);
      expect(found).toMatchObject([
        { artifact: "ipset.restore", place: set, kind: "missing", what: member },
        { artifact: "iptables.restore", place: `filter ${chain}`, kind: "extra", what: "-j ACCEPT" },
        {
          artifact: "ip.batch",
          place: "route",
          kind: "missing",
          what: expect.stringContaining(route.split(" ")[0] ?? ""),
        },
      ]);
      const repaired = await calicoctl("drift", "--repair", ...options);
      expect(repaired).toMatchObject({ code: 0, stderr: "" });
      expect(repaired.stdout).toContain("repaired 3 differences from the bundle of node node-1\n");
      expect(await calicoctl("drift", ...options)).toMatchObject({ code: 0 });

      const gone = await calicoctl("uninstall-dataplane", ...options);
      expect(gone).toMatchObject({ code: 0, stderr: "" });
      expect(gone.stdout).toMatch(/removed everything of ours from this host\n$/);
      expect(await saved(linux, variant)).toBe(foreign);
      expect(await calicoctl("uninstall-dataplane", ...options)).toMatchObject({
        code: 0,
        stdout: "no change: nothing of ours is here\n",
      });
    });

    test("after a crash the host says which of the two records is in force", async () => {
      const state = join(linux.directory, "state");
      const file = (name: string): string => join(state, `bundle-${name}.json`);
      await apply(join(out, "1", "node-1"));
      const one = await readFile(file("last"), "utf8");
      await apply(join(out, "2", "node-1"));
      const two = await readFile(file("last"), "utf8");
      expect(one).not.toBe(two);
      const settled = async (last: string, intended: string): Promise<void> => {
        await writeFile(file("last"), last);
        await writeFile(file("intended"), intended);
        expect(await calicoctl("drift", ...options)).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("under way or was interrupted"),
        });
        expect(await calicoctl("drift", "--repair", ...options)).toMatchObject({
          code: 0,
          stdout: "no drift from the bundle of node node-1\n",
        });
        expect(await readFile(file("last"), "utf8")).toBe(two);
        await expect(stat(file("intended"))).rejects.toMatchObject({ code: "ENOENT" });
      };
      // Killed after the host had changed and before the record had; and before the host had.
      await settled(one, two);
      await settled(two, one);
    });

    /** What is refused, and that the host, rules, sets and routes, is as it was. */
    async function refusal(...words: readonly string[]): Promise<string> {
      const before = await saved(linux, variant);
      const { code, stdout, stderr } = await apply(...words);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect(await saved(linux, variant)).toBe(before);
      return stderr;
    }

    test("mistakes of the call", async () => {
      const bundle = join(out, "1", "node-1");
      expect(await refusal()).toMatch(
        /say what to apply: 'apply -f RESOURCES' writes resources to the datastore; 'apply PLAN' and 'apply BUNDLE' make this host/,
      );
      expect(await refusal("-f", "x.yaml")).toBe("no such file or directory: x.yaml\n");
      expect(await refusal(bundle, "-f", "x.yaml")).toMatch(
        /give only one of \S+node-1 and -f: 'apply -f RESOURCES' writes resources to the datastore; 'apply PLAN'/,
      );
      // Nobody shall wait for a way back that is not there.
      expect(await refusal("-f", "x.yaml", "--confirm-timeout", "60")).toMatch(
        /--confirm-timeout is for a plan or a bundle, and not for -f: /,
      );
      expect(await refusal("no.plan")).toContain("no such file or directory: no.plan");
      expect(await refusal(join(out, "1"))).toMatch(/has none for this host .*--node/);
      expect(await refusal(join(out, "1"), "--node", "node-9")).toMatch(/has none for node node-9\n$/);
      expect(await refusal(bundle, "--node", "node-9")).toContain(
        "is the bundle of node node-1, not of node-9",
      );
      vi.spyOn(process as { getuid(): number }, "getuid").mockReturnValue(1000);
      expect(await refusal(bundle)).toContain("needs root; nothing was changed");
    });

    test("tools that are missing, and the other variant", async () => {
      const bundle = join(out, "1", "node-1");
      const other = variant === "nft" ? "legacy" : "nft";
      expect(
        (await calicoctl("apply", bundle, "--iptables-backend", other, "--netns", "none")).stderr,
      ).toContain(`was compiled for iptables-${variant}, and this host has iptables-${other}`);
      vi.stubEnv("PATH", linux.directory);
      expect(await refusal(bundle)).toMatch(
        /these tools are missing: setpriv, flock\b.*; nothing was changed/,
      );
      vi.unstubAllEnvs();
      vi.stubEnv("CALICO_STATE_DIR", join(linux.directory, "state"));
      await linux.space.run(`iptables-${other}`, ["-N", "cali-FORWARD"]);
      expect(await refusal(bundle)).toContain(`this host has rules of ours in iptables-${other}`);
    });

    test("two at once: the second is refused", async () => {
      const lock = await linux.host.lock(join(linux.directory, "state", "lock"));
      try {
        expect(await refusal(join(out, "1", "node-1"))).toMatch(
          /Another process is changing this host[\s\S]*This host enforces what it did before/,
        );
      } finally {
        await lock?.release();
      }
      expect((await apply(join(out, "1", "node-1"))).code).toBe(0);
    });

    test.each<readonly [string, RegExp, (bundle: string) => Promise<void>]>([
      [
        "an altered file",
        /not what was compiled/,
        (b) => writeFile(join(b, "iptables.restore"), "*filter\nCOMMIT\n"),
      ],
      ["a missing file", /iptables\.restore cannot be read/, (b) => rm(join(b, "iptables.restore"))],
      ["an added file", /tc\.batch is not listed/, (b) => writeFile(join(b, "tc.batch"), "")],
      ["a manifest that is none", /not JSON/, (b) => writeFile(join(b, "manifest.json"), "{ half")],
      [
        "another format",
        /bundle format 2; this version reads 1/,
        (b) => edit(b, '"format": 1', '"format": 2'),
      ],
      ["a path that leads out", /"\.\.\/x" is not inside/, (b) => edit(b, '"ip.batch"', '"../x"')],
      [
        "a link out of the bundle",
        /ip\.batch is a link/,
        async (b) => {
          await rename(join(b, "ip.batch"), join(b, "..", "elsewhere"));
          await symlink(join(b, "..", "elsewhere"), join(b, "ip.batch"));
        },
      ],
    ])("a bundle with %s", async (_, message, spoil) => {
      const bundle = join(out, "spoilt");
      await cp(join(out, "1", "node-1"), bundle, { recursive: true });
      await spoil(bundle);
      expect(await refusal(bundle)).toMatch(message);
    });
  },
);

async function edit(bundle: string, from: string, to: string): Promise<void> {
  const path = join(bundle, "manifest.json");
  const text = await readFile(path, "utf8");
  if (!text.includes(from)) throw new Error(`${from} is nowhere`);
  await writeFile(path, text.replace(from, to));
}
