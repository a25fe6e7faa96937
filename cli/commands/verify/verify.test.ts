import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compile, DEFAULT_FEATURES } from "../../../compiler/index.ts";
import { reportJson } from "./json.ts";
import { exitCodeOf, type NodeResult } from "./result.ts";
import { calicoctl } from "./testing.ts";
import { reportText } from "./text.ts";

const QUICKSTART = ["-f", "fixtures/quickstart/common", "-f", "fixtures/quickstart/1"];

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "calicoctl-verify-"));
});
afterAll(() => rm(directory, { recursive: true }));

/** The quickstart's committed bundles with one file of them changed; returns their directory. */
async function bundlesWith(name: string, path: string, change: (text: string) => string): Promise<string> {
  const copy = join(directory, name);
  await cp("golden/quickstart/1", copy, { recursive: true });
  const before = await readFile(join(copy, path), "utf8");
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(join(copy, path), after);
  return copy;
}

describe("what is proven", () => {
  test("is said in a line a node, with exit code 0", async () => {
    const { code, stdout, stderr } = await calicoctl("verify", ...QUICKSTART);
    expect(stderr).toBe("");
    expect(stdout).toMatch(
      /^node-1: proven for all packets on \d+ routes of IPv4 and IPv6 by any interface, 6 sets checked \(\d+ ms\)\nnode-2: proven [^\n]*\n$/,
    );
    expect(code).toBe(0);
  });

  test("is said in JSON without times, the same bytes each time", async () => {
    const [once, again] = [
      await calicoctl("verify", ...QUICKSTART, "-o", "json"),
      await calicoctl("verify", ...QUICKSTART, "-o", "json"),
    ];
    expect(JSON.parse(once.stdout)).toMatchObject({
      version: 1,
      ok: true,
      nodes: [
        { node: "node-1", result: "proven", ipVersions: [4, 6], sets: 6 },
        { node: "node-2", result: "proven" },
      ],
      diagnostics: [],
    });
    expect(again).toEqual(once);
  });

  test("can be one node alone, and the files of a bundle on disk", async () => {
    const { code, stdout } = await calicoctl(
      "verify",
      ...QUICKSTART,
      "--node",
      "node-2",
      "--bundle",
      "golden/quickstart/1",
    );
    expect(stdout).toMatch(/^node-2: proven [^\n]*\n$/);
    expect(code).toBe(0);
  });

  test("holds for another prefix of interface names, too", async () => {
    const { code } = await calicoctl("verify", ...QUICKSTART, "--interface-prefix", "pod");
    expect(code).toBe(0);
  });
});

describe("what is not proven", () => {
  test("a lost rule: a packet, the rule of the resources by file and line, and the emitted rules", async () => {
    const bundles = await bundlesWith("lost-rule", "node-1/iptables.restore", (text) =>
      text.replace(/^-A cali-pi-np\/demo\/allow-api .*--dports 9000.*\n/m, ""),
    );
    const { code, stdout } = await calicoctl("verify", ...QUICKSTART, "--bundle", bundles);
    expect(code).toBe(2);
    expect(stdout).toContain("node-1: NOT PROVEN");
    expect(stdout).toMatch(
      /a packet: {2}tcp 10\.65\.0\.2:\d+ → 10\.65\.0\.3:9000, in by cali\w+, out by cali\w+/,
    );
    expect(stdout).toContain(
      "allowed by ingress rule 1 of NetworkPolicy demo/allow-api (fixtures/quickstart/1/policy.yaml:31)",
    );
    expect(stdout).toMatch(
      /the files deny it:[\s\S]*iptables\.restore:\d+ {2}.*End of tier default.*-j DROP/,
    );
    expect(stdout).toContain("node-2: proven");
  });

  test("a lost rule, in JSON: both traces", async () => {
    const bundles = join(directory, "lost-rule");
    const { stdout } = await calicoctl("verify", ...QUICKSTART, "--bundle", bundles, "-o", "json");
    const { nodes, ok } = JSON.parse(stdout);
    expect(ok).toBe(false);
    expect(nodes[0]).toMatchObject({
      result: "not-proven",
      deviations: [],
      counterexample: {
        resourcesSay: "allow",
        filesSay: "deny",
        trace: {
          packet: { protocol: "tcp", destinationPort: 9000, connection: "new", icmp: null },
          resources: { verdict: "allow" },
          files: { verdict: "deny" },
        },
      },
    });
    const { points } = nodes[0].counterexample.trace.resources;
    expect(points.at(-1)).toMatchObject({
      point: "workload-ingress",
      endpoint: "pod demo/backend-0",
      action: "allow",
      rule: { rule: "ingress rule 1", place: { file: "fixtures/quickstart/1/policy.yaml", line: 31 } },
    });
    const text = await readFile(join(bundles, "node-1/iptables.restore"), "utf8");
    for (const { file, line, text: rule } of nodes[0].counterexample.trace.files.rules) {
      expect(file).toBe("iptables.restore");
      expect(text.split("\n")[line - 1]).toBe(rule);
    }
  });

  test("a lost member: the set, its definition, and the member", async () => {
    const bundles = await bundlesWith("lost-member", "node-2/ipset.restore", (text) =>
      text.replace(/^add cali40s:\S+ 10\.65\.0\.2\n/m, ""),
    );
    const { code, stdout } = await calicoctl("verify", ...QUICKSTART, "--bundle", bundles);
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /node-2: NOT PROVEN\n {2}set cali40s:\S+ \(ipset\.restore:\d+\), addresses of .*app == "frontend".*\n {4}missing: {5}10\.65\.0\.2\/32\n$/,
    );
  });

  test("files of other resources, with sets that these do not define: a packet, and the sets", async () => {
    const other = join(directory, "other.yaml");
    const before = await readFile("fixtures/quickstart/1/policy.yaml", "utf8");
    const after = before
      .replace("selector: app == 'frontend'", `selector: "app in { 'backend', 'web' }"`)
      .replace("ports: [9000]", "ports: [api]");
    expect(after).not.toBe(before);
    await writeFile(other, after);
    const resources = ["-f", "fixtures/quickstart/common", "-f", other];
    const ofBefore = await calicoctl("verify", ...resources, "--bundle", "golden/quickstart/1");
    expect(ofBefore).toMatchObject({ code: 2, stderr: "" });
    expect(ofBefore.stdout).toMatch(/^node-1: NOT PROVEN\n {2}a packet: {2}tcp /);
    expect(ofBefore.stdout).toMatch(
      /set cali40s:\S+ \(ipset\.restore:\d+\), no resource asks for this set\n/,
    );

    const out = join(directory, "out");
    await calicoctl("compile", ...resources, "--out-dir", out);
    const ofAfter = await calicoctl("verify", ...QUICKSTART, "--bundle", out);
    expect(ofAfter).toMatchObject({ code: 2, stderr: "" });
    expect(ofAfter.stdout).toMatch(/^node-1: NOT PROVEN\n {2}a packet: {2}tcp /);
    expect(ofAfter.stdout).toMatch(/set cali40n:\S+ \(ipset\.restore:\d+\), no resource asks for this set\n/);
  });

  test("a rule of no known meaning: where it stands", async () => {
    const bundles = await bundlesWith("unknown", "node-1/iptables.restore", (text) =>
      text.replace("-m rpfilter --validmark --invert", "-m string --string x --algo bm"),
    );
    const { code, stdout } = await calicoctl(
      "verify",
      ...QUICKSTART,
      "--bundle",
      bundles,
      "--node",
      "node-1",
    );
    expect(code).toBe(2);
    expect(stdout).toMatch(
      /^node-1: NOT PROVEN: the files hold something of no known meaning: iptables\.restore:\d+: .*string/,
    );
  });
});

describe("mistakes of the caller, with exit code 1", () => {
  test.each([
    [
      "a bundle of another node",
      ["--bundle", "golden/quickstart/1/node-1"],
      "is the bundle of node node-1, not of node-2",
    ],
    [
      "no bundle there",
      ["--bundle", "fixtures/quickstart"],
      "no bundle of node node-1 at fixtures/quickstart/node-1",
    ],
    ["an unknown node", ["--node", "node-9"], 'There is no Node "node-9"'],
  ])("%s", async (_, options, message) => {
    const { code, stderr } = await calicoctl("verify", ...QUICKSTART, ...options);
    expect(stderr).toContain(message);
    expect(code).toBe(1);
  });

  test("resources without any node prove nothing", async () => {
    const { code, stdout } = await calicoctl("verify", "-f", "fixtures/quickstart/1");
    expect(stdout).toContain("nothing verified");
    expect(code).toBe(1);
  });

  test("resources with an error are not compared with anything", async () => {
    const file = join(directory, "broken.yaml");
    await writeFile(
      file,
      "apiVersion: projectcalico.org/v3\nkind: Tier\nmetadata: { name: x }\nspec: { ordr: 5 }\n",
    );
    const { code, stderr } = await calicoctl("verify", ...QUICKSTART, "-f", file);
    expect(stderr).toContain("resource/unknown-field");
    expect(code).toBe(1);
  });
});

test("a node that the proof does not cover is not said to be proven", async () => {
  const compilation = compile([], { features: DEFAULT_FEATURES, compilerVersion: "test" });
  const results: readonly NodeResult[] = [{ kind: "not-covered", node: "node-1", what: "IPVS" }];
  expect(reportText(results)).toBe("node-1: not covered: IPVS\n");
  expect(reportJson(compilation, results)).toMatchObject({
    ok: false,
    nodes: [{ node: "node-1", result: "not-covered", reason: "IPVS" }],
  });
  expect(exitCodeOf(results)).toBe(2);
});
