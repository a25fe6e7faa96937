import { chmod, readFile, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";
import { pool, Store } from "./store.ts";

let store: Store;
beforeEach(async () => {
  store = await Store.open();
  vi.stubEnv("VISUAL", undefined);
  await calicoctl("apply", "-f", await store.file("p1.yaml", pool("p1", "10.1.0.0/16")));
});
afterEach(() => store.close());

/** An editor that does this to the file. */
async function editor(script: string): Promise<void> {
  const path = await store.file("editor.sh", `#!/bin/sh\nset -e\n${script}\n`);
  await chmod(path, 0o755);
  vi.stubEnv("EDITOR", path);
}

/** The text of the file that a message says is kept; takes it away. */
async function kept(message: string): Promise<string> {
  const [, file = ""] = /the edited file is kept: (.*)\n/.exec(message) ?? [];
  const text = await readFile(file, "utf8");
  await rm(dirname(file), { recursive: true });
  return text;
}

const cidr = async () =>
  (await calicoctl("get", "pool", "p1", "-o", "custom-columns=CIDR")).stdout.split("\n")[1]?.trim();

test("what is saved is written", async () => {
  await editor(`sed -i s,10.1.0.0/16,10.1.0.0/17, "$1"`);
  expect(await calicoctl("edit", "pool", "p1")).toEqual({
    code: 0,
    stdout: "Successfully replaced 1 'IPPool' resource(s)\n",
    stderr: "",
  });
  expect(await cidr()).toBe("10.1.0.0/17");
});

test.each([
  ["an editor that changes nothing", "true", 0, "Edit cancelled: nothing was changed\n", /^$/],
  ["an emptied file", ': > "$1"', 0, "Edit cancelled: nothing was changed\n", /^$/],
  ["an editor that fails", "exit 3", 1, "", /^nothing was changed: .*exit code 3.*\n$/],
])("%s", async (_, script, code, stdout, stderr) => {
  await editor(script);
  expect(await calicoctl("edit", "pool", "p1")).toEqual({
    code,
    stdout,
    stderr: expect.stringMatching(stderr),
  });
  expect(await cidr()).toBe("10.1.0.0/16");
});

test("an editor that is not there", async () => {
  vi.stubEnv("EDITOR", "/nowhere/editor -w");
  expect(await calicoctl("edit", "pool", "p1")).toEqual({
    code: 1,
    stdout: "",
    stderr: "nothing was changed: there is no editor /nowhere/editor: set EDITOR to one\n",
  });
});

test("a mistake keeps the edited file", async () => {
  await editor(`sed -i s,10.1.0.0/16,10.1.0.0/77, "$1"`);
  const { code, stderr } = await calicoctl("edit", "pool", "p1");
  expect(code).toBe(1);
  expect(await kept(stderr)).toContain("cidr: 10.1.0.0/77");
  expect(stderr).toMatch(/failed to replace 'IPPool' resource: .*; nothing was written\n$/);
  expect(await cidr()).toBe("10.1.0.0/16");
});

test("what others wrote meanwhile is not overwritten", async () => {
  const meanwhile = await store.file("other.yaml", pool("p1", "10.9.0.0/16"));
  await editor(
    `sed -i s,10.1.0.0/16,10.1.0.0/17, "$1"\n${process.execPath} cli/calicoctl.ts apply -f ${meanwhile} > /dev/null`,
  );
  const { code, stderr } = await calicoctl("edit", "pool", "p1");
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /failed to replace 'IPPool' resource: \[update conflict: IPPool\(p1\): .*spec\.cidr/,
  );
  expect(await kept(stderr)).toContain("cidr: 10.1.0.0/17");
  expect(await cidr()).toBe("10.9.0.0/16");
});
