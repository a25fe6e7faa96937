import { spawnSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { networkSet, pool, Store } from "./store.ts";

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
  [["node", ""], ["status"]],
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

test("bash takes it", async () => {
  const program = await store.file(
    "calicoctl",
    `#!/bin/sh\nexec ${process.execPath} ${resolve("cli/calicoctl.ts")} "$@"\n`,
  );
  await chmod(program, 0o755);
  const script =
    'source <(calicoctl completion bash); COMP_WORDS=(calicoctl get ippool ""); COMP_CWORD=3; _calicoctl; declare -p COMPREPLY; complete -p calicoctl';
  const env = { ...process.env, PATH: `${dirname(program)}:${process.env.PATH}` };
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8", env });
  expect({ stdout, stderr }).toEqual({
    stdout: 'declare -a COMPREPLY=([0]="p1" [1]="q1")\ncomplete -o default -F _calicoctl calicoctl\n',
    stderr: "",
  });
});
