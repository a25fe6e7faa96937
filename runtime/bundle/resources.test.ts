import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { decodeResources, RESOURCES, writeResources } from "./resources.ts";

const ONE = { policy: "one\n", inventory: "pods\n" };
let out = "";

beforeEach(async () => {
  out = await mkdtemp(join(tmpdir(), "resources-"));
});
afterEach(() => rm(out, { recursive: true, force: true }));

test("are read as they were written, and written over", async () => {
  await writeResources(out, ONE);
  const two = { ...ONE, policy: "two\n" };
  await writeResources(out, two);
  expect(decodeResources(await readFile(join(out, RESOURCES), "utf8"))).toEqual(two);
  expect(await readdir(out)).toEqual([RESOURCES]);
});

test("what is altered, of another format or no JSON is no such file", async () => {
  await writeResources(out, ONE);
  const text = await readFile(join(out, RESOURCES), "utf8");
  for (const spoilt of [
    text.replace("one", "two"),
    text.replace("pods", "pots"),
    text.replace('"format": 1', '"format": 2'),
    text.slice(0, -5),
    "null",
    "[]",
  ]) {
    expect(spoilt).not.toBe(text);
    expect(decodeResources(spoilt), spoilt).toBeUndefined();
  }
});

test("somebody else's file stays", async () => {
  await writeFile(join(out, RESOURCES), "{}");
  await expect(writeResources(out, ONE)).rejects.toThrow("is not what a compile wrote");
  expect(await readFile(join(out, RESOURCES), "utf8")).toBe("{}");
});
