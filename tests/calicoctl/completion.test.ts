import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { networkSet, pool, Store } from "./store.ts";

// The runner takes longer to load it for the first time than a completion waits for names.
beforeAll(() => import("../../runtime/datastore/file/file-datastore.ts"));

let store: Store;
beforeEach(async () => {
  store = await Store.open();
  const all =
    pool("p1", "10.1.0.0/16") + pool("q1", "10.2.0.0/16") + networkSet("s1") + networkSet("s2", "prod");
  await writeFile(join(store.directory, "all.yaml"), all);
});
afterEach(() => store.close());

test.each([
  [["get", "globalnetworkp"], ["globalnetworkpolicy"]],
  [["g"], ["get"]],
  [
    ["node", ""],
    ["checksystem", "diags", "status"],
  ],
  [["get", "-o=y"], []],
  [["get", "--output=y"], ["--output=yaml"]],
  // As bash splits it.
  [["get", "--output", "=", "y"], ["yaml"]],
  [
    ["get", "--output", "="],
    ["custom-columns=", "go-template-file=", "go-template=", "json", "name", "ps", "wide", "yaml"],
  ],
  [
    ["get", "ippool", ""],
    ["p1", "q1"],
  ],
  [["get", "pool", "p1", "q"], ["q1"]],
  [["label", "pool", "p1", ""], []],
  [["edit", "networksets", ""], ["s1"]],
  [["edit", "-n", "prod", "networksets", ""], ["s2"]],
  [
    ["get", "--all"],
    ["--all-namespaces", "--allow-version-mismatch"],
  ],
  [["get", "-o", "y"], ["yaml"]],
  [
    ["compile", "-o", "j"],
    ["json", "junit"],
  ],
  [
    ["completion", ""],
    ["bash", "fish", "zsh"],
  ],
  [["apply", "-f", ""], []],
  [["get", "nothing-of-ours", ""], []],
])("%o offers %o", async (words, expected) => {
  const { code, stdout, stderr } = await calicoctl("__complete", "--", ...words);
  expect({ code, stderr, offered: stdout.split("\n").slice(0, -1) }).toEqual({
    code: 0,
    stderr: "",
    offered: expected,
  });
});

test("a datastore that is not there offers nothing, and says nothing", async () => {
  vi.stubEnv("FILE_PATH", "/nowhere");
  expect(await calicoctl("__complete", "--", "get", "pool", "")).toEqual({ code: 0, stdout: "", stderr: "" });
});

/** What a person would put into a start-up file; no start-up file of this machine is read. */
const SHELLS = {
  bash: { argv: ["bash", "--norc", "--noprofile", "-i"], load: "source <(calicoctl completion bash)" },
  zsh: { argv: ["zsh", "-f", "-i"], load: "source <(calicoctl completion zsh)" },
  fish: { argv: ["fish", "--no-config", "-i"], load: "calicoctl completion fish | source" },
};

const directories = (process.env.PATH ?? "").split(":");
const lacks = (tool: string) => directories.every((directory) => !existsSync(join(directory, tool)));

describe.each(["bash", "zsh", "fish"] as const)("%s", (shell) => {
  const absent = [shell, "python3"].filter(lacks);
  const { argv, load } = SHELLS[shell];

  test.skipIf(absent.length > 0)(
    `completes a command, an option and a name at a terminal${absent.length > 0 ? ` (needs ${absent.join(", ")})` : ""}`,
    { timeout: 120_000 },
    async () => {
      const program = await store.file(
        "calicoctl",
        `#!/bin/sh\nexec ${process.execPath} ${resolve("cli/calicoctl.ts")} "$@"\n`,
      );
      await chmod(program, 0o755);
      const home = dirname(program);
      const steps = [
        // Doubled so that the shell's echo of what is typed is not taken for its answer.
        [`${load}; printf 'RE%s\\n' ADY\r`, "READY"],
        ["calicoctl vers\t --cli\t; printf 'DO%s\\n' NE\r", "DONE"],
        ["calicoctl get ippool p\t\r", "10\\.1\\.0\\.0/16"],
        [`calicoctl validate -f ${home}/store-\t; printf 'FILES%s\\n' DONE\r`, "FILESDONE"],
      ];
      const { status, stdout, stderr } = await typed(argv, steps, {
        ...process.env,
        HOME: home,
        TERM: "dumb",
        PATH: `${home}:${process.env.PATH}`,
      });
      expect({ status, stderr }, stdout).toEqual({ status: 0, stderr: "" });
      // The option was completed: without it the cluster's version is asked for, too.
      expect(stdout).toMatch(/Client Version: +v/);
      expect(stdout).not.toMatch(/Cluster Version|unknown option|Unable to detect/);
      // The directory was: files are offered where resources cannot be.
      expect(stdout).toContain("Successfully validated 4 resource(s)");
    },
  );
});

/** What a program shows that is typed into. */
function typed(argv: readonly string[], steps: readonly (readonly string[])[], env: NodeJS.ProcessEnv) {
  return new Promise<{ status: number | null; stdout: string; stderr: string }>((done) => {
    const child = spawn("python3", [resolve("tests/calicoctl/terminal.py"), ...argv], { env });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (part) => {
      stdout += part;
    });
    child.stderr.on("data", (part) => {
      stderr += part;
    });
    child.on("close", (status) => done({ status, stdout, stderr }));
    child.stdin.end(JSON.stringify(steps));
  });
}
