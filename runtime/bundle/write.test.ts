import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { BundleError, writeBundle } from "./write.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "bundle-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const MANIFEST = { path: "manifest.json", text: "{}\n" };

test("a bundle takes the place of an older one, with all its files", async () => {
  writeBundle(directory, "n1", [MANIFEST, { path: "old.conf", text: "" }]);
  expect(writeBundle(directory, "n1", [MANIFEST, { path: "bird.d/new.conf", text: "new" }])).toBe(
    join(directory, "n1"),
  );
  expect(await readdir(join(directory, "n1"))).toEqual(["bird.d", "manifest.json"]);
  expect(await readFile(join(directory, "n1/bird.d/new.conf"), "utf8")).toBe("new");
});

test("what is no bundle stays as it is", async () => {
  await mkdir(join(directory, "n1"));
  await writeFile(join(directory, "n1/thesis.txt"), "");
  await writeFile(join(directory, "n2"), "");
  expect(() => writeBundle(directory, "n1", [MANIFEST])).toThrow(BundleError);
  expect(() => writeBundle(directory, "n2", [MANIFEST])).toThrow(BundleError);
  expect(await readdir(directory)).toEqual(["n1", "n2"]);
  expect(await readdir(join(directory, "n1"))).toEqual(["thesis.txt"]);
});

test("after a failure the older bundle is there, and nothing beside it", async () => {
  writeBundle(directory, "n1", [MANIFEST]);
  const clashing = [MANIFEST, { path: "manifest.json/below-a-file", text: "" }];
  expect(() => writeBundle(directory, "n1", clashing)).toThrow();
  expect(await readdir(directory)).toEqual(["n1"]);
  expect(await readFile(join(directory, "n1/manifest.json"), "utf8")).toBe(MANIFEST.text);
});
