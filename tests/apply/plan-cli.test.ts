import { mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { expectValid } from "../../cli/commands/plan/testing.ts";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import type { Artifact, HostFeatures } from "../../compiler/index.ts";
import { ownershipOf } from "../../runtime/apply/claimed.ts";
import { observe } from "../../runtime/apply/observe.ts";
import { printBundle } from "../../runtime/apply/state.ts";
import { writeResources } from "../../runtime/bundle/resources.ts";
import { writeBundle } from "../../runtime/bundle/write.ts";
import { readHistory, readInventory } from "../../runtime/history/history.ts";
import { detectFeatures } from "../../runtime/host/features.ts";
import { writePlanFile } from "../../runtime/plan/plan-file.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { linuxHost, workloadDevices } from "./hosts.ts";
import { allowing, recordOf, SERVER, type SmallPod, smallCluster } from "./small-cluster.ts";

const TOOLS = ["ip", "bridge", "sysctl", "ipset", "nft", "bird", "birdc", "flock", "setpriv"];
const missing = missingForKernelTests([...TOOLS, "iptables-nft-restore", "iptables-legacy-restore"]);

const A: SmallPod = { name: "a", ip: "10.65.0.1" };
const LATER: SmallPod = { name: "later", ip: "10.65.0.2", app: "a" };

/** Milliseconds: each test starts a hundred tools, on a machine that may be busy. */
const PATIENCE = 120_000;

type Bundle = ReturnType<typeof recordOf>;

describe.skipIf(missing !== undefined).each(["nft", "legacy"] as const)(
  `apply PLAN from the command line, %s${missing === undefined ? "" : ` (${missing})`}`,
  { timeout: PATIENCE },
  (variant) => {
    let linux: Awaited<ReturnType<typeof linuxHost>>;
    let options: readonly string[] = [];
    let features: HostFeatures;
    /** The policy lets `a` in; then `b`, too, of which there is none yet. */
    let old: Bundle;
    let wanted: Bundle;
    let plan = "";

    const apply = (...words: readonly string[]) => calicoctl("apply", ...words, ...options);
    const bundle = (policy: string, ...pods: readonly SmallPod[]): Bundle =>
      recordOf(smallCluster(policy, [SERVER, ...pods]), features);

    beforeEach(async () => {
      linux = await linuxHost(variant);
      const { directory } = linux;
      vi.stubEnv("CALICO_STATE_DIR", join(directory, "state"));
      options = [
        ...["--netns", linux.space.name, "--iptables-backend", variant],
        ...["--bird-config", join(directory, "bird.conf"), "--bird-socket", join(directory, "bird.ctl")],
      ];
      features = await detectFeatures(variant);
      old = bundle(allowing("a"), A);
      wanted = bundle(allowing("a", "b"), A);
      plan = join(directory, "plan.json");
      for (const name of ["eth0", ...workloadDevices(bundle(allowing("a"), A, LATER).artifacts)])
        await linux.addDevice(name);
      await linux.space.run("ip", ["addr", "add", "10.0.0.1/24", "dev", "eth0"]);
    }, PATIENCE);

    afterEach(async () => {
      vi.restoreAllMocks();
      vi.unstubAllEnvs();
      await linux.close();
    });

    async function enforce({ artifacts, resources }: Bundle): Promise<void> {
      const out = join(linux.directory, "out");
      const directory = writeBundle(out, "n1", artifacts);
      await writeResources(out, resources);
      expect(await apply(directory)).toMatchObject({ code: 0, stderr: "" });
    }

    async function observed(): Promise<readonly Artifact[]> {
      const state = await observe(linux.host, ownershipOf(old.artifacts), {
        config: join(linux.directory, "bird.conf"),
      });
      return printBundle(state, "n1");
    }

    async function write(before: readonly Artifact[], after: Bundle, node = "n1"): Promise<void> {
      const { artifacts, resources } = after;
      await writePlanFile(plan, {
        format: 1,
        nodes: [{ node, variant, before, after: artifacts }],
        resources,
      });
    }

    /** `plan` of the bundle's resources against this host. */
    async function planned(code: number, { resources }: Bundle): Promise<ReturnType<typeof expectValid>> {
      const files = [join(linux.directory, "policy.json"), join(linux.directory, "inventory.json")];
      await Promise.all(
        [resources.policy, resources.inventory].map((text, i) => writeFile(files[i] ?? "", text)),
      );
      const words = ["plan", "-f", ...files, "--against", "live", "--detailed-exitcode", "-o", "json"];
      const called = await calicoctl(...words, ...options);
      expect(called).toMatchObject({ code, stderr: "" });
      return expectValid(called.stdout);
    }

    const rules = async (): Promise<string> =>
      (await linux.space.run(`iptables-${variant}-save`, ["-t", "filter"])).replaceAll(
        /^#.*\n|\[\d+:\d+\]/gm,
        "",
      );

    /** What is refused, and that rules, sets and routes are as they were. */
    async function refusal(...words: readonly string[]): Promise<string> {
      const before = [await rules(), await observed()];
      const { code, stdout, stderr } = await apply(...words);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      expect([await rules(), await observed()]).toEqual(before);
      return stderr;
    }

    test("changes what was reviewed, once, and on top of what has come since", async () => {
      await enforce(old);
      await write(await observed(), wanted);
      await enforce(bundle(allowing("a"), A, LATER));
      const applied = await apply(plan, "--node", "n1", "-o", "json");
      expect(applied).toMatchObject({ code: 0, stderr: "" });
      expect(JSON.parse(applied.stdout)).toMatchObject({
        version: 1,
        node: "n1",
        changed: true,
        rebased: true,
      });
      // The new rule is there, and so is the pod that the plan did not know.
      expect(await linux.space.run("ip", ["route", "show", LATER.ip])).toContain("dev cali");
      expect(await linux.space.run("ipset", ["save"])).toMatch(/^add cali40s\S+ 10\.65\.0\.2$/m);
      const ofPolicies = (text: string): number => text.match(/^-A cali-pi-/gm)?.length ?? 0;
      const restore = wanted.artifacts.find(({ path }) => path === "iptables.restore")?.text ?? "";
      expect(ofPolicies(await rules())).toBe(ofPolicies(restore));
      expect(await calicoctl("drift", ...options)).toMatchObject({
        code: 0,
        stdout: "no drift from the bundle of node n1\n",
      });
      expect(await refusal(plan)).toMatch(/this plan has been applied already/);
      const history = await readHistory(linux.host);
      expect(history.at(-1)?.policy).toBe(wanted.resources.policy);
      // A way back must not forget the pod either.
      expect(await readInventory(linux.host)).toContain("later");

      const [same] = (await planned(0, bundle(allowing("a", "b"), A, LATER))).nodes;
      expect(same).toMatchObject({ changes: [], drift: [], flows: { compared: true, isEqual: true } });
      const without = await planned(2, wanted);
      expect(without.changedResources).toEqual([{ op: "remove", resource: "Pod default/later" }]);
      const lines = without.nodes[0]?.changes.flatMap(({ was, lines: added }) => [...was, ...added]) ?? [];
      // Nothing of the settings that the host shows otherwise than files say them.
      const others = workloadDevices(old.artifacts);
      const settings = lines.filter((line) => /^-?net\./.test(line));
      expect(settings.length).toBeGreaterThan(0);
      expect(
        settings.filter((line) => !/cali/.test(line) || others.some((device) => line.includes(device))),
      ).toEqual([]);
      expect(without.nodes[0]?.flows).toMatchObject({ compared: true, isEqual: false });
    });

    test("leaves what somebody else has made alone, and the next plan shows that and nothing else", async () => {
      await enforce(old);
      await write(await observed(), wanted);
      const route = "10.65.0.77/32";
      const device = workloadDevices(old.artifacts)[0] ?? "";
      await linux.space.run("ip", ["route", "add", route, "dev", device, "proto", "80"]);
      const applied = await apply(plan, "--node", "n1", "-o", "json");
      expect(JSON.parse(applied.stdout)).toMatchObject({ rebased: true });
      const [node] = (await planned(2, wanted)).nodes;
      expect(node).toMatchObject({ drift: [], flows: { compared: true, isEqual: true } });
      expect(node?.changes).toMatchObject([{ op: "remove", was: [expect.stringContaining("10.65.0.77")] }]);
    });

    // What follows does not depend on which iptables it is.
    if (variant === "legacy") return;

    test("is refused where somebody has changed what it changes, and says what", async () => {
      await enforce(old);
      await write(old.artifacts, wanted);
      const [, chain = ""] = /^-A (cali-pi-\S+)/m.exec(await rules()) ?? [];
      await linux.space.run(`iptables-${variant}`, ["-A", chain, "-j", "ACCEPT"]);
      expect(await refusal(plan)).toMatch(
        new RegExp(`chain ${chain} of IPv4 filter is not as it was when the plan was made`),
      );
      const told = await apply(plan, "--replan");
      expect(told).toMatchObject({ code: 0, stderr: "" });
      expect(told.stdout).toContain(
        `since the plan was made, on this host: 1 difference\n  iptables.restore filter ${chain}: extra: -j ACCEPT\n`,
      );
      expect(told.stdout).toMatch(/the plan cannot be applied on node n1\n$/);
    });

    test("--replan tells and changes nothing", async () => {
      await enforce(old);
      await write(old.artifacts, wanted);
      const before = [await rules(), await observed()];
      const { code, stdout } = await apply(plan, "--replan", "-o", "json");
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        version: 1,
        node: "n1",
        drifted: [],
        verdict: "ready",
        violations: [],
      });
      expect(JSON.parse(stdout).missing).not.toEqual([]);
      expect([await rules(), await observed()]).toEqual(before);
      expect((await apply(plan)).stdout).toMatch(/\napplied the plan of node n1\n$/);
      expect((await apply(plan, "--replan")).stdout).toMatch(
        /wants: no differences\nthe plan has been applied already on node n1\n$/,
      );
    });

    test("--exact allows no other change at all", async () => {
      await enforce(old);
      await write(old.artifacts, wanted);
      await linux.space.run("ip", ["route", "del", A.ip]);
      expect(await refusal(plan, "--exact")).toMatch(
        /not exactly as it was when the plan was made:\n {2}ip\.batch route: missing: route replace 10\.65\.0\.1/,
      );
      // Without it the route is none of the plan's business.
      expect((await apply(plan)).stdout).toMatch(/on top of what else has changed since it was made\n$/);
      expect(await linux.space.run("ip", ["route", "show", A.ip])).toBe("");
    });

    test("that changes nothing", async () => {
      await enforce(old);
      await write(old.artifacts, old);
      expect(await apply(plan)).toMatchObject({
        code: 0,
        stdout: "no change: the plan of node n1 changes nothing\n",
      });
    });

    test("for a host that has nothing yet", async () => {
      await write([], wanted);
      expect(await refusal(plan)).toMatch(
        /a plan for other nodes \(n1\), and has none for this host .*--node/,
      );
      expect((await apply(plan, "--node", "n1")).stdout).toMatch(/\napplied the plan of node n1\n$/);
      expect(await calicoctl("drift", ...options)).toMatchObject({ code: 0 });
    });

    test("of several nodes, as bundles of several: the one on record, unless the host has another's name", async () => {
      const write = async (name: string, policy: string, ...nodes: readonly string[]): Promise<string> => {
        const directory = join(linux.directory, name);
        await mkdir(directory);
        for (const { path, text } of smallCluster(policy, [SERVER, A]))
          await writeFile(join(directory, path), text);
        const more = nodes.map((node) => `{ kind: Node, metadata: { name: ${node} } }\n`).join("---\n");
        await writeFile(
          join(directory, "more.yaml"),
          more.replaceAll("{ kind", "{ apiVersion: projectcalico.org/v3, kind"),
        );
        return directory;
      };
      const kind = ["--features", "host", "--iptables-backend", variant];
      const compiled = async (resources: string): Promise<string> => {
        const out = `${resources}-out`;
        const called = await calicoctl("compile", "-f", resources, ...kind, "--out-dir", out);
        expect(called).toMatchObject({ code: 0 });
        return out;
      };
      const another = await write("another", allowing("a"), "n2");
      const namesake = await write("namesake", allowing("a", "b"), "n2", hostname());
      const words = ["plan", "-f", namesake, "--against", another, ...kind, "--out", plan];
      expect(await calicoctl(...words)).toMatchObject({ code: 0 });
      const out = await compiled(another);
      expect(await refusal(out)).toContain(`has none for this host (${hostname()})`);
      expect(await apply(out, "--node", "n1")).toMatchObject({ code: 0 });
      expect((await apply(out)).stdout).toBe("no change: this host is at the bundle of node n1\n");
      expect(await calicoctl("drift", out, ...options)).toMatchObject({ code: 0 });

      const both = `this host was applied as node n1, and has the name of node ${hostname()}; say which of them it is with --node`;
      const bundles = await compiled(namesake);
      expect(await refusal(bundles)).toContain(both);
      expect(await refusal(plan)).toContain(both);
      for (const reading of [
        ["drift", bundles],
        ["plan", "-f", namesake],
      ])
        expect(await calicoctl(...reading, ...options)).toMatchObject({
          code: 1,
          stderr: expect.stringContaining(both),
        });
      expect((await apply(plan, "--node", "n1")).stdout).toMatch(/\napplied the plan of node n1\n$/);
      expect((await apply(bundles, "--node", "n1")).stdout).toMatch(/^no change/);

      await rm(join(bundles, "n1"), { recursive: true });
      expect(await refusal(bundles)).toMatch(
        /has none for node n1, which this host was applied as; .* --node/,
      );
    });

    test("mistakes of the call, and plans that are none", async () => {
      await enforce(old);
      await write(old.artifacts, wanted);
      const text = await readFile(plan, "utf8");
      expect(await refusal(plan, "--node", "n2")).toMatch(
        /plan for other nodes \(n1\), and has none for node n2\n/,
      );
      const link = join(linux.directory, "link.json");
      await symlink(plan, link);
      expect(await refusal(link)).toContain("a link; name the plan itself");
      expect(await refusal(join(linux.directory, "out", "n1"), "--exact")).toMatch(
        /--exact and --replan are for plans/,
      );
      expect(await refusal(plan, "-f", "x.yaml")).toMatch(
        /'apply -f RESOURCES' writes resources to the datastore/,
      );
      for (const [spoilt, message] of [
        [text.slice(0, -9), /only a part of one/],
        [text.replace('"format":1', '"format":9'), /plan format 9; this version reads 1/],
        [text.replace("n1", "n3"), /its digest does not match its content/],
      ] as const) {
        await writeFile(plan, spoilt);
        expect(await refusal(plan)).toMatch(message);
      }
      await write(old.artifacts, wanted, "n3");
      expect(await refusal(plan, "--node", "n3")).toMatch(/the bundle in it is that of node n1, not of n3/);
      const spoilt = wanted.artifacts.map(({ path, text }) => ({
        path,
        text: path === "ip.batch" ? "" : text,
      }));
      await write(old.artifacts, { ...wanted, artifacts: spoilt });
      expect(await refusal(plan)).toMatch(/has another ip\.batch than was compiled/);
      await write([{ path: "ip.batch", text: "frobnicate\n" }], wanted);
      expect(await refusal(plan)).toMatch(/the plan cannot be read/);
    });

    test("of another variant, without root, and two at once", async () => {
      await enforce(old);
      await write(old.artifacts, wanted);
      const other = variant === "nft" ? "legacy" : "nft";
      expect(
        (await calicoctl("apply", plan, "--netns", linux.space.name, "--iptables-backend", other)).stderr,
      ).toContain(`the plan was compiled for iptables-${variant}, and this host has iptables-${other}`);
      const lock = await linux.host.lock(join(linux.directory, "state", "lock"));
      expect(await refusal(plan)).toMatch(/Another process is changing this host/);
      await lock?.release();
      vi.spyOn(process as { getuid(): number }, "getuid").mockReturnValue(1000);
      expect(await refusal(plan)).toContain("needs root; nothing was changed");
    });
  },
);
