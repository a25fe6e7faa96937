import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { missingForKernelTests } from "../kernel/requirements.ts";
import { CLI_HOST_TOOLS, CliHost } from "./cli-host.ts";

const missing = missingForKernelTests(CLI_HOST_TOOLS);

const CANARY = "c4n4ryP4ssw0rd";
const ENCODED = Buffer.from(CANARY).toString("base64");
/** Also within a longer text that is encoded: at each of the three places where its bytes may begin. */
const SHAPES = [
  CANARY,
  Buffer.from(CANARY).toString("hex"),
  ...["", "x", "xx"].map((before) =>
    Buffer.from(`${before}${CANARY}`)
      .toString("base64")
      .slice(before.length * 2, -4),
  ),
];

/** Everywhere where people put passwords, those that BGP needs and those that are none of our business. */
const RESOURCES = `apiVersion: v1
kind: Secret
metadata:
  name: bgp-secrets
  namespace: kube-system
  annotations: { kubectl.kubernetes.io/last-applied-configuration: '{"stringData":{"mesh":"${CANARY}"}}' }
stringData: { mesh: ${CANARY}, border: ${CANARY} }
data: { mesh: ${ENCODED}, border: ${ENCODED} }
---
apiVersion: v1
kind: Pod
metadata:
  name: with-secrets
  namespace: default
  annotations: { sidecar.example.org/token: ${CANARY} }
spec:
  nodeName: leaf-3
  containers: [{ name: app, command: [serve, --password, ${CANARY}], env: [{ name: PASSWORD, value: ${CANARY} }] }]
status: { podIP: 10.65.0.9 }
`;

/** Paths below `directory` of the files that hold the password in any shape. */
async function leaksIn(directory: string): Promise<readonly string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const texts = await Promise.all(paths.map(async (path) => [path, await readFile(path, "latin1")] as const));
  return texts.filter(([, text]) => SHAPES.some((shape) => text.includes(shape))).map(([path]) => path);
}

describe.skipIf(missing !== undefined)(`passwords${missing === undefined ? "" : ` (${missing})`}`, () => {
  test("leave the host's own file for nowhere, whatever is done and whatever fails", async () => {
    const host = await CliHost.create("nft", RESOURCES);
    const commands: string[] = [];
    /** Runs a command, and looks into what it says and into every file that it may have written. */
    const run = async (code: number | undefined, ...words: readonly string[]): Promise<string> => {
      const isDetaching = words.includes("--confirm-timeout");
      const called = await (isDetaching ? host.program({}, ...words) : calicoctl(...words));
      const what = `calicoctl ${words.join(" ")}: ${called.stderr}`;
      if (code !== undefined) expect(called.code, what).toBe(code);
      const said = called.stdout + called.stderr;
      expect(
        SHAPES.filter((shape) => said.includes(shape)),
        what,
      ).toEqual([]);
      expect(await leaksIn(host.path("out")), what).toEqual([]);
      expect(await leaksIn(host.path("state")).catch(() => []), what).toEqual([]);
      expect(await leaksIn(host.path("plans")).catch(() => []), what).toEqual([]);
      commands.push(words[0] ?? "");
      return said;
    };
    const apply = (code: number, step: string, ...more: readonly string[]) =>
      run(code, "apply", host.bundle(step), "--node", "leaf-3", "--accept-window", ...more, ...host.options);
    try {
      await host.writePasswords(CANARY);
      // That the search finds anything.
      expect(await leaksIn(host.path("bird"))).toEqual([host.path("bird", "bird.secrets.conf")]);
      expect((await leaksIn(host.path("resources"))).length).toBe(2);
      await writeFile(
        host.path("out", "planted"),
        `{"base64":"${Buffer.from(`ab: ${CANARY}`).toString("base64")}"}`,
      );
      expect(await leaksIn(host.path("out"))).toEqual([host.path("out", "planted")]);
      await writeFile(host.path("out", "planted"), "");

      const compiled = ["compile", "-f", host.path("resources", "1"), "--out-dir", host.path("out", "again")];
      await run(0, ...compiled, "--emit-ir", "--dump-after", "lower");
      await run(undefined, "explain", "-f", host.path("resources", "1"), "--node", "leaf-3");
      await apply(0, "1");
      await host.startBird();
      expect(await host.birdc("show", "protocols")).toContain("BGP");
      const plan = ["plan", "-f", host.path("resources", "2"), "--node", "leaf-3", "--full"];
      await run(0, ...plan, "--out", host.path("out", "plan.json"), ...host.options);
      await run(0, ...plan, "-o", "json", ...host.options);
      await run(0, ...plan, "--against", host.bundle("1"), "-o", "json");
      await apply(0, "2");
      await run(0, "history");
      await run(0, "history", "-o", "json");
      await run(undefined, "node", "status", "--bird-socket", host.path("bird.ctl"));
      await apply(0, "1", "--confirm-timeout", "60", "-o", "json");
      await run(0, "confirm", ...host.options);

      // Files of passwords that BIRD does not understand: its complaints quote what they read.
      for (const text of [`define pw_x = ${CANARY};\n`, `define pw_x "${CANARY}"\n`, `${CANARY}\n`]) {
        await writeFile(host.path("bird", "bird.secrets-broken.conf"), text);
        expect(await apply(1, "2")).toMatch(/bird\.secrets-broken\.conf:\d+\S* is not understood/);
        await writeFile(host.path("bird", "bird.secrets-broken.conf"), "");
        await apply(0, "1");
      }
      await host.stopBird();
      expect(await apply(1, "2")).toContain("BIRD does not run");
      await host.startBird();

      await host.space.run("ipset", ["flush"]);
      await run(2, "drift", ...host.options);
      await run(2, "drift", "-o", "json", ...host.options);
      await run(0, "drift", "--repair", ...host.options);
      await run(0, "rollback", "--accept-window", ...host.options);
      await run(0, "uninstall-dataplane", ...host.options);
      process.stdout.write(`${commands.length} commands, none of which tells a password\n`);
    } finally {
      await host.close();
    }
  }, 240_000);
});
