import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readPlanFile } from "../../../runtime/plan/plan-file.ts";
import { fixtureSteps } from "../../../tests/fixtures.ts";
import { calicoctl } from "../verify/testing.ts";
import { expectValid } from "./testing.ts";

type Report = ReturnType<typeof expectValid>;

/** The two steps of the fixtures that have some. */
const TRANSITIONS = fixtureSteps()
  .filter(({ name }) => name.endsWith("/1"))
  .map(({ name }) => name.slice(0, -2));

/** The lines that the text shows with a sign, in the places of the nodes. */
function signedLines(text: string): readonly string[] {
  const found = [...text.matchAll(/^ {6}(?:~ )?([+-]) (.*?)(?: {2}# .*)?$/gm)];
  return found.map(([, sign, line]) => `${sign} ${line}`).sort();
}

/** The same from the report for programs: without the chain, which the place says, and the rule's id. */
function signedChanges(changes: Report["nodes"][number]["changes"]): readonly string[] {
  const short = (line: string) =>
    line.replace(/^-[AI] \S+ /, "").replace(/^-m comment --comment "cali:[\w-]{16}" ?/, "");
  return changes
    .flatMap(({ was, lines }) => [
      ...was.map((line) => `- ${short(line)}`),
      ...lines.map((line) => `+ ${short(line)}`),
    ])
    .sort();
}

describe("plan", () => {
  let directory = "";
  /** `common/` and one step, as a directory of resources. */
  const step = (fixture: string, number: 1 | 2) => join(directory, fixture, `${number}`);
  const plan = (...words: readonly string[]) => calicoctl("plan", ...words);
  const quickstart = (number: 1 | 2) => step("quickstart", number);

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "plan-"));
    for (const fixture of TRANSITIONS)
      for (const number of [1, 2] as const)
        for (const part of ["common", `${number}`])
          cpSync(join("fixtures", fixture, part), join(step(fixture, number), part), { recursive: true });
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  async function report(...words: readonly string[]) {
    const { code, stdout } = await plan(...words, "-o", "json");
    expect(code).toBe(0);
    return expectValid(stdout);
  }

  test("there are transitions", () =>
    expect(TRANSITIONS).toEqual(expect.arrayContaining(["bgp-mesh", "quickstart"])));

  describe.each(TRANSITIONS)("%s", (fixture) => {
    test.each([
      ["forth", 1, 2],
      ["back", 2, 1],
    ] as const)("reads well, %s", async (way, from, to) => {
      const words = ["-f", step(fixture, to), "--against", step(fixture, from)];
      const { code, stdout } = await plan(...words, "--detailed-exitcode");
      expect(code).toBe(2);
      const text = stdout.replaceAll(`${directory}/`, "");
      await expect(text).toMatchFileSnapshot(join(import.meta.dirname, "expected", `${fixture}-${way}.txt`));
      const { summary, nodes } = await report(...words);
      expect(signedLines(text)).toEqual(signedChanges(nodes.flatMap(({ changes }) => changes)));
      expect(text.trimEnd().split("\n").at(-1)).toBe(summary);
    });

    test("is empty from a step to itself", async () => {
      const words = ["-f", step(fixture, 1), "--against", step(fixture, 1)];
      const { code, stdout } = await plan(...words, "--detailed-exitcode");
      expect({ code, last: stdout.trimEnd().split("\n").at(-1) }).toEqual({
        code: 0,
        last: "Plan: no changes.",
      });
      expect(await report(...words)).toMatchObject({ changed: false, changedResources: [], resources: [] });
    });
  });

  test("--full shows every rule of a chain that changes, and no fold in it", async () => {
    const words = ["-f", quickstart(2), "--against", quickstart(1), "--node", "node-1"];
    const folded = (await plan(...words)).stdout;
    const full = (await plan(...words, "--full")).stdout;
    expect(folded).toContain("1 rule unchanged");
    expect(full).not.toContain("1 rule unchanged");
    expect(full).toMatch(/ {6}-m comment --comment "NetworkPolicy demo\/allow-api ingress" .*--dports 9000/);
  });

  test("a bundle brings its resources along; without them only its files are compared", async () => {
    const out = join(directory, "out");
    expect(await calicoctl("compile", "-f", quickstart(1), "--out-dir", out)).toMatchObject({ code: 0 });
    const whole = await report("-f", quickstart(2), "--against", out);
    expect(whole).toMatchObject({
      against: { kind: "bundle" },
      changedResources: [{ op: "change", resource: "NetworkPolicy demo/allow-api" }],
      totals: { rules: { add: 4 }, flows: { comparedNodes: 2, allowed: 2 } },
    });
    // One node's bundle says nothing of the others.
    const one = await report("-f", quickstart(2), "--against", join(out, "node-2"));
    expect(one.nodes.map(({ node }) => node)).toEqual(["node-2"]);
    rmSync(join(out, "resources.json"));
    const files = await report("-f", quickstart(2), "--against", out);
    expect(files).toMatchObject({ changedResources: null, totals: { rules: { add: 4 } } });
    expect(files.nodes[0]).toMatchObject({ flows: { compared: false, reason: /does not come with/ } });
  });

  test("a bundle that was compiled for another kind of host is held against the same kind", async () => {
    const out = join(directory, "legacy");
    await calicoctl("compile", "-f", quickstart(1), "--iptables-backend", "legacy", "--out-dir", out);
    const file = join(directory, "legacy.plan");
    await plan("-f", quickstart(2), "--against", out, "--out", file);
    expect((await readPlanFile(file)).nodes).toMatchObject([{ variant: "legacy" }, { variant: "legacy" }]);
  });

  test("nodes that are new, and nodes that are gone", async () => {
    const { nodes, changedResources } = await report("-f", "fixtures/shop", "--against", quickstart(1));
    expect(nodes.map(({ node, state }) => [node, state])).toEqual([
      ["node-1", "gone"],
      ["node-2", "gone"],
      ["worker-1", "new"],
      ["worker-2", "new"],
      ["worker-3", "new"],
    ]);
    expect(changedResources).toContainEqual({ op: "remove", resource: "NetworkPolicy demo/allow-api" });

    const words = ["-f", "fixtures/shop", "--against", quickstart(1)];
    const two = await report(...words, "--node", "node-1", "worker-2");
    expect(two.nodes.map(({ node, state }) => `${node} ${state}`)).toEqual(["node-1 gone", "worker-2 new"]);
    expect(await plan(...words, "--node", "node-9")).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/--node node-9: neither side has a node of that name\n$/),
    });
  });

  test("--out holds both states and the resources", async () => {
    const file = join(directory, "quickstart.plan");
    await plan("-f", quickstart(2), "--against", quickstart(1), "--out", file);
    const { nodes, resources } = await readPlanFile(file);
    expect(nodes.map(({ node, variant }) => ({ node, variant }))).toEqual([
      { node: "node-1", variant: "nft" },
      { node: "node-2", variant: "nft" },
    ]);
    for (const { before, after } of nodes)
      for (const artifacts of [before, after])
        expect(artifacts.map(({ path }) => path)).toEqual(
          expect.arrayContaining(["manifest.json", "bird.conf"]),
        );
    expect(resources?.policy).toContain("192.0.2.0/24");
  });

  test("every line of a large difference is in the text once", async () => {
    const words = ["-f", "fixtures/shop", "--against", quickstart(1)];
    const { stdout } = await plan(...words);
    const { nodes } = await report(...words);
    const changes = nodes.flatMap((node) => node.changes);
    expect(changes.length).toBeGreaterThan(1000);
    expect(signedLines(stdout)).toEqual(signedChanges(changes));
  });

  test("a setting that is no longer wanted is said to stay", async () => {
    const felix = join(directory, "felix.yaml");
    const spec = "spec: { natPortRange: 1000:2000, ipForwarding: Disabled }";
    writeFileSync(
      felix,
      `apiVersion: projectcalico.org/v3\nkind: FelixConfiguration\nmetadata: { name: default }\n${spec}\n`,
    );
    const words = ["-f", quickstart(1), felix, "--against", quickstart(1), "--node", "node-1"];
    const { totals, nodes } = await report(...words);
    const settings = nodes[0]?.changes.filter(({ place }) => place.kind === "settings") ?? [];
    expect(settings.length).toBeGreaterThan(0);
    for (const change of settings) expect(change).toMatchObject({ op: "remove", inFilesOnly: true });
    expect(totals).toMatchObject({ inFilesOnly: settings.length, rules: { change: 0 } });
    expect((await plan(...words)).stdout).toContain("the host keeps what it has");
  });

  test("rules that only change places change no flow", async () => {
    const swapped = join(directory, "swapped");
    cpSync(quickstart(2), swapped, { recursive: true });
    const file = join(swapped, "2", "policy.yaml");
    const text = readFileSync(file, "utf8");
    const rules = / {4}- action: Allow\n(?: {6}.*\n)+/g;
    const [first = "", second = ""] = text.match(rules) ?? [];
    writeFileSync(file, text.replace(first + second, second + first));
    expect(readFileSync(file, "utf8")).not.toBe(text);
    const { nodes, totals } = await report("-f", swapped, "--against", quickstart(2));
    expect(totals.rules.add + totals.rules.move).toBeGreaterThan(0);
    expect(nodes.map(({ flows }) => flows)).toMatchObject([{ isEqual: true }, { isEqual: true }]);
  });

  test("a deny that leaves established connections alive says so", async () => {
    const back = await report("-f", quickstart(1), "--against", quickstart(2));
    expect(back.nodes[0]?.flows).toMatchObject({
      compared: true,
      changes: [{ becomes: "denied", establishedConnectionsGoOn: true }],
    });
  });

  test("the connections of a workload that goes are cut, and its sets change in place", async () => {
    const without = join(directory, "without");
    cpSync(quickstart(1), without, { recursive: true });
    const file = join(without, "common", "workloads.yaml");
    const documents = readFileSync(file, "utf8").split(/^---$/m);
    const left = documents.filter((text) => !/^ {2}name: frontend-0$/m.test(text));
    expect(left).toHaveLength(documents.length - 1);
    writeFileSync(file, left.join("---"));
    const { nodes } = await report("-f", without, "--against", quickstart(1));
    expect(nodes[0]?.disturbances).toContainEqual({ kind: "connections-cut", address: "10.65.0.2" });
    expect(nodes[1]?.disturbances).toContainEqual({
      kind: "set-in-place",
      set: expect.stringMatching(/^cali40s:/),
      members: 0,
    });
  });

  describe("against a commit", () => {
    let repository = "";
    const git = (...words: readonly string[]) => execFileSync("git", ["-C", repository, ...words]);

    beforeAll(() => {
      repository = join(directory, "repository");
      cpSync(quickstart(1), repository, { recursive: true });
      git("init", "-q");
      git("add", ".");
      git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-qm", "one");
      rmSync(join(repository, "1"), { recursive: true });
      cpSync(join(quickstart(2), "2"), join(repository, "2"), { recursive: true });
    });

    /** In that directory, as git reads the repository around it. */
    async function within<T>(body: () => Promise<T>): Promise<T> {
      const before = process.cwd();
      process.chdir(repository);
      try {
        return await body();
      } finally {
        process.chdir(before);
      }
    }

    test("takes the same paths as they were", async () => {
      const { code, stdout } = await within(() => plan("-f", ".", "--against", "HEAD", "-o", "json"));
      expect(code).toBe(0);
      expect(expectValid(stdout)).toMatchObject({
        against: { kind: "git", name: expect.stringMatching(/^git HEAD \([0-9a-f]{10}\)$/) },
        changedResources: [{ op: "change", resource: "NetworkPolicy demo/allow-api" }],
        totals: { rules: { add: 4 }, flows: { allowed: 2 } },
      });
    });

    test.each([
      ["no commit", ["--against", "no-such"], /neither a path nor a git commit; --against takes/],
      ["an option in its place", ["--against=--all"], /neither a path nor a git commit/],
      ["paths that were not there", ["-f", "2", "--against", "HEAD"], /has no resources at 2/],
      ["a glob", ["-f", "*/*.yaml", "--against", "HEAD"], /read by the names of files and directories/],
    ])("%s", async (_, words, message) => {
      const files = words.includes("-f") ? [] : ["-f", "."];
      const { code, stderr } = await within(() => plan(...files, ...words));
      expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(message) });
    });
  });

  test("of policies without a node nothing can be said", async () => {
    const words = ["-f", join(quickstart(2), "2"), "--against", join(quickstart(1), "1")];
    const { code, stdout, stderr } = await plan(...words, "--detailed-exitcode");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/nothing was compared: .* describes a Node; .* --inventory\n$/);
  });

  test("findings are told of the new side only, unless the old one cannot be compiled", async () => {
    const old = join(directory, "old.yaml");
    writeFileSync(
      old,
      "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: { name: x }\nspec: { tier: none }\n",
    );
    const { stderr } = await plan("-f", quickstart(1), "--against", old);
    expect(stderr).toBe("");
  });

  test("resources with errors give no plan", async () => {
    const bad = join(directory, "bad.yaml");
    writeFileSync(
      bad,
      "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: { name: x, namespace: z }\nspec: { selector: '((' }\n",
    );
    const { code, stdout, stderr } = await plan("-f", bad, "--against", quickstart(1), "--detailed-exitcode");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/the resources have errors; nothing was compared\n$/);
  });
});
