import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { calicoctl } from "../../cli/commands/verify/testing.ts";

const LONG = "n".repeat(253);
const node = (name: string) =>
  `{apiVersion: projectcalico.org/v3, kind: Node, metadata: {name: ${name}}, spec: {bgp: {ipv4Address: 10.0.0.1/24}}}`;

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "hostile-files-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

async function compile(path: string, outDir = "out") {
  return calicoctl("compile", "-f", join(directory, path), "--out-dir", join(directory, outDir));
}

describe("what cannot be read is said in one line", () => {
  test.each([
    ["latin-1", Buffer.from([0x61, 0x3a, 0x20, 0xe9]), "is not UTF-8"],
    ["half a character", Buffer.from("a: é").subarray(0, 4), "is not UTF-8"],
    ["UTF-16, little endian", Buffer.from("\uFEFFa: 1", "utf16le"), "is UTF-16"],
    ["UTF-16, big endian", Buffer.from("\uFEFFa: 1", "utf16le").swap16(), "is UTF-16"],
  ])("%s", async (_, bytes, says) => {
    await writeFile(join(directory, "x.yaml"), bytes);
    const { code, stderr } = await compile("x.yaml");
    expect(code).toBe(1);
    expect(stderr).toMatch(/^calicoctl: .*x\.yaml .*\n$/);
    expect(stderr).toContain(says);
  });

  test("a link that leads nowhere, as editors lock files with", async () => {
    await mkdir(join(directory, "locked"));
    await symlink("me@host.1", join(directory, "locked/.#x.yaml"));
    const { code, stderr } = await compile("locked");
    expect([code, stderr.split("\n").length]).toEqual([1, 2]);
    expect(stderr).toContain(".#x.yaml: ENOENT");
  });

  test("a path that is empty, as a variable of a shell may be, is not the directory one is in", async () => {
    const { code, stderr } = await calicoctl("compile", "-f", "", "--out-dir", join(directory, "out"));
    expect([code, stderr]).toEqual([1, "calicoctl: the path of a file is empty\n"]);
  });

  test("a result where a file stands", async () => {
    await writeFile(join(directory, "node.yaml"), node("n1"));
    const { code, stderr } = await compile("node.yaml", "node.yaml");
    expect([code, stderr.split("\n").length]).toEqual([1, 2]);
    expect(stderr).toContain("EEXIST");
  });
});

test("a link to a directory is not followed, whatever it is called", async () => {
  await mkdir(join(directory, "loop"));
  await symlink("..", join(directory, "loop/up.yaml"));
  await writeFile(join(directory, "loop/n.yaml"), node("n1"));
  expect(await compile("loop")).toMatchObject({ code: 0, stderr: "" });
});

test("a node of the longest name is written, as the file system has room for no more", async () => {
  await writeFile(join(directory, "long.yaml"), node(LONG));
  const { code, stdout } = await compile("long.yaml");
  expect(code).toBe(0);
  expect(stdout).toContain("wrote 1 of 1 nodes");
});
